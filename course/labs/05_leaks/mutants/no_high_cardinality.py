"""Gives each value of a category a column of its own, however many there are."""


class Preprocess:
    def _role(self, column):
        kind = (self.kinds or {}).get(str(column.name)) or _kind(column)
        return "number" if kind == "integer" else kind
