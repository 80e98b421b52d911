"""Reductions skipped columns without numbers once, and raise an error today."""

import ast

from idea.knowledge.renames import NUMERIC_ONLY
from idea.modernize.context import Context
from idea.modernize.registry import rewrites
from idea.modernize.templates import with_true
from idea.syntax import callee_name, keyword_value


@rewrites(ast.Call)
def numeric_only(call: ast.Call, context: Context) -> ast.expr | None:
    """`df.corr()` and `df.groupby("a").mean()` with `numeric_only=True`."""
    if not isinstance(call.func, ast.Attribute) or keyword_value(call, "numeric_only") is not None:
        return None
    of, name = call.func.value, call.func.attr
    of_groups = isinstance(of, ast.Call) and callee_name(of) == "groupby"
    of_all = (name in ("corr", "cov") and not call.args) or name == "corrwith"
    return (
        with_true(call, "numeric_only") if (of_groups and name in NUMERIC_ONLY) or of_all else None
    )
