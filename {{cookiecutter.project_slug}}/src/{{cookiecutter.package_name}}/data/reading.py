"""Values of a table as its configuration says that they are written: a column at a time."""

from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, cast

import pandas as pd
from pandas.api import types

from ..tools.errors import Refusal
from .cells import PLAIN, Cells, value_of

MOST = 2**63 - 1  # of an integer


def read_cells(
    table: pd.DataFrame, missing: Collection[str], cells: Mapping[str, Cells]
) -> pd.DataFrame:
    """A table whose cells are read.

    Whatever brought the table, the same values have the same types: whole numbers are integers,
    or floats where some are missing; dates and times are datetime64; texts have no padding.

    Args:
        table: as it was read from its file.
        missing: texts that mean a missing value in every column.
        cells: how columns are written, where that is not plain.

    Raises:
        Refusal: if a column holds bytes that are no text.
    """
    columns = {
        name: read_column(_plain(table[name]), cells.get(str(name), PLAIN), missing)
        for name in table
    }
    return pd.DataFrame(columns, table.index)


def read_column(values: pd.Series, cells: Cells, missing: Collection[str]) -> pd.Series:
    """A column's values, of the type that all of them have.

    Args:
        values: as they came.
        cells: how they are written.
        missing: texts that mean a missing value in every column.
    """
    if types.is_bool_dtype(values) or types.is_datetime64_any_dtype(values):
        return values
    if types.is_numeric_dtype(values) and cells == PLAIN:
        return _whole(values)
    # Each different value is read once.
    codes, different = pd.factorize(values)
    read = [value_of(cell, cells, missing) for cell in different.tolist()]
    found = pd.Series([*read, None], dtype="object").take(codes).set_axis(values.index)
    kinds = {type(value) for value in read} - {type(None)}
    if kinds <= {int, float} and (kinds or not types.is_string_dtype(values)):
        return _whole(pd.to_numeric(found))
    if kinds == {datetime}:
        return pd.to_datetime(found)
    return found.astype("str") if kinds == {str} else found


def _whole(values: pd.Series) -> pd.Series:
    """Whole numbers, none of them missing, as integers."""
    if types.is_float_dtype(values) and len(values) and (values % 1 == 0).all():
        return values.astype("int64") if values.abs().max() <= 2**53 else values
    return values


def _plain(values: pd.Series) -> pd.Series:
    """A column as one of numbers, truths, times or texts, as CSV would bring it."""
    kind = values.dtype
    if isinstance(kind, pd.CategoricalDtype):
        values = values.astype(kind.categories.dtype)
        kind = values.dtype
    if isinstance(kind, pd.DatetimeTZDtype):
        return cast(pd.Series, values.dt.tz_convert("UTC").dt.tz_localize(None))
    if isinstance(kind, pd.PeriodDtype):
        return cast(pd.Series, values.dt.to_timestamp())
    if types.is_timedelta64_dtype(kind):
        return cast(pd.Series, values.dt.total_seconds())
    if types.is_bool_dtype(kind):
        return values.astype("object" if values.isna().any() else "bool")
    if types.is_integer_dtype(kind):
        numbers = values.astype("float64")  # a maximum of unsigned integers can't be trusted
        whole = not numbers.isna().any() and not (numbers > MOST).any()
        return values.astype("int64") if whole else numbers
    if types.is_float_dtype(kind):
        return values.astype("float64")
    return _of_objects(values) if types.is_object_dtype(kind) else values


def _of_objects(values: pd.Series) -> pd.Series:
    """A column of Python's objects, whose types pandas has no column for."""
    kinds = set(values.dropna().map(type))
    if kinds and kinds <= {Decimal, int, float}:
        return values.astype("float64")
    if kinds == {bytes}:
        return values.map(lambda raw: _decoded(raw, str(values.name)), na_action="ignore")
    if kinds and kinds <= {date, datetime, pd.Timestamp}:
        return pd.to_datetime(values)
    return values.map(str, na_action="ignore") if kinds == {time} else values


def _decoded(raw: bytes, name: str) -> Any:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise Refusal(
            f"column {name!r} holds bytes that are no text; leave it out of the table, or write it "
            "as numbers or text"
        ) from None
