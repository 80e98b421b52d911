"""Arguments that have to be named today."""

import ast

from idea.knowledge.renames import AXIS_BY_POSITION
from idea.knowledge.signatures import signature_of
from idea.modernize.context import Context
from idea.modernize.registry import rewrites
from idea.syntax import callee_name, constant


@rewrites(ast.Call)
def one_axis(call: ast.Call, context: Context) -> ast.expr | None:
    """`df.drop(columns="a", axis=1)` as `df.drop(columns="a")`, which says the axis already."""
    given = {key.arg for key in call.keywords}
    method = isinstance(call.func, ast.Attribute) and call.func.attr in ("drop", "rename")
    if not method or call.args or "axis" not in given or given.isdisjoint({"columns", "index"}):
        return None
    return ast.Call(call.func, [], [key for key in call.keywords if key.arg != "axis"])


@rewrites(ast.Call)
def named_arguments(call: ast.Call, context: Context) -> ast.expr | None:
    """`df.drop("a", 1)` as `df.drop("a", axis=1)`."""
    args = call.args
    if any(isinstance(arg, ast.Starred) for arg in args):
        return None
    before, names = _positions(call, context)
    named = [ast.keyword(name, arg) for name, arg in zip(names, args[before:], strict=False)]
    if not named or len(args) > before + len(named):
        return None
    return ast.Call(call.func, args[:before], [*named, *call.keywords])


def _positions(call: ast.Call, context: Context) -> tuple[int, tuple[str, ...]]:
    """Give how many arguments keep their position, and the names of those behind them."""
    name, args = callee_name(call), call.args
    of = call.func.value if isinstance(call.func, ast.Attribute) else None
    unchanged: tuple[int, tuple[str, ...]] = len(args), ()
    if context.is_module(of, "numpy") or (of is None and name in context.names.own):
        return unchanged
    if isinstance(of, ast.Attribute) and of.attr == "str":
        return (1, ("n", "expand")) if name in ("split", "rsplit") else unchanged
    if name == "pivot" and not context.is_pandas(of):
        return 0, ("index", "columns", "values")
    if name == "replace" and not (args and isinstance(constant(args[-1]), bool)):
        return unchanged  # a string takes a count there
    if name in AXIS_BY_POSITION and of is not None and len(args) == 1:
        return (0, ("axis",)) if constant(args[0]) in (0, 1) else unchanged
    signature = signature_of(name)
    return (len(signature.positional), signature.named) if signature.named else unchanged
