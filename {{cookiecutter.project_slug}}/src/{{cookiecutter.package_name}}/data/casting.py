{% if cookiecutter.__cells -%}
"""Giving tables types: those that their cells say, and those of the schema."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, cast
{%- else -%}
"""Giving tables the types of the schema."""

from collections.abc import Mapping, Sequence
from typing import Any
{%- endif %}

import numpy as np
import pandas as pd
from pandas.api import types

{% if cookiecutter.__cells -%}
from ..tools.errors import Refusal
from .cells import PLAIN, Cells, value_of
{% endif -%}
from .schema import Column, Schema, Type
{%- if cookiecutter.__cells %}

MOST = 2**63 - 1  # of an integer
{%- endif %}


def conform(table: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The table's known columns, in the schema's order and types.

    Numbers become float64 (int64 for integers, none missing), dates datetime64, categories,
{%- if cookiecutter.__cells %}
    texts and ids str. A column that holds anything else stays as it is, for `validate`. The schema
    of a model folder also says how cells are written, and they are read so.
    """
    known = [column for column in schema.columns if column.name in table]
    columns = {column.name: _read(table[column.name], column, schema) for column in known}
    return pd.DataFrame({c.name: as_type(columns[c.name], c.type) for c in known}, table.index)


def _read(values: pd.Series, column: Column, schema: Schema) -> pd.Series:
    if schema.na_values is None:
        return values
    return read_column(values, column.written, schema.na_values)
{%- else %}
    texts and ids str. A column that holds anything else stays as it is, for `validate`.
    """
    known = [column for column in schema.columns if column.name in table]
    return pd.DataFrame({c.name: as_type(table[c.name], c.type) for c in known}, table.index)
{%- endif %}


def plain(table: pd.DataFrame) -> dict[str, list[Any]]:
    """A table's columns as lists of plain values, None where one is missing."""
    return {
        str(name): table[name].astype(object).where(table[name].notna(), None).tolist()
        for name in table
    }


def as_type(values: pd.Series, kind: Type) -> pd.Series:
    """The values in a type of the schema, or as they are where one of them can't be."""
    if not fits(values, kind).all():
        return values
    if kind in ("number", "integer"):
        whole = kind == "integer" and not values.isna().any()
        return pd.to_numeric(values).astype("int64" if whole else "float64")
    if kind == "boolean":
        truths = values.map(_truth, na_action="ignore")
        return truths.astype("object" if values.isna().any() else "bool")
    if kind == "datetime":
        return _dates(values)
    return values.map(str, na_action="ignore").astype("str")


def fits(values: pd.Series, kind: Type) -> pd.Series:
    """Mask the values that are of a type, or missing; shape (rows,)."""
    if kind in ("number", "integer"):
        numbers = pd.to_numeric(values, errors="coerce")
        right = numbers.notna()
        if not types.is_numeric_dtype(values) or types.is_bool_dtype(values):
            right &= ~values.map(lambda value: isinstance(value, bool))
        if kind == "integer" and not types.is_integer_dtype(numbers):
            right &= (np.floor(numbers) == numbers) & np.isfinite(numbers)
        return values.isna() | right
    if kind == "boolean":
        return values.isna() | values.map(_truth, na_action="ignore").isin([True, False])
    if kind == "datetime":
        return values.isna() | _dates(values).notna()
    return pd.Series(True, values.index)


def _truth(value: Any) -> bool | None:
    return {"true": True, "false": False, "1": True, "0": False}.get(str(value).lower())


def _dates(values: pd.Series) -> pd.Series:
    if types.is_datetime64_dtype(values):
        return values
    # Times with a zone become those of UTC, without one.
    return pd.to_datetime(values, errors="coerce", format="ISO8601", utc=True).dt.tz_localize(None)


def frame(columns: Mapping[str, Sequence[Any]], schema: Schema) -> pd.DataFrame:
    """The features of rows whose values have been checked, as `conform` would type them.

    Args:
        columns: values by name, None where one is missing.
        schema: whose features are wanted.
    """
    return pd.DataFrame({name: _typed(columns[name], schema[name]) for name in schema.features})


def _typed(values: Sequence[Any], column: Column) -> Any:
    gaps = None in values
    if column.type in ("number", "integer"):
        kind = "int64" if column.type == "integer" and not gaps else "float64"
        return np.array(values, dtype="float64").astype(kind)
    if column.type == "boolean":
        return np.array(values, dtype="object" if gaps else "bool")
    if column.type == "datetime":
        return pd.to_datetime(pd.Series(values, dtype="object"))
    return pd.Series(values, dtype="str")
{%- if cookiecutter.__cells %}


def read_cells(
    table: pd.DataFrame, missing: Collection[str], cells: Mapping[str, Cells]
) -> pd.DataFrame:
    """A table whose cells are read.

    Whatever brought the table, the same values have the same types: whole numbers are integers,
    or floats where some are missing; dates and times are datetime64.

    Args:
        table: as it was read from its file.
        missing: texts that mean a missing value in every column.
        cells: how columns are written, where that is not plain.

    Raises:
        Refusal: if a column holds bytes that are no text.
    """
    columns = {
        name: read_column(_ordinary(table[name]), cells.get(str(name), PLAIN), missing)
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
    if types.is_float_dtype(values) and len(values) and (np.floor(values) == values).all():
        return values.astype("int64") if values.abs().max() <= 2**53 else values
    return values


def _ordinary(values: pd.Series) -> pd.Series:
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
{%- endif %}
