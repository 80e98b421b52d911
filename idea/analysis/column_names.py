"""Lists of column names that code writes out, or takes from a frame."""

import ast
from collections.abc import Container, Sequence
from typing import Any, Protocol

from idea.program.names_used import root
from idea.syntax import walk

_TEXT_METHODS = frozenset("lower upper strip title capitalize replace".split())

Names = list[Any]


class KnownNames(Protocol):
    """What is known of lists and frames."""

    def names_in(self, variable: str) -> Names | None:
        """Give the names that a variable holds, as a list or as a frame's columns."""

    def columns_named(self, frame: ast.expr) -> Names | None:
        """Give the names of a frame's columns."""


def names_of(node: ast.expr, known: KnownNames) -> Names | None:
    """Give the column names, or positions, that an expression stands for.

    Args:
        node: the expression.
        known: what is known of lists and frames.

    Returns:
        The names; None if they can't be inferred.
    """
    match node:
        case ast.Constant(value=str() | int()) | ast.UnaryOp(op=ast.USub()):
            value = constant_of(node)
            return None if value is None else [value]
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return _joined(parts, known)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _joined([left, right], known)
        case ast.Name(id=name):
            return known.names_in(name)
        case ast.Attribute(value=inner, attr="columns"):
            return known.columns_named(inner)
        case ast.Attribute(value=inner, attr="values"):
            return names_of(inner, known)
        case ast.Subscript():
            return _part(node, known)
        case ast.Call():
            return _of_call(node, known)
        case ast.ListComp(
            elt=elt,
            generators=[ast.comprehension(target=ast.Name(id=each), iter=inner, ifs=tests)],
        ):
            names = names_of(inner, known)
            for test in tests:
                names = None if names is None else _that_pass(test, each, names, known)
            return None if names is None else _of_each(elt, each, names)
    return None


def _that_pass(test: ast.expr, each: str, names: Names, known: KnownNames) -> Names | None:
    """Give the names that a comprehension's condition lets through.

    Args:
        test: the condition: ``c != "id"`` or ``c not in some``.
        each: the variable that goes through the names.
        names: the names.
        known: what is known of lists and frames.

    Returns:
        The names; None if the condition looks at anything else.
    """
    match test:
        case ast.Compare(left=ast.Name(id=name), ops=[op], comparators=[right]) if name == each:
            compared = names_of(right, known)
            if compared is None:
                return None
            match op:
                case ast.In() | ast.Eq():
                    return [one for one in names if one in compared]
                case ast.NotIn() | ast.NotEq():
                    return [one for one in names if one not in compared]
    return None


def position_of(node: ast.expr | None, known: KnownNames) -> int | None:
    """Give the number that an expression counts columns by: ``len(names) - 1``.

    Args:
        node: the expression.
        known: what is known of lists and frames.

    Returns:
        The number; None if it can't be inferred.
    """
    match node:
        case ast.Name(id=name):
            match known.names_in(name):
                case [int(value)]:
                    return value
        case ast.Call(func=ast.Name(id="len"), args=[inner]):
            names = names_of(inner, known)
            return None if names is None else len(names)
        case ast.Subscript(
            value=ast.Attribute(value=frame, attr="shape"), slice=ast.Constant(value=1)
        ):
            names = known.columns_named(frame)
            return None if names is None else len(names)
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right):
            one, other = position_of(left, known), position_of(right, known)
            if one is None or other is None:
                return None
            return one + other if isinstance(op, ast.Add) else one - other
        case ast.Constant() | ast.UnaryOp():
            value = constant_of(node)
            return value if type(value) is int else None
    return None


def _joined(parts: Sequence[ast.expr], known: KnownNames) -> Names | None:
    names: Names = []
    for part in parts:
        found = names_of(part, known)
        if found is None:
            return None
        names += found
    return names


def _part(node: ast.Subscript, known: KnownNames) -> Names | None:
    """Give the names at a position, or from one position to another."""
    names = names_of(node.value, known)
    if names is None:
        return None
    match node.slice:
        case ast.Slice(lower=lower, upper=upper) if not isinstance(node.value, ast.Constant):
            bounds = [position_of(bound, known) for bound in (lower, upper)]
            unknown = (lower and bounds[0] is None) or (upper and bounds[1] is None)
            return None if unknown else names[slice(*bounds)]
        case ast.expr() as at:
            position = position_of(at, known)
            if position is not None and -len(names) <= position < len(names):
                return [names[position]]
    return None


def _of_call(call: ast.Call, known: KnownNames) -> Names | None:
    match call:
        case ast.Call(func=ast.Name(id="range"), args=[_, *_] as ends, keywords=[]):
            bounds = [position_of(end, known) for end in ends]
            whole = [bound for bound in bounds if bound is not None]
            return list(range(*whole)) if len(whole) == len(bounds) <= 2 else None
        case (
            ast.Call(func=ast.Name(id="list" | "sorted"), args=[inner])
            | ast.Call(func=ast.Attribute(value=inner, attr="tolist" | "to_list"), args=[])
        ):
            return names_of(inner, known)
        case ast.Call(func=ast.Attribute(value=inner, attr="drop" | "difference"), args=[less]):
            names, dropped = names_of(inner, known), names_of(less, known)
            if names is None or dropped is None:
                return None
            return [name for name in names if name not in dropped]
        case ast.Call(
            func=ast.Attribute(value=ast.Attribute(value=inner, attr="str"), attr=method),
            args=arguments,
        ):
            names = names_of(inner, known)
            return None if names is None else changed_names(names, method, arguments)
    return None


def _of_each(node: ast.expr, each: str, names: Names) -> Names | None:
    """Give what an expression is for each name: ``[c.strip().lower() for c in names]``.

    Args:
        node: the expression.
        each: the variable that goes through the names.
        names: the names.
    """
    match node:
        case ast.Name(id=name) if name == each:
            return names
        case ast.Call(func=ast.Name(id="str"), args=[inner]):
            inside = _of_each(inner, each, names)
            return None if inside is None else [str(name) for name in inside]
        case ast.BinOp(left=ast.Constant(value=str(text)), op=ast.Add(), right=inner):
            inside = _of_each(inner, each, names)
            return None if inside is None else [f"{text}{name}" for name in inside]
        case ast.BinOp(left=inner, op=ast.Add(), right=ast.Constant(value=str(text))):
            inside = _of_each(inner, each, names)
            return None if inside is None else [f"{name}{text}" for name in inside]
        case ast.JoinedStr(values=parts):
            return _written_out(parts, each, names)
        case ast.Call(func=ast.Attribute(value=inner, attr=method), args=arguments):
            inside = _of_each(inner, each, names)
            return None if inside is None else changed_names(inside, method, arguments)
    return None


def _written_out(parts: Sequence[ast.expr], each: str, names: Names) -> Names | None:
    """Give what an f-string is for each name.

    Args:
        parts: of the f-string.
        each: the variable that goes through the names.
        names: the names.
    """
    texts = [""] * len(names)
    for part in parts:
        match part:
            case ast.Constant(value=str(text)):
                texts = [before + text for before in texts]
            case ast.FormattedValue(value=inner, conversion=-1, format_spec=None):
                inside = _of_each(inner, each, names)
                if inside is None:
                    return None
                texts = [f"{before}{name}" for before, name in zip(texts, inside, strict=True)]
            case _:
                return None
    return [*texts]


def changed_names(names: Names, method: str, arguments: Sequence[ast.expr]) -> Names | None:
    """Give what a method of texts makes of names.

    Args:
        names: the names.
        method: the method.
        arguments: its arguments.

    Returns:
        The new names; None if the method is not known.
    """
    values = [constant_of(argument) for argument in arguments]
    if method not in _TEXT_METHODS or (method == "replace") != bool(values):
        return None
    if any(not isinstance(value, str) for value in values):
        return None
    return [getattr(str(name), method)(*values) for name in names]


def constant_of(node: ast.expr | None) -> Any:
    """Give the value of a constant or of a negative number; None for everything else."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(value))):
            return -value
    return None


def mentioned(node: ast.AST, names: Container[object]) -> set[object]:
    """Give those column names that a piece of code mentions, as strings or as attributes."""
    found: set[object] = set()
    for part in walk(node):
        match part:
            case ast.Constant(value=value) if isinstance(value, str | int) and value in names:
                if not isinstance(value, bool):
                    found.add(value)
            case ast.Attribute(value=inner, attr=attribute) if attribute in names and root(inner):
                found.add(attribute)
    return found
