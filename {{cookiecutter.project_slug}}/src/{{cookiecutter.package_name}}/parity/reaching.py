"""Which of a notebook's statements that failed may reach what it fits to."""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

from .cells import Failure, bound_by

# Methods that change what they are called on, whatever becomes of their value.
CHANGING = {"append", "extend", "fit", "fit_transform", "insert", "partial_fit", "pop", "update"}

Names = set[str]


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
