"""`fillna` with a method, and with reductions of frames that hold texts."""

import ast

from idea.knowledge.renames import FILL_METHODS
from idea.modernize.context import Context
from idea.modernize.registry import rewrites
from idea.modernize.templates import method, with_true, without
from idea.syntax import constant, keyword_value


@rewrites(ast.Call)
def fill_method(call: ast.Call, context: Context) -> ast.expr | None:
    """`df.fillna(method="pad")` as `df.ffill()`."""
    match call.func:
        case ast.Attribute(value=of, attr="fillna"):
            how = FILL_METHODS.get(str(constant(keyword_value(call, "method"))))
            return method(of, how, [], without(call, "method", "value")) if how else None
    return None


@rewrites(ast.Call)
def filled_by_its_own(call: ast.Call, context: Context) -> ast.expr | None:
    """`df.fillna(df.mean())` as `df.fillna(df.mean(numeric_only=True))`."""
    match call:
        case ast.Call(
            func=ast.Attribute(value=ast.Name(id=filled), attr="fillna"),
            args=[
                ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="mean" | "median" | "std"),
                    args=[],
                    keywords=[],
                ) as filling
            ],
        ) if name == filled and keyword_value(call, "method") is None:
            return ast.Call(call.func, [with_true(filling, "numeric_only")], call.keywords)
    return None
