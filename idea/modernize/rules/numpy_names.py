"""`np.float`, `np.NaN` and other names that NumPy no longer has."""

import ast

from idea.knowledge.renames import NUMPY, NUMPY_BUILTINS
from idea.modernize.context import Context
from idea.modernize.registry import rewrites
from idea.modernize.templates import attribute, build


@rewrites(ast.Attribute)
def builtin_types(node: ast.Attribute, context: Context) -> ast.expr | None:
    """`np.float` was Python's own `float`."""
    if context.is_module(node.value, "numpy") and node.attr in NUMPY_BUILTINS:
        return ast.Name(NUMPY_BUILTINS[node.attr], ast.Load())
    return None


@rewrites(ast.Attribute)
def renamed_constants_and_functions(node: ast.Attribute, context: Context) -> ast.expr | None:
    """`np.NaN` as `np.nan`, `np.in1d` as `np.isin`."""
    if not context.is_module(node.value, "numpy"):
        return None
    if node.attr == "NINF":
        return build("-np.inf", np=node.value)
    return attribute(node.value, NUMPY[node.attr]) if node.attr in NUMPY else None


@rewrites(ast.Call)
def asscalar(call: ast.Call, context: Context) -> ast.expr | None:
    """`np.asscalar(a)` as `a.item()`."""
    if context.names.path(call.func) == "numpy.asscalar" and len(call.args) == 1:
        return build("x.item()", x=call.args[0])
    return None
