"""Calls a frame that replaces another (`df1`, `df2`) by one name."""

import ast
import re
from collections.abc import Iterable, Sequence, Set

from idea.analysis.statements import SourcedStatement
from idea.program.names_used import root
from idea.syntax import walk


def with_one_name(
    parts: Sequence[SourcedStatement], result: ast.expr, frame: str, modules: Set[str]
) -> list[SourcedStatement]:
    """Call a frame that replaces another by the other's name.

    Args:
        parts: the statements, whose names are changed.
        result: the expression that they are for, likewise.
        frame: the variable that is there from the start.
        modules: names that hold no data.
    """
    out = list(parts)
    number = 0
    while number < len(out):
        node = out[number].node
        before = [part.node for part in out[:number]]
        later: list[ast.AST] = [*(part.node for part in out[number + 1 :]), result]
        old = _source_of(node, modules)
        if old and _can_replace(node, old, before, later, frame):
            assert isinstance(node, ast.Assign)
            new: str = node.targets[0].id  # type: ignore[attr-defined]
            for each in [node, *later]:
                _rename(each, new, old)
            if isinstance(node.value, ast.Name) and node.value.id == old:
                del out[number]
                continue
        number += 1
    return out


def _source_of(node: ast.stmt, modules: Set[str]) -> str | None:
    """Give the variable that an assigned value is made of, if its name may be kept."""
    match node:
        case ast.Assign(targets=[ast.Name(id=new)], value=ast.Name(id=old)):
            return None if old == new else old
        case ast.Assign(targets=[ast.Name(id=new)], value=value):
            old = root(_innermost(value, modules)) or ""
            return old if old != new and _is_same_stem(old, new) else None
    return None


def _can_replace(
    node: ast.stmt, old: str, before: Sequence[ast.AST], later: Sequence[ast.AST], frame: str
) -> bool:
    """Tell whether an assigned variable can have the name of the one that it is made of.

    Args:
        node: the assignment.
        old: the other variable.
        before: the code before the assignment.
        later: the code after it.
        frame: the variable that is there from the start.
    """
    assert isinstance(node, ast.Assign)
    new = node.targets[0].id  # type: ignore[attr-defined]
    is_known = old == frame or any(stores(each, old) for each in before)
    is_free = not uses(later, old) and not uses(before, new) and not _is_parameter(later, new)
    return is_known and is_free


def without_number(everything: Sequence[ast.AST], frame: str) -> str:
    """Rename `df2` as `df`, if nothing else is called that, and give the name."""
    plain = re.sub(r"_?\d+$", "", frame)
    if not plain or plain == frame or uses(everything, plain) or _is_parameter(everything, plain):
        return frame
    for each in everything:
        _rename(each, frame, plain)
    return plain


def _is_same_stem(one: str, other: str) -> bool:
    """Tell whether two names differ in an ending only: `df1` and `df2`, `X` and `X_train`."""

    def stem(name: str) -> str:
        return (re.sub(r"(_[a-z0-9]+|\d+)+$", "", name) or name).lower()

    return stem(one) == stem(other)


def _innermost(node: ast.expr, modules: Set[str]) -> ast.expr:
    """Give the object of a method, or the first argument of a function that names something."""
    match node:
        case ast.Call(func=ast.Attribute(value=inner), args=args):
            bottom = root(inner)
            if bottom is None or bottom in modules:
                return next((argument for argument in args if root(argument)), inner)
            return inner
        case ast.Call(args=args):
            return next((argument for argument in args if root(argument)), node)
    return node


def uses(nodes: Iterable[ast.AST], name: str) -> bool:
    """Tell whether code mentions a variable."""
    return any(isinstance(p, ast.Name) and p.id == name for n in nodes for p in walk(n))


def stores(node: ast.AST, name: str) -> bool:
    """Tell whether code assigns a variable."""
    return any(
        isinstance(p, ast.Name) and p.id == name and isinstance(p.ctx, ast.Store)
        for p in walk(node)
    )


def _is_parameter(nodes: Iterable[ast.AST], name: str) -> bool:
    """Tell whether a function or lambda has a parameter of that name."""
    return any(isinstance(p, ast.arg) and p.arg == name for n in nodes for p in walk(n))


def _rename(node: ast.AST, old: str, new: str) -> None:
    for part in walk(node):
        if isinstance(part, ast.Name) and part.id == old:
            part.id = new
