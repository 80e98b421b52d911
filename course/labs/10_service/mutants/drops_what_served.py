"""Serves nothing any more where the new model is bad."""


class Slot:
    def refresh(self, beside=None):
        seen = self.signature()
        if seen == self._seen or (seen is None and self.current):
            return
        self._seen = seen
        former, self.current = self.current, None
        try:
            model = load(self.folder, self.settings.loading, self.settings.runtime)
            if former:
                _check_contract(former.model, model)
        except Refusal as refusal:
            self.refused = str(refusal)
            return
        reader = Reader(model.schema, self.settings.unknown_fields, self.settings.max_rows)
        self.current, self.refused = Current(model, reader), None
