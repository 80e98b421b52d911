"""Fitted preprocessing as the blocks that `Encoder` takes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectorMixin
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from ..model.preprocess import DatetimeParts, FromColumns, Preprocess
from .encoder import Block, Encoder

LOOK_UPS = OneHotEncoder | OrdinalEncoder | TargetEncoder


class NotCompiled(Exception):  # noqa: N818 - it is an answer, not an accident
    """The reason why a pipeline, or a step of it, is not compiled."""


def encoding_of(preprocess: Any, names: Sequence[str]) -> dict[str, list[Block]]:
    """What `Encoder` takes to do as fitted preprocessing does: blocks, and what comes then.

    Args:
        preprocess: a transformer, or "passthrough".
        names: of the columns that it gets.

    Raises:
        NotCompiled: if it holds a transformer of which no block is known.
    """
    match preprocess:
        case Preprocess():
            return {"blocks": _side_by_side(preprocess.columns_, names), "then": []}
        case FromColumns():
            return encoding_of(preprocess.transformer_, names)
        case ColumnTransformer():
            return {"blocks": _side_by_side(preprocess, names), "then": []}
    parts = list(_parts(preprocess))
    if parts and isinstance(parts[0], ColumnTransformer):
        then = [step for part in parts[1:] for step in steps_of(part)]
        return {"blocks": _side_by_side(parts[0], names), "then": then}
    before = 0
    while before < len(parts) and not _changes_width(parts[before]):
        before += 1
    block = _block(parts[:before], list(names))
    then = [step for part in parts[before:] for step in steps_of(part)]
    return {"blocks": [block], "then": then}


def is_strict(encoding: Mapping[str, Any]) -> bool:
    """Whether there are values that it has no numbers for."""
    return any(block.get("strict", False) for block in encoding["blocks"])


def _parts(transformer: Any) -> Iterator[Any]:
    """A pipeline's transformers, in their order, but those that do nothing."""
    match transformer:
        case Pipeline():
            for _, part in transformer.steps:
                yield from _parts(part)
        case "passthrough" | None:
            return
        case FunctionTransformer(func=None):
            return
        case _:
            yield transformer


def _changes_width(transformer: Any) -> bool:
    return isinstance(transformer, PCA | PolynomialFeatures | SelectorMixin)


def _side_by_side(table: ColumnTransformer, names: Sequence[str]) -> list[Block]:
    places = table.output_indices_
    used = [part for part in table.transformers_ if places[part[0]].start < places[part[0]].stop]
    blocks = []
    for name, transformer, columns in sorted(used, key=lambda part: places[part[0]].start):
        block = _block(list(_parts(transformer)), _named(columns, names))
        if block["width"] != places[name].stop - places[name].start:
            raise NotCompiled(f"no faster form of {name} is known, whose width is another")
        blocks.append(block)
    return blocks


def _named(columns: Any, names: Sequence[str]) -> list[str]:
    """The names of the columns that a transformer gets, however they were chosen."""
    if isinstance(columns, slice):
        return list(names[columns])
    chosen = [columns] if isinstance(columns, str | int) else list(columns)
    if chosen and all(isinstance(each, bool | np.bool_) for each in chosen):
        return [name for name, taken in zip(names, chosen, strict=True) if taken]
    return [str(each if isinstance(each, str) else names[each]) for each in chosen]


def _block(parts: Sequence[Any], columns: list[str]) -> Block:
    """The block of transformers that follow each other."""
    at = next((at for at, part in enumerate(parts) if isinstance(part, LOOK_UPS)), None)
    if at is not None:
        return _look_up(parts[:at], parts[at], parts[at + 1 :], columns)
    kind = "dates" if parts and isinstance(parts[0], DatetimeParts) else "numbers"
    steps = [step for part in parts[kind == "dates" :] for step in steps_of(part)]
    block = {"kind": kind, "columns": columns, "steps": steps}
    width = len(columns) * (5 if kind == "dates" else 1)
    return block | {"width": width + sum(len(step.get("gaps", [])) for step in steps)}


def steps_of(transformer: Any) -> list[dict[str, Any]]:
    """A transformer of numbers as steps of arithmetic.

    Raises:
        NotCompiled: if it is another.
    """
    match transformer:
        case SimpleImputer(missing_values=empty) if empty != empty:  # NaN
            fill = np.asarray(transformer.statistics_, dtype=float)
            if np.isnan(fill).any():
                raise NotCompiled("an imputer leaves columns out")
            marks = transformer.indicator_
            gaps = [] if marks is None else np.asarray(marks.features_).tolist()
            return [{"do": "impute", "by": fill.tolist(), "gaps": gaps}]
        case StandardScaler():
            center = transformer.mean_ if transformer.with_mean else None
            return [*_by("subtract", center), *_by("divide", transformer.scale_)]
        case RobustScaler():
            return [*_by("subtract", transformer.center_), *_by("divide", transformer.scale_)]
        case MinMaxScaler(clip=False):
            return [*_by("multiply", transformer.scale_), *_by("add", transformer.min_)]
        case MaxAbsScaler(clip=False):
            return _by("divide", transformer.scale_)
        case PCA():
            to = transformer.components_.T
            if transformer.whiten:
                to = to / np.sqrt(transformer.explained_variance_)
            return [*_by("subtract", transformer.mean_), {"do": "project", "by": to.tolist()}]
        case PolynomialFeatures():
            return [{"do": "powers", "by": np.asarray(transformer.powers_).tolist()}]
        case SelectorMixin():
            return [{"do": "take", "by": transformer.get_support(indices=True).tolist()}]
    raise NotCompiled(f"no faster form of {_name(transformer)} is known")


def _name(transformer: Any) -> str:
    if isinstance(transformer, FunctionTransformer):
        return f"FunctionTransformer({getattr(transformer.func, '__name__', '…')})"
    return type(transformer).__name__


def _by(operation: str, numbers: Any) -> list[dict[str, Any]]:
    return [] if numbers is None else [{"do": operation, "by": np.asarray(numbers).tolist()}]


def _look_up(
    before: Sequence[Any], encoder: Any, after: Sequence[Any], columns: list[str]
) -> Block:
    """An encoder's numbers for each value, with what comes before and after it worked in."""
    match encoder:
        case OneHotEncoder():
            found = list(_one_hot(encoder, columns))
        case OrdinalEncoder():
            found = list(_ordinal(encoder, columns))
        case _:
            found = list(_target(encoder, columns))
    strict = getattr(encoder, "handle_unknown", "") == "error"
    for imputer in before:
        if not isinstance(imputer, SimpleImputer) or imputer.add_indicator:
            raise NotCompiled(f"no faster form of {_name(imputer)} before an encoder is known")
        for column, fill in zip(found, np.asarray(imputer.statistics_).tolist(), strict=True):
            _fill(column, fill)
    steps = [step for part in after for step in steps_of(part)]
    if any(step["do"] in ("take", "project", "powers") or step.get("gaps") for step in steps):
        raise NotCompiled("no faster form of what follows an encoder is known")
    start = 0
    for column in found:
        width = len(column["numbers"][0])
        here = [step | {"by": step["by"][start : start + width]} for step in steps]
        numbers = {"kind": "numbers", "columns": list(map(str, range(width))), "width": width}
        rows = np.array(column["numbers"], dtype=float)
        values = {str(at): rows[:, at].tolist() for at in range(width)}
        column["numbers"] = Encoder([numbers | {"steps": here}])(values, len(rows)).tolist()
        start += width
    block = {"kind": "lookup", "columns": found, "width": start}
    return block | {"strict": True} if strict else block


def _fill(column: dict[str, Any], fill: Any) -> None:
    """Give a missing value the numbers of what an imputer puts in its place."""
    if fill not in column["values"]:
        raise NotCompiled("an imputer fills in what its encoder does not know")
    numbers = column["numbers"][column["values"].index(fill)]
    if None in column["values"]:
        column["numbers"][column["values"].index(None)] = numbers
    else:
        column["numbers"].insert(len(column["values"]), numbers)
        column["values"].append(None)


def _one_hot(encoder: OneHotEncoder, columns: list[str]) -> Iterable[dict[str, Any]]:
    if encoder.handle_unknown not in ("ignore", "error") or any(
        kinds is not None for kinds in getattr(encoder, "infrequent_categories_", [])
    ):
        raise NotCompiled("no faster form of a OneHotEncoder with such options is known")
    strict = encoder.handle_unknown == "error"
    for number, (name, seen) in enumerate(zip(columns, encoder.categories_, strict=True)):
        # Unless it is strict, the last row, of zeros, is the unknown's.
        numbers = np.eye(len(seen) + (not strict), len(seen))
        if encoder.drop_idx_ is not None and encoder.drop_idx_[number] is not None:
            numbers = np.delete(numbers, encoder.drop_idx_[number], axis=1)
        yield {"name": name, "values": _plain(seen), "numbers": numbers.tolist()}


def _ordinal(encoder: OrdinalEncoder, columns: list[str]) -> Iterable[dict[str, Any]]:
    if any(kinds is not None for kinds in getattr(encoder, "infrequent_categories_", [])):
        raise NotCompiled("no faster form of an OrdinalEncoder with such options is known")
    for name, seen in zip(columns, encoder.categories_, strict=True):
        values = _plain(seen)
        codes = [float(code) for code in range(len(values))]
        if None in values:
            codes[values.index(None)] = float(encoder.encoded_missing_value)
        if encoder.handle_unknown == "use_encoded_value":
            codes.append(float(encoder.unknown_value))
        yield {"name": name, "values": values, "numbers": [[code] for code in codes]}


def _target(encoder: TargetEncoder, columns: list[str]) -> Iterable[dict[str, Any]]:
    mean = np.atleast_1d(encoder.target_mean_)
    for number, (name, seen) in enumerate(zip(columns, encoder.categories_, strict=True)):
        mine = encoder.encodings_[number * len(mean) : (number + 1) * len(mean)]
        numbers = np.vstack([np.column_stack(mine), mean])
        yield {"name": name, "values": _plain(seen), "numbers": numbers.tolist()}


def _plain(seen: Any) -> list[Any]:
    """Categories as JSON can hold them, with None for the missing one."""
    values = [None if value is None or value != value else value for value in seen.tolist()]
    if not all(value is None or isinstance(value, str | int | float) for value in values):
        raise NotCompiled("no faster form of categories such as dates is known")
    return values
