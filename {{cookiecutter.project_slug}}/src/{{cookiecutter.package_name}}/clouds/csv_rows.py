"""Rows in CSV, as SageMaker's tools send them, and predictions in CSV."""

import csv
import io
import math
from collections.abc import Sequence
from typing import Any

from fastapi import HTTPException
from pydantic_core import to_json

from ..data.schema import Column, Schema

CSV = "text/csv"
BOOLEANS = {"true": True, "false": False}


def read_csv(body: bytes, schema: Schema) -> bytes:
    """Rows of CSV as rows in JSON; the service checks what they hold.

    A first line of column names says which cell is which; without one, the order is the schema's.
    An empty cell is a missing value.

    Args:
        body: in UTF-8.
        schema: of the model that is asked.

    Raises:
        HTTPException: if the body can't be read, or a row has not as many cells as columns.
    """
    try:
        lines = [line for line in csv.reader(io.StringIO(body.decode("utf-8-sig"))) if line]
    except (UnicodeDecodeError, csv.Error) as error:
        raise HTTPException(400, f"the body can't be read: {error}") from None
    names = list(schema.features)
    if lines and set(lines[0]) <= set(names) and len(set(lines[0])) == len(lines[0]):
        names = lines.pop(0)
    columns = [schema[name] for name in names]
    return to_json([_row(number, line, columns) for number, line in enumerate(lines)])


def _row(number: int, line: Sequence[str], columns: Sequence[Column]) -> dict[str, Any]:
    if len(line) != len(columns):
        expected = f"{len(columns)}: {', '.join(column.name for column in columns)}"
        raise HTTPException(400, f"row {number} has {len(line)} cells, not {expected}")
    return {c.name: _value(cell, c) for c, cell in zip(columns, line, strict=True)}


def _value(cell: str, column: Column) -> Any:
    """A cell as JSON would have it; as it stands if it is not of the column's type."""
    if not cell:
        return None
    if column.type in ("number", "integer"):
        try:
            value = float(cell)
        except ValueError:
            return cell
        return value if math.isfinite(value) else cell
    if column.type == "boolean":
        return BOOLEANS.get(cell.lower(), cell)
    return cell


def write_csv(predictions: Sequence[dict[str, Any]]) -> bytes:
    """One prediction a line, in the order of the rows."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([each["prediction"]] for each in predictions)
    return text.getvalue().encode()
