"""Fitted preprocessing as the blocks that `Encoder` takes."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    RobustScaler,
    StandardScaler,
    TargetEncoder,
)

from ..model.preprocess import DatetimeParts, Preprocess
from .encoder import Block


class NotCompiled(Exception):  # noqa: N818 - it is an answer, not an accident
    """The reason why a pipeline is not compiled."""


def blocks_of(preprocess: Any) -> list[Block]:
    """The blocks of a fitted `Preprocess`, in the order of its columns.

    Raises:
        NotCompiled: if it holds a transformer of which no block is known.
    """
    if not isinstance(preprocess, Preprocess):
        raise NotCompiled("the preprocessing is not made of columns by role")
    table = preprocess.columns_
    places = table.output_indices_
    used = [part for part in table.transformers_ if places[part[0]].start < places[part[0]].stop]
    return [
        _block(transformer, list(columns)) | {"width": places[name].stop - places[name].start}
        for name, transformer, columns in sorted(used, key=lambda part: places[part[0]].start)
    ]


def _block(transformer: Any, columns: list[str]) -> Block:
    match transformer:
        case OneHotEncoder():
            return {"kind": "lookup", "columns": list(_one_hot(transformer, columns))}
        case OrdinalEncoder():
            return {"kind": "lookup", "columns": list(_ordinal(transformer, columns))}
        case TargetEncoder():
            return {"kind": "lookup", "columns": list(_target(transformer, columns))}
    parts = [part for _, part in transformer.steps] if _is_pipeline(transformer) else [transformer]
    kind = "dates" if isinstance(parts[0], DatetimeParts) else "numbers"
    steps = [step for part in parts[kind == "dates" :] for step in _steps(part)]
    return {"kind": kind, "columns": columns, "steps": steps}


def _is_pipeline(transformer: Any) -> bool:
    return isinstance(transformer, Pipeline)


def _steps(transformer: Any) -> list[dict[str, Any]]:
    match transformer:
        case "passthrough":
            return []
        case FunctionTransformer(func=None):
            return []
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
    raise NotCompiled(f"no faster form of {type(transformer).__name__} is known")


def _by(operation: str, numbers: Any) -> list[dict[str, Any]]:
    return [] if numbers is None else [{"do": operation, "by": np.asarray(numbers).tolist()}]


def _one_hot(encoder: OneHotEncoder, columns: list[str]) -> Iterable[dict[str, Any]]:
    if encoder.handle_unknown != "ignore" or any(
        kinds is not None for kinds in getattr(encoder, "infrequent_categories_", [])
    ):
        raise NotCompiled("no faster form of a OneHotEncoder with such options is known")
    for number, (name, seen) in enumerate(zip(columns, encoder.categories_, strict=True)):
        numbers = np.eye(len(seen) + 1, len(seen))  # the last row, of zeros, is the unknown's
        if encoder.drop_idx_ is not None and encoder.drop_idx_[number] is not None:
            numbers = np.delete(numbers, encoder.drop_idx_[number], axis=1)
        yield {"name": name, "values": _plain(seen), "numbers": numbers.tolist()}


def _ordinal(encoder: OrdinalEncoder, columns: list[str]) -> Iterable[dict[str, Any]]:
    if encoder.handle_unknown != "use_encoded_value" or any(
        kinds is not None for kinds in getattr(encoder, "infrequent_categories_", [])
    ):
        raise NotCompiled("no faster form of an OrdinalEncoder with such options is known")
    for name, seen in zip(columns, encoder.categories_, strict=True):
        values = _plain(seen)
        codes = [float(code) for code in range(len(values))]
        if None in values:
            codes[values.index(None)] = float(encoder.encoded_missing_value)
        numbers = [[code] for code in (*codes, float(encoder.unknown_value))]
        yield {"name": name, "values": values, "numbers": numbers}


def _target(encoder: TargetEncoder, columns: list[str]) -> Iterable[dict[str, Any]]:
    mean = np.atleast_1d(encoder.target_mean_)
    for number, (name, seen) in enumerate(zip(columns, encoder.categories_, strict=True)):
        mine = encoder.encodings_[number * len(mean) : (number + 1) * len(mean)]
        numbers = np.vstack([np.column_stack(mine), mean])
        yield {"name": name, "values": _plain(seen), "numbers": numbers.tolist()}


def _plain(seen: Any) -> list[Any]:
    """Categories as JSON can hold them, with None for the missing one."""
    return [None if value is None or value != value else value for value in seen.tolist()]
