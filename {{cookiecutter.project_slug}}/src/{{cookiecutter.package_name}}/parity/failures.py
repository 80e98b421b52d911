"""What failed in a notebook's cells, and which of it may reach what the notebook fits to."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

# Methods that change what they are called on, whatever becomes of their value.
CHANGING = {"append", "extend", "fit", "fit_transform", "insert", "partial_fit", "pop", "update"}

Names = set[str]


@dataclass(frozen=True)
class Failure:
    """What went wrong in one statement.

    Attributes:
        place: "cell 3".
        statement: its source, on one line.
        error: the exception's type and first line.
        unbound: names that are not bound, or not changed, because of it.
        missing: the package that could not be imported; else empty.
        goes_on: whether the rest of its cell ran all the same.
        is_import: whether the statement imports.
    """

    place: str
    statement: str
    error: str
    unbound: list[str]
    missing: str = ""
    goes_on: bool = False
    is_import: bool = False

    def __str__(self) -> str:
        statement = f", `{self.statement}`" if self.statement else ""
        return f"{self.place}{statement}: {self.error}"


def reaching(failures: Sequence[Failure], cells: Sequence[tuple[str, str]]) -> Iterator[Failure]:
    """The failures that left something as it was, or unbound, that the fit depends on.

    Args:
        failures: in order.
        cells: place and source of those that ran; the last statement comes to the fit.
    """
    found = [(place, each) for place, source in cells for each in _body(source)]
    if not found:
        return
    *before, (last, fitting) = found
    functions = _functions(each for _, each in found)
    wanted = _with_inside(_loaded(fitting), functions)
    after: dict[str, list[Names]] = {last: [wanted]}  # each statement of a cell, from its end
    for place, statement in reversed(before):
        after.setdefault(place, []).append(wanted)
        if (bound_by(statement) | _changed(statement, functions)) & wanted:
            needed = _with_inside(_loaded(statement), functions)
            wanted = (wanted - _bound_anew(statement)) | needed
    also = _other_names(each for _, each in found)
    for one in failures:
        if one.is_import or one.place not in after:
            continue
        rest = after[one.place] if one.goes_on else after[one.place][:1]
        unbound = {other for name in one.unbound for other in (name, *also.get(name, ()))}
        if any(unbound & wanted for wanted in rest):
            yield one


def _body(source: str) -> list[ast.stmt]:
    try:
        return ast.parse(source).body
    except SyntaxError:
        return []


def _loaded(node: ast.AST) -> Names:
    return {
        part.id
        for part in ast.walk(node)
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load)
    }


def _functions(statements: Iterable[ast.stmt]) -> dict[str, Names]:
    """The names that the notebook's own functions and classes use, by their names."""
    found: dict[str, Names] = {}
    for statement in statements:
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            found.setdefault(statement.name, set()).update(_loaded(statement))
    return found


def _with_inside(names: Names, functions: Mapping[str, Names]) -> Names:
    """Names, and those that functions among them use."""
    found, waiting = set(names), [*names]
    while waiting:
        new = functions.get(waiting.pop(), set()) - found
        found |= new
        waiting += new
    return found


def _changed(statement: ast.stmt, functions: Mapping[str, Names]) -> Names:
    """The names of what a statement may change without binding it."""
    if isinstance(statement, ast.Expr):
        return _loaded(statement)
    found: Names = set()
    for node in ast.walk(statement):
        match node:
            case ast.Call(func=ast.Attribute(value=owner, attr=method)) if method in CHANGING:
                found |= _loaded(owner)
            case ast.Call(func=ast.Name(id=name)) if name in functions:
                found |= _loaded(node)
    return found


def _bound_anew(statement: ast.stmt) -> Names:
    """The names that a statement binds in any case, whatever they stood for."""
    match statement:
        case ast.Assign(targets=targets):
            parts = [p for t in targets for p in (t.elts if isinstance(t, ast.Tuple) else [t])]
            return {part.id for part in parts if isinstance(part, ast.Name)}
    return set()


def _other_names(statements: Iterable[ast.stmt]) -> dict[str, Names]:
    """The other names that each name's object has had, by plain assignment."""
    found: dict[str, Names] = {}
    for statement in statements:
        match statement:
            case ast.Assign(targets=[ast.Name(id=one)], value=ast.Name(id=other)):
                group = found.get(one, {one}) | found.get(other, {other})
                found |= dict.fromkeys(group, group)
    return found


def bound_by(statement: ast.stmt) -> set[str]:
    """The names that a statement binds, or whose objects it changes, in it or deeper."""
    found = set()
    for node in ast.walk(statement):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.FunctionDef(name=name):
                found.add(name)
            case ast.ClassDef(name=name):
                found.add(name)
            case ast.Subscript(ctx=ast.Store()) | ast.Attribute(ctx=ast.Store()):
                found |= _root(node)
            case ast.Call(func=function, keywords=[*_]) if _is_in_place(node):
                found |= _root(function)
            case ast.alias(name=name, asname=asname):
                found.add(asname or name.partition(".")[0])
    return found


def _root(node: ast.AST) -> set[str]:
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def _is_in_place(call: ast.Call) -> bool:
    return any(keyword.arg == "inplace" for keyword in call.keywords)
