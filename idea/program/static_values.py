"""Static values: numbers, texts, lists and ranges that follow from the code without running it."""

import ast
from typing import Any, TypeGuard

from idea.program.evaluator import MAX_DEPTH, Evaluator, Names
from idea.syntax import brief

__all__ = ["Names", "Unknown", "entries", "literal", "resolve"]


class Unknown(ValueError):
    """The expression can't be evaluated statically; the message is the expression."""


def literal(node: ast.expr, names: Names) -> Any:
    """Evaluate an expression to a value that YAML can hold.

    Tuples, sets and arrays become lists; a set keeps the order in which it was written.

    Raises:
        Unknown: it can't be evaluated statically.
    """
    try:
        evaluator = Evaluator(names)
        return evaluator.plain(evaluator.read(node, {}))
    except (ArithmeticError, LookupError, RecursionError, TypeError, ValueError):
        raise Unknown(brief(node)) from None


def resolve(node: ast.expr, names: Names, depth: int = 0) -> ast.expr:
    """Give the expression behind names and entries of dicts: `SVC()` behind `models["svm"]`.

    Args:
        node: the expression.
        names: what names stand for.
        depth: the number of names that lead here.

    Returns:
        The expression, which is neither a variable nor an entry of a known dict.

    Raises:
        Unknown: names go round in circles.
    """
    if depth > MAX_DEPTH:
        raise Unknown(brief(node))
    behind: ast.expr | None = None
    if isinstance(node, ast.Name) and names.path(node) is None:
        behind = names.value(node.id)
    elif isinstance(node, ast.Subscript):
        behind = _entry(resolve(node.value, names, depth + 1), node.slice, names)
    elif isinstance(node, ast.NamedExpr):
        behind = node.value
    return node if behind is None else resolve(behind, names, depth + 1)


def entries(node: ast.expr, names: Names, depth: int = 0) -> list[tuple[str, ast.expr]]:
    """Give the keys and value expressions of a dict, however it is written; a later key wins.

    Args:
        node: the dict.
        names: what names stand for.
        depth: the number of names that lead here.

    Returns:
        Pairs of a key and an expression.

    Raises:
        Unknown: they can't be evaluated statically.
    """
    node = resolve(node, names, depth)
    found: dict[str, ast.expr] = {}
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            found |= (
                dict(entries(value, names, depth + 1)) if key is None else {_key(key, names): value}
            )
    elif _is_dict_call(node):
        for argument in node.args:
            found |= dict(entries(argument, names, depth + 1))
        for keyword in node.keywords:
            name, value = keyword.arg, keyword.value
            found |= dict(entries(value, names, depth + 1)) if name is None else {name: value}
    else:
        values = literal(node, names)
        if not isinstance(values, dict):
            raise Unknown(brief(node))
        found = {str(k): ast.parse(repr(v), mode="eval").body for k, v in values.items()}
    return list(found.items())


def _is_dict_call(node: ast.expr) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict"


def _key(node: ast.expr, names: Names) -> str:
    return str(literal(node, names))


def _entry(node: ast.expr, key: ast.expr, names: Names) -> ast.expr | None:
    try:
        wanted = literal(key, names)
        if isinstance(node, ast.List | ast.Tuple):
            entry: ast.expr = node.elts[wanted]
            return entry
        if isinstance(node, ast.Dict):
            return dict(entries(node, names))[wanted]
    except (Unknown, LookupError, TypeError):
        pass
    return None
