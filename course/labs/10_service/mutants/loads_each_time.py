"""Loads the model at each look, whether it is new or not."""


class Slot:
    def refresh(self, beside=None):
        self._seen = self.signature()
        if self._seen is None:
            return
        try:
            model = load(self.folder, self.settings.loading, self.settings.runtime)
            for other in (self.current, beside):
                if other:
                    _check_contract(other.model, model)
        except Refusal as refusal:
            self.refused = str(refusal)
            return
        reader = Reader(model.schema, self.settings.unknown_fields, self.settings.max_rows)
        self.current, self.refused = Current(model, reader), None
