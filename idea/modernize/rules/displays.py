"""Plotting functions that were replaced by display classes."""

import ast

from idea.knowledge.renames import DISPLAYS
from idea.modernize.context import Context
from idea.modernize.registry import rewrites
from idea.modernize.templates import method, renamed
from idea.syntax import callee_name, keyword_value


@rewrites(ast.Call)
def plots(call: ast.Call, context: Context) -> ast.expr | None:
    """`plot_roc_curve(m, X, y)` as `RocCurveDisplay.from_estimator(m, X, y)`."""
    name = callee_name(call)
    if name not in DISPLAYS or name in context.names.own or len(call.args) < 2:
        return None
    # A function that many notebooks copy has the same name, and a parameter `classes`.
    if keyword_value(call, "classes") is not None:
        return None
    display = renamed(call.func, DISPLAYS[name])
    return method(display, "from_estimator", call.args, call.keywords)
