"""Lets a notebook's encoders meet values that they never saw while they were fitted."""

import ast
from dataclasses import replace

from idea.analysis.statements import SourcedStatement
from idea.knowledge.preprocessing import UNSEEN_VALUES
from idea.program import Script
from idea.syntax import copied

# Encoders that the rendered package has under the same name, made for values never seen.
_REPLACED = {"sklearn.preprocessing.LabelEncoder": "LabelEncoder"}


class UnseenValues(ast.NodeTransformer):
    """Gives encoders the options for new values; for values that they saw nothing changes."""

    def __init__(self, script: Script) -> None:
        """Take the notebook's program."""
        self.script = script
        self._named: set[str] = set()

    def replaced(self) -> set[str]:
        """Give the names of the replaced encoders that were visited, or that functions use."""
        imported = {n for n, path in self.script.imports.items() if n == _REPLACED.get(path)}
        return self._named | imported

    def statement(self, part: SourcedStatement) -> SourcedStatement:
        """Give a copy of a statement whose encoders meet new values."""
        node = self.visit(copied(part.node))
        return replace(part, node=ast.fix_missing_locations(node))

    def expression(self, node: ast.expr) -> ast.expr:
        """Give a copy of an expression whose encoders meet new values."""
        return self.visit(copied(node))  # type: ignore[no-any-return]

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """Add the options of an encoder."""
        self.generic_visit(node)
        options = UNSEEN_VALUES.get(self.script.path(node.func) or "")
        if options and not any(key.arg == "handle_unknown" for key in node.keywords):
            node.keywords += [ast.keyword(k, ast.Constant(v)) for k, v in options.items()]
        return node

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Name an encoder as the rendered package does."""
        return self._replaced(node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """Name an encoder without its module."""
        self.generic_visit(node)
        return self._replaced(node)

    def _replaced(self, node: ast.Name | ast.Attribute) -> ast.expr:
        name = _REPLACED.get(self.script.path(node) or "")
        if name is None:
            return node
        self._named.add(name)
        return ast.copy_location(ast.Name(name, node.ctx), node)
