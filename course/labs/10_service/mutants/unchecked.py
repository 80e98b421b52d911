"""Takes the rows as they come."""


class Reader:
    def check(self, rows, first=0):
        return {name: [row.get(name) for row in rows] for name in self.names}
