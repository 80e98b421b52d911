"""The functions of pandas that features.py may call, as `pd`."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from ..base import Unknown
from .columns import REAL, WHOLE, Array, Column, Kinds, cast, column, inferred, is_missing
from .tables import Table, listed, table
from .times import Times

MOST = 500  # answers for one row that are kept
NO_NUMBER = re.compile(r"[^\d]*")
NAMED = re.compile(r"\s*[+-]?\s*(inf(inity)?|nan)\s*", re.IGNORECASE)
DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
DIRECTIVES = re.compile(r"(%[dmYHMSy]|[-/. :])+")


def isna(value: Any) -> Any:
    """Where something is missing."""
    if isinstance(value, Column | Table):
        return value.isna()
    if isinstance(value, str | int | float | None | np.number):
        return is_missing(value)
    raise Unknown("pandas.isna of such values")


def notna(value: Any) -> Any:
    """Where something is not missing."""
    found = isna(value)
    return ~found if isinstance(found, Column) else not found


def concat(objs: Iterable[Any], axis: Any = 0, ignore_index: bool = False) -> Table:
    """Tables and columns side by side."""
    given = [each for each in objs if each is not None]
    if axis not in (1, "columns") or ignore_index:
        raise Unknown("pandas.concat of rows")
    parts: dict[Any, Column] = {}
    for each in given:
        if not isinstance(each, Table | Column) or len(each) != len(given[0]):
            raise Unknown("pandas.concat of such values")
        more = each.parts_ if isinstance(each, Table) else {each.name: each}
        if parts.keys() & more.keys() or None in more:
            raise Unknown("columns of one name")
        parts |= more
    return table(parts, len(given[0]))


def to_numeric(values: Any, errors: str = "raise", downcast: Any = None) -> Column:
    """Texts as numbers."""
    if not isinstance(values, Column) or values.kinds or errors == "ignore":
        raise Unknown("pandas.to_numeric of such values")
    found = values.cells
    if found.dtype.kind == "O":
        found = inferred([_number(value, errors) for value in found.tolist()])
    elif found.dtype.kind not in "iuf":
        raise Unknown("pandas.to_numeric of such values")
    return values.with_array(found if downcast is None else _smaller(found, downcast))


def _smaller(numbers: Array, downcast: str) -> Array:
    """Whole numbers in the smallest type that holds them; others as they are."""
    if downcast not in ("integer", "signed"):
        raise Unknown("pandas.to_numeric in such a way")
    if not np.isfinite(numbers).all():
        return numbers
    whole = np.round(numbers)
    if not (whole == numbers).all():
        if np.allclose(whole, numbers, rtol=1e-3, atol=1e-3):
            raise Unknown("pandas.to_numeric of numbers that are nearly whole")
        return numbers
    for kind in (np.int8, np.int16, np.int32, np.int64):
        limits = np.iinfo(kind)
        if (whole >= limits.min).all() and (whole <= limits.max).all():
            return whole.astype(kind)
    raise Unknown("pandas.to_numeric of too large a number")


def _number(value: Any, errors: str) -> int | float:
    if type(value) is float and value != value:
        return value
    if type(value) is not str:
        raise Unknown("pandas.to_numeric of such values")
    if WHOLE.fullmatch(value):
        return int(value)
    if REAL.fullmatch(value):
        return float(value)
    if errors == "coerce" and NO_NUMBER.fullmatch(value) and not NAMED.fullmatch(value):
        return float("nan")
    raise Unknown("a text that is no plain number")


def to_datetime(values: Any, format: str | None = None, errors: str = "raise", **more: Any) -> Any:
    """Texts as times."""
    if not isinstance(values, Column) or values.kinds or more:
        raise Unknown("pandas.to_datetime of such values")
    if values.cells.dtype.kind == "M":
        return values.copy()
    if values.cells.dtype.kind != "O":
        raise Unknown("pandas.to_datetime of numbers")
    return values.with_array(
        np.array([_time(value, format) for value in values.cells.tolist()], dtype="M8[us]")
    )


def _time(value: Any, pattern: str | None) -> Any:
    if is_missing(value):
        return np.datetime64("NaT")
    if type(value) is not str or not value.isascii():
        raise Unknown("pandas.to_datetime of such values")
    if pattern is None:
        if not DAY.fullmatch(value):
            raise Unknown("a time that is written in another way")
        return datetime.fromisoformat(value)
    if not DIRECTIVES.fullmatch(pattern):
        raise Unknown("pandas.to_datetime with such a format")
    return datetime.strptime(value, pattern)


def cut(
    x: Any,
    bins: Any,
    right: bool = True,
    labels: Any = None,
    retbins: bool = False,
    include_lowest: bool = False,
    ordered: bool = True,
) -> Column:
    """Numbers as intervals between edges."""
    edges = _edges(bins)
    of = x if isinstance(x, Column) else column(np.asarray(x))
    values = of.numbers()
    if retbins or values.ndim != 1:
        raise Unknown("pandas.cut in such a way")
    ids = edges.searchsorted(values, side="left" if right else "right")
    if include_lowest:
        ids[values == edges[0]] = 1
    outside = np.isnan(values) | (ids == len(edges)) | (ids == 0)
    if labels is False:
        codes: Array = ids - 1
        if outside.any():
            codes = codes.astype(float)
            codes[outside] = np.nan
        return column(codes, of.name)
    if labels is None:
        names: Sequence[Any] = _intervals(tuple(edges.tolist()), right, include_lowest)
    else:
        names = list(labels)
        if len(names) != len(edges) - 1:
            raise ValueError("another number of labels")
    if len(set(names)) < len(names):
        raise Unknown("pandas.cut with a label twice")
    return column(np.where(outside, -1, ids - 1), of.name, Kinds(tuple(names), ordered))


def _edges(bins: Any) -> Array:
    if isinstance(bins, int | float | Column):
        raise Unknown("pandas.cut into bins of its own")
    edges = np.asarray(bins)
    if edges.dtype.kind not in "if" or edges.ndim != 1 or not (np.diff(edges) > 0).all():
        raise Unknown("pandas.cut between such edges")
    return edges


@cache
def _intervals(edges: tuple[float, ...], right: bool, include_lowest: bool) -> tuple[Any, ...]:
    made = pd.cut(np.array([edges[0]]), list(edges), right=right, include_lowest=include_lowest)
    return tuple(made.categories)


def get_dummies(
    data: Any,
    prefix: Any = None,
    prefix_sep: str = "_",
    columns: Any = None,
    drop_first: bool = False,
    dtype: Any = None,
) -> Table:
    """A column of truths for each category."""
    if isinstance(data, Column):
        return table(dict(_dummies(data, prefix, prefix_sep, drop_first, dtype)), len(data))
    if not isinstance(data, Table) or columns is None:
        raise Unknown("pandas.get_dummies of such values")
    names = listed(columns)
    if prefix is not None and not isinstance(prefix, str | list | dict):
        raise Unknown("pandas.get_dummies in such a way")
    found = {name: each for name, each in data.parts_.items() if name not in names}
    for at, name in enumerate(names):
        own = name if prefix is None else prefix
        if isinstance(prefix, list | dict):
            own = prefix[name if isinstance(prefix, dict) else at]
        more = _dummies(data.parts_[name], own, prefix_sep, drop_first, dtype)
        if found.keys() & more.keys():
            raise Unknown("columns of one name")
        found.update(more)
    return table(found, data.rows_)


def _dummies(of: Column, prefix: Any, sep: str, drop_first: bool, dtype: Any) -> dict[Any, Column]:
    if not of.kinds:
        raise Unknown("pandas.get_dummies of values without categories")
    if len(of) > 1 or not isinstance(prefix, str | None):
        return _matches(of.kinds, of.cells, prefix, sep, drop_first, dtype)
    # Of one row there are but so many, and no column is ever changed.
    kept: dict[Any, dict[Any, Column]] = of.kinds.kept
    number = int(of.cells[0])
    asked = (prefix, sep, drop_first, str(dtype), number)
    found = kept.get(asked)
    if found is None:
        if len(kept) >= MOST:
            kept.clear()
        found = kept[asked] = _matches(of.kinds, of.cells, prefix, sep, drop_first, dtype)
    return found


def _matches(
    kinds: Kinds, numbers: Array, prefix: Any, sep: str, drop_first: bool, dtype: Any
) -> dict[Any, Column]:
    """A column for each category."""
    made = np.equal.outer(np.arange(drop_first, len(kinds.members)), numbers)
    truths = list(made if dtype is None else cast(made.ravel(), dtype).reshape(made.shape))
    named = kinds.members[1:] if drop_first else kinds.members
    names = named if prefix is None else [f"{prefix}{sep}{value}" for value in named]
    return {name: column(each, name) for name, each in zip(names, truths, strict=True)}


def index_of_times(values: Any) -> Times:
    """The parts of times, by name."""
    return Times(to_datetime(values))


class Pandas:
    """Stands in for the module."""

    DatetimeIndex = staticmethod(index_of_times)

    DataFrame, Series = Table, Column
    Timestamp, Timedelta, NaT, NA = pd.Timestamp, pd.Timedelta, pd.NaT, pd.NA
    isna = isnull = staticmethod(isna)
    notna = notnull = staticmethod(notna)
    concat, cut, to_numeric = staticmethod(concat), staticmethod(cut), staticmethod(to_numeric)
    to_datetime, get_dummies = staticmethod(to_datetime), staticmethod(get_dummies)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise Unknown(f"pandas.{name}")
