"""Rewrites what a notebook computes by group."""

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

from idea.analysis.fit_state.learn_calls import identifier
from idea.analysis.fit_state.rewriter import Rewriter, function_of
from idea.analysis.row_dependence import Kind, Kinds, column_of
from idea.knowledge.pandas_methods import ORDER_DEPENDENT
from idea.syntax import copied


def by_group(
    base: ast.expr, how: ast.expr, hint: str | None, rewriter: Rewriter
) -> ast.expr | None:
    """Rewrite ``df.groupby(keys)[column].transform(how)`` by values that are kept by group.

    Args:
        base: the groups: ``df.groupby(keys)[column]``.
        how: the function of a group.
        hint: a name for the result.
        rewriter: rewrites expressions.

    Returns:
        An expression with a value for each row; None, with a warning, where there is none.
    """
    match base:
        case ast.Subscript(value=ast.Call(func=ast.Attribute(value=frame)) as call, slice=column):
            own: ast.expr = ast.Subscript(frame, column, ast.Load())
        case ast.Attribute(value=ast.Call(func=ast.Attribute(value=frame)) as call, attr=name):
            column, own = ast.Constant(name), ast.Attribute(frame, name, ast.Load())
        case ast.Call(func=ast.Attribute(value=own)) as call:
            frame, column = own, ast.Constant(None)
        case _:
            rewriter.warn(base, "can't be computed by group for a single row")
            return None
    keys = next(iter([*call.args, *(k.value for k in call.keywords if k.arg == "by")]), None)
    whole = isinstance(column, ast.Constant) and column.value is None
    if keys is None or (whole and rewriter.variables.is_frame(own)):
        rewriter.warn(base, "can't be computed by group for a single row")
        return None
    words = [identifier(word) for word in re.findall(r"\w+", ast.unparse(keys))]
    name = f"{identifier(column_of(own) or hint or 'groups')}_by_{'_'.join(words)}"

    def computed(how: ast.expr) -> ast.expr:
        arguments = [rewriter.rewrite(copied(part)) for part in (frame, keys)]
        return rewriter.learn.method("by_group", [*arguments, column, how], hint=name)

    kinds = rewriter.variables.kinds
    match how:
        case ast.Constant(value=str(method)) if method not in ORDER_DEPENDENT:
            return computed(how)
        case ast.Name() | ast.Attribute() if kinds.path(how):
            return computed(how)
        case ast.Lambda(args=ast.arguments(args=[ast.arg(arg=parameter)])):
            columnwise = _ByColumn(parameter, own, computed, kinds.imports)
            body: ast.expr = columnwise.visit(copied(how.body))
            if not columnwise.failed:
                return body
    rewriter.warn(how, "can't be computed by group for a single row")
    return None


class _ByColumn(ast.NodeTransformer):
    """Turns a per-group function into a column expression; aggregates are looked up by group."""

    def __init__(
        self,
        parameter: str,
        own: ast.expr,
        computed: Callable[[ast.expr], ast.expr],
        imports: Mapping[str, str],
    ) -> None:
        """Take the function.

        Args:
            parameter: the function's parameter.
            own: the column whose values the function gets.
            computed: writes the look-up of an aggregate by group, given its function.
            imports: the paths of imported names.
        """
        self.parameter = parameter
        self.own = own
        self.computed = computed
        self.kinds = Kinds({parameter}, imports)
        self.failed = False

    def visit(self, node: ast.AST) -> Any:
        """Replace an aggregate by its value by group, and the parameter by the column."""
        if isinstance(node, ast.expr) and self.kinds.of(node) is Kind.AGGREGATE:
            match node:
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(), attr=method), args=[], keywords=[]
                ):
                    return self.computed(ast.Constant(method))
            return self.computed(function_of(self.parameter, node))
        match node:
            case ast.Name(id=self.parameter):
                return copied(self.own)
            case ast.Attribute(attr=method) if method in ORDER_DEPENDENT:
                self.failed = True
        return self.generic_visit(node)
