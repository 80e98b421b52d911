"""Tidies a notebook's statements: fewer names, nothing in place, nothing that is undone later."""

import ast
import copy
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from idea.analysis.statements import SourcedStatement
from idea.knowledge.packages import DRAWING
from idea.program.names_used import root


@dataclass(frozen=True)
class Tidied:
    """Statements, the expression that they are for, and the name of the frame they start from."""

    statements: tuple[SourcedStatement, ...]
    result: ast.expr
    frame: str


def tidied(
    statements: Iterable[SourcedStatement],
    result: ast.expr,
    frame: str,
    raw: Iterable[object],
    imports: Mapping[str, str],
) -> Tidied:
    """Tidy up statements.

    Frames that replace each other (`df1`, `df2`) get one name, an estimator is made and fitted in
    one statement, changes in place become assignments, and columns that are made only to be
    dropped are left out.

    Args:
        statements: the statements.
        result: the expression that they are for.
        frame: the variable that is there from the start.
        raw: names of the columns that are there from the start.
        imports: dotted paths by the names that they are imported as.
    """
    result = copy.deepcopy(result)
    quiet = _Quiet(imports)
    parts = [replace(s, node=copy.deepcopy(s.node)) for s in statements]
    for part in parts:
        quiet.visit(part.node)
    parts = _with_fits_at_once([_not_in_place(part) for part in parts])
    parts = _with_one_name(parts, result, frame, {"learn", *imports})
    frame = _without_number([*(part.node for part in parts), result], frame)
    parts = _without_dropped_columns(parts, result, {str(name) for name in raw})
    return Tidied(tuple(parts), result, frame)


# --- what only prints ---


class _Quiet(ast.NodeTransformer):
    """Removes statements inside blocks that only print or draw."""

    def __init__(self, imports: Mapping[str, str]) -> None:
        self.imports = imports

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        return None if self._only_shows(node.value) else node

    def _only_shows(self, node: ast.expr) -> bool:
        match node:
            case ast.Call(func=ast.Name(id="print" | "display")):
                return True
            case ast.Call(func=ast.Name(id="learn"), args=[_, ast.Lambda(body=shown)]):
                return self._only_shows(shown)
            case ast.Call(func=function):
                path = self.imports.get(root(function) or "", "")
                return path.split(".")[0] in DRAWING
        return False

    def visit_For(self, node: ast.For) -> ast.For:
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node

    def visit_If(self, node: ast.If) -> ast.If:
        self.generic_visit(node)
        node.body = node.body or [ast.Pass()]
        return node


# --- changes in place ---


def _not_in_place(part: SourcedStatement) -> SourcedStatement:
    """``df.drop(…, inplace=True)`` as an assignment, as pandas recommends."""
    for call in ast.walk(part.node):
        match call:
            case ast.Call(func=ast.Attribute(attr="drop"), keywords=keywords):
                if any(k.arg == "columns" for k in keywords):
                    call.keywords = [k for k in keywords if k.arg != "axis"]
    match part.node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name))) as call):
            rest = [k for k in call.keywords if k.arg != "inplace"]
            if len(rest) < len(call.keywords):
                call.keywords = rest
                made = ast.Assign([ast.Name(name, ast.Store())], call)
                ast.fix_missing_locations(ast.copy_location(made, part.node))
                return replace(part, node=made)
    return part


# --- estimators ---


def _with_fits_at_once(parts: Sequence[SourcedStatement]) -> list[SourcedStatement]:
    """Write ``sc = Scaler()`` and ``sc = learn("sc", lambda: sc.fit(X))`` as one statement."""
    out = list(parts)
    for part in parts:
        match part.node:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(
                    func=ast.Name(id="learn"),
                    args=[
                        _,
                        ast.Lambda(
                            body=ast.Call(
                                func=ast.Attribute(value=ast.Name(id=own), attr="fit") as fit
                            )
                        ),
                    ],
                ),
            ) if name == own:
                at = out.index(part)
                maker = _maker(out[:at], name)
                if maker is not None:
                    fit.value = maker.node.value  # type: ignore[attr-defined]
                    out[at] = replace(part, absorbed=(maker.position, *maker.absorbed))
                    out.remove(maker)
    return out


def _maker(before: Sequence[SourcedStatement], name: str) -> SourcedStatement | None:
    """Find the statement that makes an estimator, if nothing uses it before its fit."""
    at, maker = next(
        (
            (at, part)
            for at, part in reversed(list(enumerate(before)))
            if isinstance(part.node, ast.Assign) and _stores(part.node, name)
        ),
        (0, None),
    )
    match maker and maker.node:
        case ast.Assign(value=ast.Call(func=ast.Name(id="learn"))):
            return None
        case ast.Assign(value=ast.Call()):
            return None if _uses([p.node for p in before[at + 1 :]], name) else maker
    return None


# --- names ---


def _with_one_name(
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
        before: what comes before the assignment.
        later: what comes after it.
        frame: the variable that is there from the start.
    """
    assert isinstance(node, ast.Assign)
    new = node.targets[0].id  # type: ignore[attr-defined]
    is_known = old == frame or any(_stores(each, old) for each in before)
    is_free = not _uses(later, old) and not _uses(before, new) and not _is_parameter(later, new)
    return is_known and is_free


def _without_number(everything: Sequence[ast.AST], frame: str) -> str:
    """Rename `df2` as `df`, if nothing else is called that, and give the name."""
    plain = re.sub(r"_?\d+$", "", frame)
    if not plain or plain == frame or _uses(everything, plain) or _is_parameter(everything, plain):
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


def _uses(nodes: Iterable[ast.AST], name: str) -> bool:
    return any(isinstance(p, ast.Name) and p.id == name for n in nodes for p in ast.walk(n))


def _stores(node: ast.AST, name: str) -> bool:
    return any(
        isinstance(p, ast.Name) and p.id == name and isinstance(p.ctx, ast.Store)
        for p in ast.walk(node)
    )


def _is_parameter(nodes: Iterable[ast.AST], name: str) -> bool:
    """Tell whether a function or lambda has a parameter of that name."""
    return any(isinstance(p, ast.arg) and p.arg == name for n in nodes for p in ast.walk(n))


def _rename(node: ast.AST, old: str, new: str) -> None:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id == old:
            part.id = new


# --- columns that are made only to be dropped ---


def _without_dropped_columns(
    parts: Sequence[SourcedStatement], result: ast.expr, raw: Set[str]
) -> list[SourcedStatement]:
    """Leave out columns that are made only to be dropped.

    Args:
        parts: the statements.
        result: the expression that they are for.
        raw: names of the columns that are there from the start.
    """
    out = list(parts)
    for part in parts:
        match part.node:
            case ast.Assign(
                targets=[
                    ast.Subscript(value=ast.Name(id=frame), slice=ast.Constant(value=str(name)))
                ]
            ) if name not in raw and not _mentions(result, name):
                others = [p.node for p in out if p is not part]
                if any(_makes_column(node, frame, name) for node in others):
                    continue
                later = [p.node for p in out[out.index(part) + 1 :]]
                if _undo_drop(later, frame, name):
                    out.remove(part)
    return out


def _undo_drop(later: Iterable[ast.stmt], frame: str, name: str) -> bool:
    """Take a column out of the statement that drops it, unless something needs it before.

    Args:
        later: the statements after the one that makes the column.
        frame: the variable that holds the column.
        name: the column's name.

    Returns:
        Whether the column is no longer needed.
    """
    for node in later:
        if _drops_only(node, name):
            node.value = node.value.func.value  # type: ignore[attr-defined]
            return True
        drops = _dropped_with_others(node, name)
        if drops is not None:
            rest = [e for e in drops.elts if not _is_text(e, name)]
            drops.elts, shrinks = rest or drops.elts, bool(rest)
            return shrinks
        if _mentions(node, name) or not _touches_columns(node, frame):
            return False
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
    for call in ast.walk(node):
        match call:
            case ast.Call(func=ast.Attribute(attr="drop")):
                for found in ast.walk(call):
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
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id == frame:
            holder = next(_holders(node, part), None)
            match holder:
                case ast.Subscript(slice=ast.Constant()):
                    continue
                case ast.Attribute(attr=attr):
                    if any(isinstance(p, ast.Call) and p.func is holder for p in ast.walk(node)):
                        return attr == "drop"
                case _:
                    return False
    return True


def _holders(node: ast.AST, name: ast.Name) -> Iterator[ast.Subscript | ast.Attribute]:
    for part in ast.walk(node):
        if isinstance(part, ast.Subscript | ast.Attribute) and part.value is name:
            yield part


def _mentions(node: ast.AST, name: str) -> bool:
    return any(
        _is_text(p, name) or (isinstance(p, ast.Attribute) and p.attr == name)
        for p in ast.walk(node)
    )


def _is_text(node: ast.AST, text: str) -> bool:
    return isinstance(node, ast.Constant) and node.value == text
