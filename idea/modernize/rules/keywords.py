"""Keyword arguments that were renamed or removed."""

import ast
from collections.abc import Callable

from idea.knowledge.renames import current_parameter
from idea.modernize.templates import build
from idea.syntax import constant

Change = Callable[[ast.keyword], ast.keyword | None]


def _delim_whitespace(key: ast.keyword) -> ast.keyword | None:
    return ast.keyword("sep", ast.Constant(r"\s+")) if constant(key.value) else None


def _error_bad_lines(key: ast.keyword) -> ast.keyword | None:
    return None if constant(key.value) else ast.keyword("on_bad_lines", ast.Constant("skip"))


def _missing_values(key: ast.keyword) -> ast.keyword | None:
    return None if constant(key.value) in ("NaN", "nan") else key


def _penalty(key: ast.keyword) -> ast.keyword | None:
    """Replace `penalty`, deprecated in scikit-learn 1.8, by `l1_ratio` or an infinite `C`."""
    match constant(key.value):
        case "l1":
            return ast.keyword("l1_ratio", ast.Constant(1))
        case None | "none":
            return ast.keyword("C", build("float('inf')"))
        case "l2" | "elasticnet":
            return None
    return key


def _inclusive(key: ast.keyword) -> ast.keyword | None:
    both = constant(key.value)
    if isinstance(both, bool):
        return ast.keyword("inclusive", ast.Constant("both" if both else "neither"))
    return key


# Changes that depend on the value, by callee and keyword.
_BY_VALUE: dict[tuple[str, str], Change] = {
    **{(f"read_{kind}", "delim_whitespace"): _delim_whitespace for kind in ("csv", "table")},
    **{(f"read_{kind}", "error_bad_lines"): _error_bad_lines for kind in ("csv", "table")},
    ("SimpleImputer", "missing_values"): _missing_values,
    ("LogisticRegression", "penalty"): _penalty,
    ("LogisticRegressionCV", "penalty"): _penalty,
    ("between", "inclusive"): _inclusive,
}


def current_keyword(name: str, key: ast.keyword) -> ast.keyword | None:
    """Give a keyword argument as a function takes it today.

    Args:
        name: the function's last name.
        key: the keyword argument.

    Returns:
        The same object if nothing has changed, another one, or None if it is to be left out.
    """
    if key.arg is None:
        return key
    current = current_parameter(name, key.arg)
    if current != key.arg:
        return ast.keyword(current, key.value) if current else None
    change = _BY_VALUE.get((name, key.arg))
    return change(key) if change else key
