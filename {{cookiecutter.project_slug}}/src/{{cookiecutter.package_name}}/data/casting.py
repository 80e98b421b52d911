"""Giving tables the types of the schema."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from .reading import read_column
from .schema import Column, Schema, Type


def conform(table: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """The table's known columns, in the schema's order and types.

    Numbers become float64 (int64 for integers, none missing), dates datetime64, categories,
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
        right = numbers.notna() & ~values.map(lambda value: isinstance(value, bool))
        return values.isna() | (right & (numbers % 1 == 0) if kind == "integer" else right)
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
