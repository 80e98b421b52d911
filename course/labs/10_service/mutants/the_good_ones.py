"""Answers the good rows of a request, and leaves out the bad ones."""


class Reader:
    def check(self, rows, first=0):
        checked, problems = [], []
        for number, row in enumerate(rows, first):
            if self.forbid and not row.keys() <= self.columns.keys():
                raise self._unknown(number, row)
            try:
                checked += self.rows.validate_python([row])
            except ValidationError as error:
                found = error.errors(include_url=False, include_context=False)
                problems += self._problems(found, number)
        if not checked:
            raise BadRows(problems, len(problems))
        return {name: [row.get(name) for row in checked] for name in self.names}
