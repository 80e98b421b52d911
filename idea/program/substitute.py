"""Replaces names in an expression by the expressions that they stand for."""

import ast
import copy
from collections.abc import Mapping

Scope = Mapping[str, ast.expr]


def substituted(node: ast.expr, scope: Scope) -> ast.expr:
    """Give a copy of an expression in which names are replaced.

    Args:
        node: the expression, which stays as it is.
        scope: what names stand for.
    """
    if not scope:
        return node
    new: ast.expr = _Substitution(scope).visit(copy.deepcopy(node))
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


class _Substitution(ast.NodeTransformer):
    """Replaces names that no lambda and no comprehension binds for itself."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if not isinstance(node.ctx, ast.Load) or node.id not in self.scope:
            return node
        return copy.deepcopy(self.scope[node.id])

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        return self._without({a.arg for a in ast.walk(node.args) if isinstance(a, ast.arg)}, node)

    def visit_ListComp(self, node: ast.ListComp) -> ast.expr:
        return self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.expr:
        return self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.expr:
        return self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.expr:
        return self._comprehension(node)

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> ast.expr:
        first = node.generators[0]
        first.iter = self.visit(first.iter)  # the first iterable is outside of the names
        own = {
            part.id
            for generator in node.generators
            for part in ast.walk(generator.target)
            if isinstance(part, ast.Name)
        }
        return self._without(own, node)

    def _without(self, own: set[str], node: ast.expr) -> ast.expr:
        inner = _Substitution({k: v for k, v in self.scope.items() if k not in own})
        new: ast.expr = inner.generic_visit(node)  # type: ignore[assignment]
        return new
