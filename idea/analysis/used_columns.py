"""The raw columns that the features look at: those that a prediction has to give."""

import ast
from collections import ChainMap
from collections.abc import Container, Hashable, Iterator, Mapping, Set
from contextlib import suppress

from idea.analysis.column_names import mentioned
from idea.analysis.features import Features
from idea.analysis.frame_columns import Columns, PerFrame
from idea.analysis.names_at_step import NamesAtStep
from idea.analysis.raw_columns import RawColumns
from idea.analysis.slices import Slices
from idea.analysis.target import Target, dummy_sources
from idea.knowledge.pandas_methods import REDUCTIONS
from idea.program import literal
from idea.program.names_used import free_names
from idea.program.static_values import Unknown
from idea.syntax import constant, copied, walk

_NOT_COLUMNS = {"columns", "index", "rows", "ignore", "raise"}  # other texts in a call of `drop`


def used_columns(
    slices: Slices, raw: RawColumns, target: Target, features: Features
) -> tuple[str, ...]:
    """Find the raw columns that the features look at, in the table's order.

    These are the columns that X still has, and those that a statement mentions; where the columns
    of X can't be followed, all that are never dropped.

    Args:
        slices: the statements behind the fit.
        raw: the raw table's columns.
        target: the column to predict.
        features: the steps from the raw table to X.
    """
    written: dict[int, list[ast.stmt]] = {}
    for statement in features.statements:
        written.setdefault(statement.position, []).append(statement.node)
    left: Set[str] | None = None
    mentions: set[str] = set()
    gone: set[str] = set()
    raw_names = PerFrame(_raw_names)
    own = {**slices.script.functions, **slices.script.classes}
    all_seen = False  # whether a statement looked at every column that was left
    for position, tracker in raw.tracked(slices, sorted(written)):
        if position >= len(slices.steps):
            columns = tracker.columns(slices.fit.X)
            if columns is not None:
                left = {column.raw for column in columns if column.raw is not None}
            break
        names = ChainMap(*raw_names.of(tracker))
        step = slices.steps[position].node
        for node in written[position]:
            lists = free_names(node) - slices.rows_at[position]  # a frame is none
            found = _mentions(node, NamesAtStep(slices.script, position), names, lists)
            for definition in _called(node, own):
                found |= mentioned(definition, names)
            mentions |= {str(names[name]) for name in found}
        dropped = _dropped(step, NamesAtStep(slices.script, position))
        all_seen = all_seen or (not dropped and _looks_at_all(step))
        if _by_row(step, slices.rows_at[position]):
            mentions |= set(names.values())
        if not all_seen:
            gone |= {str(names.get(name, name)) for name in dropped}
    target_columns = {target.column, *dummy_sources(target, slices, raw)}
    return tuple(
        column
        for column in raw.strings
        if column not in target_columns
        and (column in mentions or (column not in gone if left is None else column in left))
    )


def _called(node: ast.stmt, own: Mapping[str, ast.stmt]) -> Iterator[ast.stmt]:
    """Give the notebook's own functions and classes that a statement uses, and those in them."""
    waiting, seen = [node], set[str]()
    while waiting:
        for name in (free_names(waiting.pop()) & own.keys()) - seen:
            seen.add(name)
            waiting.append(own[name])
            yield own[name]


def _raw_names(columns: Columns) -> dict[object, str]:
    """Map the names that a frame's columns have to those of the raw table."""
    return {column.name: column.raw for column in columns if column.raw is not None}


def _mentions(
    node: ast.stmt, names_at: NamesAtStep, columns: Container[object], lists: Set[str]
) -> set[object]:
    """Find the columns that a statement uses, itself or by a list.

    Args:
        node: the statement.
        names_at: what its names stand for.
        columns: the columns that there are.
        lists: variables that it uses, and that may hold a list of columns.

    Returns:
        Those that it mentions otherwise than to drop or rename them.
    """
    if isinstance(node, ast.Delete) or (
        isinstance(node, ast.Assign) and isinstance(node.value, ast.List | ast.Tuple)
    ):
        return set()  # a list of names counts where it is used
    node = copied(node)
    for part in walk(node):
        match part:
            case ast.Call(func=ast.Attribute(attr="drop" | "rename")):
                part.args = []
                part.keywords = [k for k in part.keywords if k.arg not in ("columns", "labels")]
    found = mentioned(node, columns) | {name for name in _evaluated(node) if name in columns}
    for name in lists & free_names(node):
        value = _literal(ast.Name(name, ast.Load()), names_at)
        found |= {item for item in _items(value) if item in columns}
    return found


def _evaluated(node: ast.AST) -> set[object]:
    """Find the columns in texts that pandas evaluates: ``df.eval("income * 2")``."""
    found: set[object] = set()
    for part in walk(node):
        match part:
            case ast.Call(
                func=ast.Attribute(attr="eval" | "query"), args=[ast.Constant(value=str(text)), *_]
            ):
                with suppress(SyntaxError):
                    found |= free_names(ast.parse(text.strip()))
    return found


def _items(value: object) -> Iterator[Hashable]:
    """Give what a list holds, also in lists inside it."""
    for item in value if isinstance(value, list) else ():
        if isinstance(item, Hashable):
            yield item
        else:
            yield from _items(item)


def _dropped(node: ast.stmt, names_at: NamesAtStep) -> set[object]:
    """Find the columns that a statement drops, by their names or by a list of them.

    Args:
        node: the statement.
        names_at: what its names stand for.
    """
    calls = [call for call in walk(node) if _is_drop(call)]
    if not calls:
        return set()
    found: set[object] = {
        part.value
        for part in walk(calls[0])
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }
    found -= _NOT_COLUMNS
    for call in calls:
        assert isinstance(call, ast.Call)
        for given in [*call.args[:1], *(k.value for k in call.keywords if k.arg == "columns")]:
            value = _literal(given, names_at)
            found |= set(value) if isinstance(value, list) else {value} - {None}
    return found


def _is_drop(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="drop")):
            return True
    return False


def _literal(node: ast.expr, names_at: NamesAtStep) -> object:
    with suppress(Unknown):
        return literal(node, names_at)
    return None


def _by_row(node: ast.stmt, frames: Set[str]) -> bool:
    """Tell whether a statement computes a number of each row of a frame: ``df.isna().sum(axis=1)``.

    Args:
        node: the statement.
        frames: the variables that hold rows.
    """
    for part in walk(node):
        match part:
            case ast.Call(func=ast.Attribute(value=inner, attr=method), keywords=options) if (
                method in REDUCTIONS
                and any(o.arg == "axis" and constant(o.value) in (1, "columns") for o in options)
            ):
                while isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute):
                    inner = inner.func.value
                if isinstance(inner, ast.Name) and inner.id in frames:
                    return True
    return False


def _looks_at_all(node: ast.stmt) -> bool:
    """Tell whether a statement may use any column of its frame, without naming it."""
    match node:
        case ast.Assign(targets=[ast.Attribute(attr="columns")]):
            return False  # other names for the same columns
    for part in walk(node):
        match part:
            case ast.Attribute(attr="select_dtypes" | "dtypes" | "columns" | "fit_transform"):
                return True
            case ast.Call(
                func=ast.Attribute(attr="get_dummies"), args=[given, *_], keywords=options
            ):
                named = any(option.arg == "columns" for option in options)
                if not named and not isinstance(given, ast.Subscript | ast.Attribute):
                    return True
    return False
