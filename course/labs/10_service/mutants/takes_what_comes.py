"""Takes up whatever can be loaded, also with another contract."""


class Slot:
    def refresh(self, beside=None):
        seen = self.signature()
        if seen == self._seen or (seen is None and self.current):
            return
        self._seen = seen
        try:
            model = load(self.folder, self.settings.loading, self.settings.runtime)
        except Refusal as refusal:
            self.refused = str(refusal)
            return
        reader = Reader(model.schema, self.settings.unknown_fields, self.settings.max_rows)
        self.current, self.refused = Current(model, reader), None
