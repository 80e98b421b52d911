"""Roots of errors, which have their own functions."""

import ast

from idea.modernize.context import Context
from idea.modernize.registry import rewrites
from idea.modernize.templates import renamed, without
from idea.syntax import callee_name, constant, keyword_value

ROOTED = {
    "mean_squared_error": "root_mean_squared_error",
    "mean_squared_log_error": "root_mean_squared_log_error",
}


@rewrites(ast.Call)
def root_of_error(call: ast.Call, context: Context) -> ast.expr | None:
    """`mean_squared_error(a, b, squared=False)` as `root_mean_squared_error(a, b)`."""
    name, squared = callee_name(call), constant(keyword_value(call, "squared"))
    if name in ROOTED and isinstance(squared, bool | int):
        today = renamed(call.func, name if squared else ROOTED[name])
        return ast.Call(today, call.args, without(call, "squared"))
    return None
