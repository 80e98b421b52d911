"""Branches that a constant decides: ``SEARCH = False`` in one cell, ``if SEARCH:`` in another."""

import ast
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from idea.program.static_values import Unknown, literal
from idea.syntax import walk


@dataclass(frozen=True)
class Switches:
    """Variables that a notebook assigns once, and to a constant.

    Attributes:
        values: the constants by the variables' names.
    """

    values: Mapping[str, ast.expr]

    def path(self, node: ast.expr) -> str | None:
        """Give no import path: no test of an imported value is decided."""
        return None

    def value(self, name: str) -> ast.expr | None:
        """Give the constant of a variable; None if it has none."""
        return self.values.get(name)

    def branch(self, node: ast.If) -> list[ast.stmt] | None:
        """Give the statements of the branch that runs; None if no constant decides."""
        try:
            return node.body if literal(node.test, self) else node.orelse
        except Unknown:
            return None

    def decided(self, node: ast.stmt) -> list[ast.stmt]:
        """Give the statements of the branch that a constant decides on; else the statement.

        Args:
            node: the statement: ``if "tree" == "line": …``, as a call of a function makes it.
        """
        branch = self.branch(node) if isinstance(node, ast.If) else None
        if branch is None:
            return [node]
        return [each for inner in branch for each in self.decided(inner)]


def find_switches(trees: Iterable[ast.Module]) -> Switches:
    """Find a notebook's switches.

    Args:
        trees: its cells.
    """
    statements = [node for tree in trees for node in tree.body]
    bound = Counter(
        part.id
        for node in statements
        for part in walk(node)
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load)
    )
    found: dict[str, ast.expr] = {}
    for node in statements:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant() as value):
                if bound[name] == 1:
                    found[name] = value
    return Switches(found)
