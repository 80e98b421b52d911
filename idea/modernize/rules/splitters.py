"""Splitters took the number of rows once, and a `random_state` that did nothing."""

import ast

from idea.knowledge.model_selection import ONCE_SIZED_SPLITTERS
from idea.modernize.context import Context
from idea.modernize.registry import rewrites
from idea.syntax import callee_name, constant, keyword_value

_FORMER_NAMES = ("n_folds", "n_iter", "k")  # of `n_splits`


@rewrites(ast.Call)
def number_of_rows(call: ast.Call, context: Context) -> ast.expr | None:
    """`KFold(len(X), n_folds=5)` as `KFold(n_splits=5)`."""
    if callee_name(call) not in ONCE_SIZED_SPLITTERS:
        return None
    args = call.args
    keywords = [
        ast.keyword("n_splits", key.value) if key.arg in _FORMER_NAMES else key
        for key in call.keywords
        if key.arg != "n"
    ]
    had_former = {key.arg for key in call.keywords} & {*_FORMER_NAMES, "n"}
    two_numbers = (
        len(args) == 2 and type(constant(args[1])) is int and not isinstance(args[0], ast.Constant)
    )
    if args and (had_former or two_numbers):
        args = args[1:]
    if args is call.args and not had_former:
        return None
    return ast.Call(call.func, args, keywords)


@rewrites(ast.Call)
def seed_without_shuffling(call: ast.Call, context: Context) -> ast.expr | None:
    """`KFold(random_state=1)` without it: it raises an error where nothing is shuffled."""
    name = callee_name(call)
    if name not in ONCE_SIZED_SPLITTERS or not name.endswith("KFold") or len(call.args) > 1:
        return None
    shuffles = keyword_value(call, "shuffle")
    if keyword_value(call, "random_state") is None or not (
        shuffles is None or constant(shuffles) is False
    ):
        return None
    kept = [key for key in call.keywords if key.arg != "random_state"]
    return ast.Call(call.func, call.args, kept)
