"""Stage 2: does the table keep to its schema? Every violation is reported, then it stops."""

import logging
from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pandera.pandas as pa
from omegaconf import DictConfig
from pandera.errors import SchemaErrors

from ..data.casting import fits
from ..data.pieces import is_long, table_pieces
from ..data.schema import Column, Schema
from ..data.tables import read_table
from ..tools.command import command
from ..tools.errors import Refusal
from ..tools.files import write_json
from ..tools.paths import REPORTS, SCHEMA, TABLE

EXAMPLES = 5

log = logging.getLogger(__name__)


def violations(table: pd.DataFrame, schema: Schema) -> list[dict[str, Any]]:
    """Everything in which a table breaks its schema.

    Returns:
        A dict each of column, check, expected, rows (how many), examples (row number: value).
    """
    try:
        contract(schema).validate(table, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
    else:
        return []
    found = []
    for (column, check), group in cases.groupby(["column", "check"], sort=False, dropna=False):
        if check == "column_in_dataframe":
            absent = group["failure_case"].iloc[0]
            found.append(_violation(str(absent), "present", "a column of this name", {}, 0))
            continue
        kind, expected = _explained(str(check), schema[str(column)])
        examples = dict(zip(group["index"], group["failure_case"], strict=True))
        found.append(_violation(str(column), kind, expected, examples, len(group)))
    return found


def violations_in_pieces(
    pieces: Iterable[pd.DataFrame], schema: Schema
) -> tuple[int, list[dict[str, Any]]]:
    """The rows of a table that comes in pieces, and everything in which it breaks its schema.

    Args:
        pieces: of the table, whose index counts its rows.
        schema: of the table.
    """
    rows = 0
    found: dict[tuple[str, str], dict[str, Any]] = {}
    unique = [column.name for column in schema.columns if column.unique]
    keys: dict[str, list[npt.NDArray[np.uint64]]] = {name: [] for name in unique}
    columns = tuple(replace(column, unique=False) for column in schema.columns)
    for piece in pieces:
        rows += len(piece)
        for one in violations(piece, replace(schema, columns=columns)):
            known = found.setdefault((one["column"], one["check"]), one)
            if known is not one:
                known["rows"] += one["rows"]
        for name in unique:
            keys[name].append(pd.util.hash_array(piece[name].dropna().to_numpy()))
    for name in unique:
        every = np.sort(np.concatenate(keys.pop(name)))
        if repeated := int((every[1:] == every[:-1]).sum()):
            kind, expected = _explained("field_uniqueness", schema[name])
            found[name, kind] = _violation(name, kind, expected, {}, repeated)
    return rows, list(found.values())


def contract(schema: Schema) -> pa.DataFrameSchema:
    """The schema as pandera checks it."""
    return pa.DataFrameSchema({column.name: _checked(column) for column in schema.columns})


def _checked(column: Column) -> pa.Column:
    checks = [pa.Check(partial(fits, kind=column.type), name=f"type: {column.type}")]
    if column.span is not None:
        span = (column.min, column.max)
        checks.append(pa.Check(partial(_in_range, span=span), name=f"range: {column.span}"))
    if (allowed := column.allowed) is not None:
        checks.append(
            pa.Check(partial(_is_one_of, allowed=allowed), name=f"categories: {', '.join(allowed)}")
        )
    return pa.Column(None, checks, nullable=column.nullable, unique=column.unique)


def _in_range(values: pd.Series, span: tuple[float | None, float | None]) -> pd.Series:
    numbers = pd.to_numeric(values, errors="coerce")
    low = -float("inf") if span[0] is None else span[0]
    high = float("inf") if span[1] is None else span[1]
    return numbers.isna() | numbers.between(low, high)


def _is_one_of(values: pd.Series, allowed: list[str]) -> pd.Series:
    return values.isna() | values.astype(str).isin(allowed)


def _explained(check: str, column: Column) -> tuple[str, str]:
    if check == "not_nullable":
        return "missing", "a value in every row"
    if check == "field_uniqueness":
        return "unique", "a different value in every row"
    kind, _, expected = check.partition(": ")
    return kind, expected


def _violation(
    column: str, check: str, expected: str, examples: dict[Any, Any], rows: int
) -> dict[str, Any]:
    first = {int(row): str(value) for row, value in list(examples.items())[:EXAMPLES]}
    return {
        "column": column,
        "check": check,
        "expected": expected,
        "rows": rows,
        "examples": first,
    }


def _line(found: dict[str, Any]) -> str:
    text = f"{found['column']}: {found['check']}, expected {found['expected']}"
    if not found["examples"]:
        return text
    examples = ", ".join(f"row {row} is {value!r}" for row, value in found["examples"].items())
    return f"{text}; {found['rows']} rows: {examples}"


def validate(cfg: DictConfig) -> None:
    """Check the ingested table and leave reports/validation.json.

    Raises:
        Refusal: with a line for each violation.
    """
    schema = Schema.load()
    if is_long(TABLE):
        log.info("checking %s against %s, in pieces", TABLE, SCHEMA)
        rows, found = violations_in_pieces(table_pieces(TABLE), schema)
    else:
        table = read_table(TABLE)
        rows = len(table)
        log.info("checking %d rows against %s", rows, SCHEMA)
        found = violations(table, schema)
    write_json(REPORTS / "validation.json", {"rows": rows, "violations": found})
    if found:
        lines = "\n".join(f"  {_line(violation)}" for violation in found)
        raise Refusal(
            f"{cfg.data.path} breaks data/schema.yaml in {len(found)} ways:\n{lines}\n"
            "Mend the data, or the schema where the data is right."
        )
    log.info("%d rows keep to the schema", rows)


main = command(validate)

if __name__ == "__main__":
    main()
