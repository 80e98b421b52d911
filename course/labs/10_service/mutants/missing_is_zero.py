"""Takes zero for a value that is missing."""


class Reader:
    def check(self, rows, first=0):
        if self.forbid:
            for number, row in enumerate(rows, first):
                if isinstance(row, dict) and not row.keys() <= self.columns.keys():
                    raise self._unknown(number, row)
        try:
            checked = self.rows.validate_python(rows)
        except ValidationError as error:
            found = error.errors(include_url=False, include_context=False)
            raise BadRows(list(self._problems(found, first)), len(found)) from None
        return {name: [row.get(name) or 0 for row in checked] for name in self.names}
