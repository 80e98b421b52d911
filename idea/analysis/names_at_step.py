"""What the notebook's names stand for at one step of its program."""

import ast
from dataclasses import dataclass

from idea.program import Script


@dataclass(frozen=True)
class NamesAtStep:
    """What the notebook's names stand for just before one step of its program."""

    script: Script
    position: int

    def path(self, node: ast.expr) -> str | None:
        """Give the dotted import path of a name or attribute."""
        return self.script.path(node)

    def value(self, name: str) -> ast.expr | None:
        """Give the expression that a variable was last assigned."""
        found = self.script.program.last_value(name, self.position)
        return found[0] if found else None
