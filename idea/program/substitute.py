"""Replaces names in an expression by the expressions that they stand for."""

import ast
from collections.abc import Mapping

from idea.program.names_used import stored_names
from idea.syntax import copied, walk

Scope = Mapping[str, ast.expr]


def substituted(node: ast.expr, scope: Scope) -> ast.expr:
    """Give a copy of an expression in which names are replaced.

    Args:
        node: the expression, which stays as it is.
        scope: what names stand for.
    """
    if not scope:
        return node
    new: ast.expr = Substitution(scope).visit(copied(node))
    return new


def bound(target: ast.expr, value: ast.expr) -> dict[str, ast.expr] | None:
    """Match the target of an assignment or a loop with the expression that it takes.

    Args:
        target: a name, or a tuple of targets.
        value: the expression.

    Returns:
        Expressions by name; None if a tuple's parts are not known.
    """
    match target, value:
        case ast.Name(id=name), _:
            return {name: value}
        case (
            (ast.Tuple(elts=targets) | ast.List(elts=targets)),
            (ast.Tuple(elts=values) | ast.List(elts=values)),
        ) if len(targets) == len(values):
            found: dict[str, ast.expr] = {}
            for one, its in zip(targets, values, strict=True):
                part = bound(one, its)
                if part is None:
                    return None
                found |= part
            return found
    return None


class Substitution(ast.NodeTransformer):
    """Replaces names that no lambda, function or comprehension binds for itself."""

    def __init__(self, scope: Scope) -> None:
        """Take what the names stand for."""
        self.scope = scope

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """Replace a name that is read."""
        if not isinstance(node.ctx, ast.Load) or node.id not in self.scope:
            return node
        return copied(self.scope[node.id])

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        """Leave its parameters alone."""
        return self._without(_parameters(node), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Leave its parameters and its own variables alone."""
        own = {name for statement in node.body for name in stored_names(statement)}
        return self._without(_parameters(node) | own, node)

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        """Leave its own variables alone."""
        return self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.AST:
        """Leave its own variables alone."""
        return self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        """Leave its own variables alone."""
        return self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        """Leave its own variables alone."""
        return self._comprehension(node)

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> ast.AST:
        first = node.generators[0]
        first.iter = self.visit(first.iter)  # the first iterable is outside of the names
        own = {
            part.id
            for generator in node.generators
            for part in walk(generator.target)
            if isinstance(part, ast.Name)
        }
        return self._without(own, node)

    def _without(self, own: set[str], node: ast.AST) -> ast.AST:
        inner = type(self)({k: v for k, v in self.scope.items() if k not in own})
        return inner.generic_visit(node)


def _parameters(node: ast.Lambda | ast.FunctionDef) -> set[str]:
    return {part.arg for part in walk(node.args) if isinstance(part, ast.arg)}
