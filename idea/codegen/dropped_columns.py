"""Columns that are dropped: those that are not there, and those that are made only for that."""

import ast
from collections.abc import Iterable, Iterator, Sequence, Set
from dataclasses import replace

from idea.analysis.look_ups import LOOK_UP
from idea.analysis.statements import SourcedStatement
from idea.program.names_used import free_names
from idea.syntax import copied, walk

# Attributes through which code looks at more of a frame than a column of that name.
_WHOLE = frozenset("T at columns dtypes iat iloc index loc shape size values".split())


def ignoring_missing(
    parts: Sequence[SourcedStatement], raw: Iterable[object]
) -> list[SourcedStatement]:
    """Let a drop pass over columns that nothing makes here, since nothing needs them.

    Args:
        parts: the statements.
        raw: names of the columns that are there from the start.

    Returns:
        Copies of the statements, in which such a drop has ``errors="ignore"``.
    """
    known = {*map(str, raw), *(name for part in parts for name in _stored_strings(part.node))}
    out = []
    for part in parts:
        node = copied(part.node)
        for call in walk(node):
            if isinstance(call, ast.Call) and _may_miss(call, known):
                call.keywords.append(ast.keyword("errors", ast.Constant("ignore")))
        out.append(replace(part, node=ast.fix_missing_locations(node)))
    return out


def _stored_strings(node: ast.stmt) -> Iterator[object]:
    for target in node.targets if isinstance(node, ast.Assign) else []:
        yield from (part.value for part in walk(target) if isinstance(part, ast.Constant))


def _may_miss(call: ast.Call, known: Set[object]) -> bool:
    """Tell whether a call drops a column that is not known to be there."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "drop":
        return False
    if any(keyword.arg == "errors" for keyword in call.keywords):
        return False
    texts = {c.value for c in walk(call) if isinstance(c, ast.Constant)}
    names = {text for text in texts if isinstance(text, str)} - {"columns", "index", "rows"}
    return not names <= known


def without_dropped_columns(
    parts: Sequence[SourcedStatement], result: ast.expr, raw: Set[str]
) -> list[SourcedStatement]:
    """Leave out columns that are made only to be dropped.

    Args:
        parts: the statements.
        result: the expression that they are for.
        raw: names of the columns that are there from the start.
    """
    out = list(parts)
    elsewhere = _read_elsewhere(parts)
    for part in parts:
        match part.node:
            case ast.Assign(
                targets=[
                    ast.Subscript(value=ast.Name(id=frame), slice=ast.Constant(value=str(name)))
                ]
            ) if name not in raw and frame not in elsewhere and not _mentions(result, name):
                others = [p.node for p in out if p is not part]
                if any(_makes_column(node, frame, name) for node in others):
                    continue
                later = [p.node for p in out[out.index(part) + 1 :]]
                if _undo_drop(later, frame, name):
                    out.remove(part)
    return [part for part in out if not _assigns_itself(part.node)]


def _read_elsewhere(parts: Iterable[SourcedStatement]) -> set[str]:
    """Give the variables of other tables, of which it is not known here what columns they have."""
    found: set[str] = set()
    for part in parts:
        match part.node:
            case ast.Assign(targets=targets, value=value):
                named = {each.id for each in walk(value) if isinstance(each, ast.Name)}
                if LOOK_UP in named or named & found:
                    found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def _undo_drop(later: Sequence[ast.stmt], frame: str, name: str) -> bool:
    """Take a column out of the statement that drops it, unless something needs it before.

    Args:
        later: the statements after the one that makes the column.
        frame: the variable that holds the column.
        name: the column's name.

    Returns:
        True if the column is no longer needed.
    """
    for at, node in enumerate(later):
        if _binds_another(node, frame) and any(
            _mentions(each, name) or not _touches_columns(each, frame) for each in later[at + 1 :]
        ):
            return False
        if _drops_only(node, name):
            node.value = node.value.func.value  # type: ignore[attr-defined]
            return True
        drops = _dropped_with_others(node, name)
        if drops is not None:
            if _count(node, name) > 1:
                return False  # it is dropped after something has looked at it
            rest = [e for e in drops.elts if not _is_text(e, name)]
            drops.elts, shrinks = rest or drops.elts, bool(rest)
            return shrinks
        if _mentions(node, name) or not _touches_columns(node, frame):
            return False
    return False


def _binds_another(node: ast.stmt, frame: str) -> bool:
    """Tell whether a statement drops columns under another name, and leaves the frame as it is."""
    match node:
        case ast.Assign(targets=[ast.Name(id=bound)], value=value):
            is_drop = any(isinstance(p, ast.Attribute) and p.attr == "drop" for p in walk(value))
            return bound != frame and is_drop and frame in free_names(value)
    return False


def _assigns_itself(node: ast.stmt) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name(id=new)], value=ast.Name(id=old)):
            return new == old
    return False


def _makes_column(node: ast.stmt, frame: str, name: str) -> bool:
    match node:
        case ast.Assign(targets=[ast.Subscript(value=ast.Name(id=f), slice=ast.Constant(value=n))]):
            return f == frame and n == name
    return False


def _drops_only(node: ast.stmt, name: str) -> bool:
    """Tell whether a statement is ``new = frame.drop("name", axis=1)``."""
    match node:
        case ast.Assign(
            targets=[ast.Name()],
            value=ast.Call(func=ast.Attribute(value=ast.Name(), attr="drop")) as call,
        ):
            named = [k.value for k in call.keywords if k.arg in ("columns", "labels")]
            match [*call.args[:1], *named]:
                case [ast.Constant(value=value)] | [ast.List(elts=[ast.Constant(value=value)])]:
                    return bool(value == name)
    return False


def _dropped_with_others(node: ast.stmt, name: str) -> ast.List | None:
    """Give the list in which a statement names a column to drop."""
    for call in walk(node):
        match call:
            case ast.Call(func=ast.Attribute(attr="drop")):
                for found in walk(call):
                    if isinstance(found, ast.List) and any(_is_text(e, name) for e in found.elts):
                        return found
    return None


def _touches_columns(node: ast.stmt, frame: str) -> bool:
    """Tell whether a statement touches nothing of a frame but columns that it names."""
    match node:
        case ast.Assign(
            targets=[ast.Name()], value=ast.Call(func=ast.Attribute(value=ast.Name(), attr="copy"))
        ):
            return True
    for part in walk(node):
        if isinstance(part, ast.Name) and part.id == frame:
            holder = next(_holders(node, part), None)
            match holder:
                case ast.Subscript(slice=ast.Constant()):
                    continue
                case ast.Attribute(attr=attr):
                    if attr in _WHOLE:
                        return False
                    if any(isinstance(p, ast.Call) and p.func is holder for p in walk(node)):
                        return attr == "drop"
                case _:
                    return False
    return True


def _holders(node: ast.AST, name: ast.Name) -> Iterator[ast.Subscript | ast.Attribute]:
    for part in walk(node):
        if isinstance(part, ast.Subscript | ast.Attribute) and part.value is name:
            yield part


def _mentions(node: ast.AST, name: str) -> bool:
    return _count(node, name) > 0


def _count(node: ast.AST, name: str) -> int:
    """Count the places where code mentions a column."""
    return sum(
        _is_text(part, name) or (isinstance(part, ast.Attribute) and part.attr == name)
        for part in walk(node)
    )


def _is_text(node: ast.AST, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text
