"""The target: the column that y is, or is computed from."""

import ast
from collections.abc import Iterable, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace

from idea.analysis.chosen_fit import NoIdea, SeveralTargets
from idea.analysis.column_tracker import Tracker
from idea.analysis.frame_columns import Column, Columns, PerFrame
from idea.analysis.look_ups import LOOK_UP, looked_up_in
from idea.analysis.names_at_step import NamesAtStep
from idea.analysis.raw_columns import RawColumns
from idea.analysis.row_dependence import Kind
from idea.analysis.slices import Slices
from idea.knowledge.pandas_methods import ARRAY_FUNCTIONS, FORMULA_FUNCTIONS, KEEP_VALUES
from idea.program import literal
from idea.program.static_values import Unknown
from idea.syntax import callee_name, walk


@dataclass(frozen=True)
class Target:
    """The column to predict.

    Attributes:
        column: the raw table's column; or the name of one that the notebook makes.
        alias: what this column is called where y takes it.
        is_made: whether a statement gives it its values.
        as_in_table: whether the column is predicted as the table has it, whatever y makes of it.
        is_named: whether the code does not say, and the person does.
        is_renamed: whether `alias` is what the notebook calls the raw column itself.
    """

    column: str
    alias: str
    is_made: bool = False
    as_in_table: bool = False
    is_named: bool = False
    is_renamed: bool = False

    def is_in(self, raw: RawColumns) -> bool:
        """Tell whether it is a column of the raw table."""
        return self.column in raw.strings


def find_target(slices: Slices, raw: RawColumns, named: str) -> Target:
    """Find the column that y is, or is computed from.

    Args:
        slices: the statements behind the fit.
        raw: the raw table's columns.
        named: the column that the person names; empty if none.

    Raises:
        NoIdea: the code does not say, and no column is named.
    """
    formula = formula_of(slices)
    if formula is not None:
        path = slices.script.path(formula[1].func)
        raise NoIdea(f"`{path}` makes its features of a formula, which is not carried over")
    several = _several(slices, raw)
    if named in several and named in raw.strings:
        return Target(named, named, as_in_table=True)
    if several:
        names = " and ".join(repr(name) for name in several)
        what = (
            "name it with target=…"
            if set(several) <= set(raw.strings)
            else ("fit the notebook's model to one of them")
        )
        raise SeveralTargets(
            f"it predicts {len(several)} columns at once, {names}, and a repository predicts one; "
            f"{what}"
        )
    first = min(
        (position for position, name in slices.y_lineage.items() if name in slices.y_names),
        default=len(slices.steps),
    )
    made: set[object] = set()
    unchanged: set[tuple[object, object]] = set()
    names_of, unmade_of = PerFrame(_names), PerFrame(_unmade)
    for position, tracker in raw.tracked(slices, sorted({*slices.y, *slices.X})):
        stored = _stored_by(position, slices) if position in slices.y else None
        if stored is not None and not any(
            stored in names for names in (raw.strings, *names_of.of(tracker))
        ):
            made.add(stored)
        unchanged.update(*unmade_of.new(tracker))
        if position < first or stored in made:
            continue
        target = _target_in(_value_at(position, slices), tracker, slices, raw, made)
        if target:
            return replace(target, is_renamed=(target.alias, target.column) in unchanged)
    if named in raw.strings:
        return Target(named, named, is_named=True)
    read = [slices.steps[at].node for at in slices.y if slices.steps[at].role == LOOK_UP]
    if slices.load not in slices.y and read:
        lone = [raw.lone.get(looked_up_in(node), "") for node in read]
        match sorted(_taken_columns(slices)) or lone:
            case [name] if not name or name in raw.strings:
                pass
            case [name]:
                return Target(name, name, is_made=True)
        raise NoIdea("its target is read from another table than its features; name a target=…")
    written = _written_columns(slices.fit.y, slices.fit.position, slices)
    if written:
        raise NoIdea(f"it predicts {written[0]!r}, and its table has no such column")
    raise NoIdea("which column it predicts could not be found; name it with target=…")


def written_target(slices: Slices, raw: RawColumns) -> Target | None:
    """Give the raw column that y is taken by, whatever it is taken from; None if it is none.

    Args:
        slices: the statements behind the fit.
        raw: the raw table's columns.
    """
    names = _written_columns(slices.fit.y, slices.fit.position, slices)
    match names or _asked_for(slices):
        case [name] if name in raw.strings:
            return Target(name, name)
    return None


def _asked_for(slices: Slices) -> list[str]:
    """Give the columns that y is taken by with a method: ``df.select("price").to_numpy()``."""
    value, position = slices.fit.y, slices.fit.position
    while isinstance(value, ast.Name):
        found = slices.program.last_value(value.id, position)
        if found is None:
            return []
        value, position = found
    calls = [part for part in walk(value) if isinstance(part, ast.Call)]
    asked = [call for call in calls if callee_name(call) in ("col", "get_column", "select")]
    texts = [a.value for c in asked for a in c.args if isinstance(a, ast.Constant)]
    return [text for text in dict.fromkeys(texts) if isinstance(text, str)]


def formula_of(slices: Slices) -> tuple[int, ast.Call] | None:
    """Give the position and the call that makes the features of a formula; None if none does."""
    for position in slices.X:
        for call in walk(slices.steps[position].node):
            if isinstance(call, ast.Call) and slices.script.path(call.func) in FORMULA_FUNCTIONS:
                return position, call
    return None


def _several(slices: Slices, raw: RawColumns) -> list[str]:
    """Give the columns that y is made of; none if it is one, dummies of one, or not known."""
    written = _written_columns(slices.fit.y, slices.fit.position, slices)
    if written:
        dummies = any(all(name.startswith(f"{c}_") for name in written) for c in raw.strings)
        return written if len(written) > 1 and not dummies else []
    columns: list[Column] | None = None
    for position, tracker in raw.tracked(slices, sorted({*slices.y, *slices.X})):
        if position >= len(slices.steps):
            columns = tracker.columns(_without_conversions(slices.fit.y, slices))
    names = dict.fromkeys(str(column.name) for column in columns or ())
    sources = {column.raw for column in columns or ()}
    return list(names) if len(sources) > 1 and set(names) < set(raw.strings) else []


def _written_columns(node: ast.expr, position: int, slices: Slices) -> list[str]:
    """Give the columns that y is taken by, as its expression lists them; none if it does not.

    Args:
        node: the expression.
        position: of the step with the expression.
        slices: the statements behind the fit.
    """
    node = _without_conversions(node, slices)
    if isinstance(node, ast.Name):
        found = slices.program.last_value(node.id, position)
        return _written_columns(*found, slices) if found else []
    if not isinstance(node, ast.Subscript):
        return []
    index = node.slice.elts[-1] if isinstance(node.slice, ast.Tuple) else node.slice
    try:
        chosen = literal(index, NamesAtStep(slices.script, position))
    except Unknown:
        is_part = isinstance(index, ast.Subscript)
        if is_part and slices.kinds_at(position).of(index) is not Kind.ROWS:
            return []  # a column is chosen, by a part of a list that is not written out
        return _written_columns(node.value, position, slices)  # rows are chosen
    chosen = chosen if isinstance(chosen, list) else [chosen]
    return chosen if all(isinstance(name, str) for name in chosen) else []


def _taken_columns(slices: Slices) -> set[str]:
    """Give the columns that the steps behind y take by their names."""
    values = [slices.fit.y, *(_value_at(position, slices) for position in slices.y)]
    return {
        part.slice.value
        for value in values
        for part in walk(value)
        if isinstance(part, ast.Subscript)
        and isinstance(part.slice, ast.Constant)
        and isinstance(part.slice.value, str)
    }


def _value_at(position: int, slices: Slices) -> ast.AST:
    """Give the expression of a step that may take the target; after the last step it is y."""
    if position >= len(slices.steps):
        return slices.fit.y
    node = slices.steps[position].node
    return node.value if isinstance(node, ast.Assign) else node


def _names(columns: Columns) -> set[object]:
    """Give the names of a frame's columns."""
    return {column.name for column in columns}


def _unmade(columns: Columns) -> set[tuple[object, object]]:
    """Give the names of a frame's columns, and the raw ones, where nothing has changed them."""
    return {(column.name, column.raw) for column in columns if not column.made}


def _target_in(
    node: ast.AST, tracker: Tracker, slices: Slices, raw: RawColumns, made: Set[object]
) -> Target | None:
    """Find the target in the code that takes it from the table.

    Args:
        node: the code.
        tracker: the columns before it.
        slices: the statements behind the fit.
        raw: the raw table's columns.
        made: columns that statements made before it.
    """
    return (
        (_stored(node, made) if len(_keys(node)) == 1 else None)
        or _followed(node, tracker, made)
        or _named_like(node, raw)
        or _stored(node, _stored_names(slices))
    )


def _followed(node: ast.AST, tracker: Tracker, made: Set[object]) -> Target | None:
    """Find the one column that a part of the code is.

    Args:
        node: the code.
        tracker: the columns before it.
        made: columns that statements made before it.
    """
    for part in walk(node):
        if isinstance(part, ast.Subscript | ast.Attribute | ast.Call | ast.Name):
            match tracker.columns(part):
                case [column] if column.name in made:
                    return Target(str(column.name), str(column.name), is_made=True)
                case [column] if column.raw is not None:
                    return Target(column.raw, str(column.name), column.made)
                case [column] if column.name is not None:
                    return Target(str(column.name), str(column.name), is_made=True)
    return None


def _named_like(node: ast.AST, raw: RawColumns) -> Target | None:
    """Find a raw column by its name, or a dummy: `Churn_Yes` is made of `Churn`."""
    for part in walk(node):
        match part:
            case (
                ast.Subscript(slice=ast.Constant(value=str(name)))
                | ast.Subscript(slice=ast.Tuple(elts=[_, ast.Constant(value=str(name))]))
                | ast.Attribute(attr=name)
                | ast.Call(func=ast.Attribute(attr="pop"), args=[ast.Constant(value=str(name))])
            ):
                for column in raw.strings:
                    if name == column or name.startswith(f"{column}_"):
                        return Target(name, name, is_made=name != column)
    return None


def _stored_names(slices: Slices) -> set[object]:
    """Give the columns that statements behind y store."""
    return {_stored_by(position, slices) for position in slices.y} - {None}


def _stored_by(position: int, slices: Slices) -> object:
    """Give the column that a step stores; None if it stores none."""
    if position < len(slices.steps):
        match slices.steps[position].node:
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=name))]):
                return name
    return None


def _keys(node: ast.AST) -> set[object]:
    """Give the texts by which code takes columns."""
    return {
        part.slice.value
        for part in walk(node)
        if isinstance(part, ast.Subscript) and isinstance(part.slice, ast.Constant)
    }


def _stored(node: ast.AST, stored: Set[object]) -> Target | None:
    """Find a column that a statement stores, in a frame whose columns can't be followed."""
    for part in walk(node):
        match part:
            case ast.Subscript(slice=ast.Constant(value=str(name))) if name in stored:
                return Target(name, name, is_made=True)
    return None


def target_names(
    target: Target, slices: Slices, raw: RawColumns, positions: Iterable[int]
) -> dict[int, set[str]]:
    """Find what the target's column is called before each of some steps.

    Args:
        target: the target.
        slices: the statements behind the fit.
        raw: the raw table's columns.
        positions: of the steps.

    Returns:
        Its names by position.
    """

    def own(columns: Columns) -> set[str]:
        return {str(column.name) for column in columns if column.raw == target.column}

    names: dict[int, set[str]] = {}
    own_of = PerFrame(own)
    for position, tracker in raw.tracked(slices, sorted({*positions, slices.load})):
        names[position] = {target.column, target.alias}.union(*own_of.of(tracker))
    return names


def stores_column(node: ast.stmt, names: Set[str]) -> bool:
    """Tell whether a statement gives a column new values.

    Args:
        node: the statement.
        names: what the column may be called.
    """
    match node:
        case ast.Assign(
            targets=[
                ast.Subscript(slice=ast.Constant(value=str(name)))
                | ast.Subscript(slice=ast.List(elts=[ast.Constant(value=str(name))]))
                | ast.Subscript(
                    value=ast.Attribute(attr="loc"),
                    slice=ast.Tuple(elts=[_, ast.Constant(value=str(name))]),
                )
                | ast.Attribute(attr=name)
            ]
        ):
            return name in names
        case ast.Assign(
            targets=[ast.Name()],
            value=ast.Call(
                func=ast.Attribute(attr="astype" | "replace" | "fillna"),
                args=[ast.Dict(keys=[ast.Constant(value=str(name))])],
            )
            | ast.Call(
                func=ast.Attribute(
                    value=ast.Call(
                        func=ast.Attribute(attr="replace"),
                        args=[ast.Dict(keys=[ast.Constant(value=str(name))])],
                    ),
                    attr="infer_objects",
                )
            ),
        ):
            return name in names
    return False


def _stores(position: int, names: Set[str], slices: Slices) -> bool:
    """Tell whether a step gives a column new values, alone or in a list of columns.

    Args:
        position: of the step.
        names: what the column may be called.
        slices: the statements behind the fit.
    """
    node = slices.steps[position].node
    match node:
        case ast.Assign(targets=[ast.Subscript() as target]):
            if names & listed_columns(target, position, slices):
                return True
    return stores_column(node, names)


def listed_columns(node: ast.AST, position: int, slices: Slices) -> set[str]:
    """Give the columns in the lists by which a step's code takes or stores columns.

    Args:
        node: the code.
        position: of its step.
        slices: the statements behind the fit.
    """
    names = NamesAtStep(slices.script, position)
    found: set[str] = set()
    for part in walk(node):
        match part:
            case ast.Subscript(slice=ast.Name() | ast.List() as index):
                with suppress(Unknown):
                    listed = literal(index, names)
                    found |= {each for each in _as_list(listed) if isinstance(each, str)}
    return found


def _as_list(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else [value]


def is_dummy(target: Target, slices: Slices) -> bool:
    """Tell whether no statement stores the target's column by its name, as of dummies."""
    for position in slices.y:
        match slices.steps[position].node:
            case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=name)), *_]):
                if name == target.column:
                    return False
    return True


def dummy_sources(target: Target, slices: Slices, raw: RawColumns) -> set[str]:
    """Find the raw columns of which the target is one of the dummies.

    Args:
        target: the target.
        slices: the statements behind the fit.
        raw: the raw table's columns.
    """
    if target.is_in(raw) or not is_dummy(target, slices):
        return set()
    return {column for column in raw.strings if target.column.startswith(f"{column}_")}


def is_computed(target: Target, slices: Slices, names: Mapping[int, Set[str]]) -> bool:
    """Tell whether y is anything else than a raw column as it is.

    Args:
        target: the target.
        slices: the statements behind the fit.
        names: what the target's column is called before each step that y needs.
    """
    if target.as_in_table:
        return False
    return (
        target.is_made
        or any(_stores(at, names.get(at, set()), slices) for at in slices.y)
        or _is_computed(slices.fit.y, slices.fit.position, slices)
    )


def _is_computed(node: ast.expr, position: int, slices: Slices) -> bool:
    """Tell whether an expression is anything else than a column as it is.

    Args:
        node: the expression.
        position: of the step with the expression.
        slices: the statements behind the fit.
    """
    node = _without_conversions(node, slices)
    match node:
        case ast.Name(id=name):
            found = slices.program.last_value(name, position)
            changed = [
                at
                for at in range(found[1] + 1 if found else 0, position)
                if name in slices.program.effects[at].changes and at in slices.y
            ]
            if changed and name in slices.y_names:
                return True
            return _is_computed(*found, slices) if found else False
        case ast.Subscript(value=ast.Name() as frame, slice=index):
            if slices.kinds_at(position).of(index) is Kind.ROWS:
                return _is_computed(frame, position, slices)
            return False
        case ast.Subscript() | ast.Attribute() | ast.Call(func=ast.Attribute(attr="pop")):
            return False
    return True


def _without_conversions(node: ast.expr, slices: Slices) -> ast.expr:
    """Give the expression inside of calls that only change its container."""
    while True:
        match node:
            case ast.Attribute(value=inner, attr="values" | "T"):
                node = inner
            case ast.Call(func=ast.Attribute(value=inner, attr=method)) if method in KEEP_VALUES:
                node = inner
            case ast.Call(func=function, args=[inner, *_]) if (
                slices.script.path(function) in ARRAY_FUNCTIONS
            ):
                node = inner
            case _:
                return node
