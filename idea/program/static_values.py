"""Static values: numbers, texts, lists and ranges that follow from the code without running it."""

import ast
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, TypeGuard

from idea.program.evaluator import MAX_DEPTH, Evaluator, Names
from idea.program.static_functions import MAX_ITEMS
from idea.program.substitute import Scope, bound, substituted
from idea.syntax import brief

__all__ = ["Names", "Unknown", "elements", "entries", "literal", "resolve"]


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
    elif isinstance(node, ast.DictComp):
        for scope in islice(_bindings(node.generators, names, {}, depth), MAX_ITEMS):
            found[_key(substituted(node.key, scope), names)] = substituted(node.value, scope)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        for part in (node.left, node.right):
            found |= dict(entries(part, names, depth + 1))
    elif _is_dict_call(node):
        for argument in node.args:
            found |= dict(_pairs(argument, names, depth + 1))
        for keyword in node.keywords:
            name, value = keyword.arg, keyword.value
            found |= dict(entries(value, names, depth + 1)) if name is None else {name: value}
    else:
        values = literal(node, names)
        if not isinstance(values, dict):
            raise Unknown(brief(node))
        found = {str(k): _constant(v) for k, v in values.items()}
    return list(found.items())


def elements(node: ast.expr, names: Names, depth: int = 0) -> list[ast.expr]:
    """Give the expressions of a sequence's elements, however it is written.

    Args:
        node: a list, a tuple, a comprehension, the keys, values or items of a dict, a range, or
            `list`, `zip` and `enumerate` of such.
        names: what names stand for.
        depth: the number of names that lead here.

    Raises:
        Unknown: they can't be evaluated statically.
    """
    node = resolve(node, names, depth)
    match node:
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return _spread(parts, names, depth)
        case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
            scopes = islice(_bindings(node.generators, names, {}, depth), MAX_ITEMS)
            return [substituted(node.elt, scope) for scope in scopes]
        case ast.Call(func=ast.Attribute(value=inner, attr="items" | "keys" | "values" as method)):
            pairs = entries(inner, names, depth + 1)
            return [_part_of_entry(method, key, value) for key, value in pairs]
        case ast.Call(func=ast.Name(id="list" | "tuple"), args=[]):
            return []
        case ast.Call(func=ast.Name(id="list" | "tuple" | "iter"), args=[inner]):
            return elements(inner, names, depth + 1)
        case ast.Call(func=ast.Name(id="reversed"), args=[inner]):
            return elements(inner, names, depth + 1)[::-1]
        case ast.Call(func=ast.Name(id="zip"), args=parts):
            rows = zip(*(elements(part, names, depth + 1) for part in parts), strict=False)
            return [ast.Tuple(list(row), ast.Load()) for row in rows]
        case ast.Call(func=ast.Name(id="enumerate"), args=[inner]):
            found = elements(inner, names, depth + 1)
            return [ast.Tuple([_constant(i), one], ast.Load()) for i, one in enumerate(found)]
        case ast.Call(func=ast.Name(id="range"), args=limits, keywords=[]):
            counted = ast.Call(node.func, [_counted(one, names, depth) for one in limits], [])
            return [_constant(value) for value in literal(counted, names)]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return elements(left, names, depth + 1) + elements(right, names, depth + 1)
        case ast.Subscript(value=inner, slice=ast.Slice() as part):
            ends = [None if e is None else literal(e, names) for e in _ends(part)]
            return elements(inner, names, depth + 1)[slice(*ends)]
        case ast.Dict() | ast.DictComp():
            return [_constant(key) for key, _ in entries(node, names, depth)]
    values = literal(node, names)
    if not isinstance(values, list | dict):
        raise Unknown(brief(node))
    return [_constant(value) for value in values]


def _counted(node: ast.expr, names: Names, depth: int) -> ast.expr:
    """Give the number for ``len(models)``, also of what can't be evaluated itself."""
    match node:
        case ast.Call(func=ast.Name(id="len"), args=[inner], keywords=[]):
            with suppress(Unknown):
                return ast.Constant(len(elements(inner, names, depth + 1)))
    return node


def _spread(parts: list[ast.expr], names: Names, depth: int) -> list[ast.expr]:
    found: list[ast.expr] = []
    for part in parts:
        starred = isinstance(part, ast.Starred)
        found += elements(part.value, names, depth + 1) if starred else [part]  # type: ignore[attr-defined]
    return found


def _part_of_entry(method: str, key: str, value: ast.expr) -> ast.expr:
    if method == "values":
        return value
    return _constant(key) if method == "keys" else ast.Tuple([_constant(key), value], ast.Load())


def _ends(part: ast.Slice) -> tuple[ast.expr | None, ast.expr | None, ast.expr | None]:
    return part.lower, part.upper, part.step


def _bindings(
    generators: list[ast.comprehension], names: Names, scope: Scope, depth: int
) -> Iterator[Scope]:
    """Give what a comprehension's names stand for, turn by turn.

    Args:
        generators: its `for` clauses.
        names: what names outside of it stand for.
        scope: what the names of clauses before these stand for.
        depth: the number of names that lead here.
    """
    if not generators:
        yield scope
        return
    first, *rest = generators
    for item in elements(substituted(first.iter, scope), names, depth + 1):
        its = bound(first.target, resolve(item, names, depth + 1))
        if its is None:
            raise Unknown(brief(first.target))
        inner = {**scope, **its}
        if all(literal(substituted(test, inner), names) for test in first.ifs):
            yield from _bindings(rest, names, inner, depth)


def _pairs(node: ast.expr, names: Names, depth: int) -> list[tuple[str, ast.expr]]:
    """Give what `dict` makes of its argument: a dict, or pairs of a key and a value."""
    try:
        return entries(node, names, depth)
    except Unknown:
        found = []
        for item in elements(node, names, depth):
            pair = elements(item, names, depth + 1)
            if len(pair) != 2:
                raise Unknown(brief(node)) from None
            found.append((_key(pair[0], names), pair[1]))
        return found


def _constant(value: Any) -> ast.expr:
    return ast.parse(repr(value), mode="eval").body


def _is_dict_call(node: ast.expr) -> TypeGuard[ast.Call]:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict"


def _key(node: ast.expr, names: Names) -> str:
    return str(literal(node, names))


def _entry(node: ast.expr, key: ast.expr, names: Names) -> ast.expr | None:
    try:
        if isinstance(key, ast.Slice):
            return None
        if isinstance(node, ast.Dict | ast.DictComp) or _is_dict_call(node):
            return dict(entries(node, names)).get(_key(key, names))
        if _may_be_sequence(node):
            entry: ast.expr = elements(node, names)[literal(key, names)]
            return entry
    except (Unknown, LookupError, TypeError):
        pass
    return None


def _may_be_sequence(node: ast.expr) -> bool:
    match node:
        case ast.List() | ast.Tuple() | ast.ListComp():
            return True
        case ast.Call(func=ast.Name(id="list" | "tuple")):
            return True
    return False
