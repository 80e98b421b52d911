"""Summarises a notebook's table: its columns, its rows, and the kinds of its values."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from itertools import islice
from pathlib import Path

from idea.knowledge.readers import MISSING_VALUES
from idea.knowledge.sklearn_datasets import TOYS
from idea.tables.checks import BadTable
from idea.tables.parquet import read_footer
from idea.tables.rows import read_rows
from idea.tables.source import NoData, Source
from idea.tables.sqlite import connection_to, rows_of

_SAMPLE = 2_000  # rows whose values are looked at


@dataclass(frozen=True)
class TableSummary:
    """The shape of a table, and the kinds of its values.

    Attributes:
        columns: their names, in order.
        texts: columns that hold texts.
        rows: their number.
        values: the number of different values by column, of the first rows.
        dates: columns that are read as dates, not as texts.
    """

    columns: tuple[object, ...]
    texts: frozenset[str]
    rows: int
    values: Mapping[str, int] = field(default_factory=dict)
    dates: frozenset[str] = frozenset()


def summarize(path: Path, source: Source) -> TableSummary:
    """Look at a file's columns and first rows.

    Raises:
        NoData: it can't be read so.
    """
    if source.format == "sklearn":
        toy = TOYS[source.as_written.rpartition(".")[2]]
        columns = (*toy.features, "target")
        return TableSummary(columns, frozenset(), toy.rows, {"target": len(toy.classes)})
    try:
        if source.format == "sql":
            return _of_query(path, source)
        if source.format == "parquet" or path.suffix.lower() == ".parquet":
            return _of_parquet(path)
        return _of_rows(path, source)
    except NoData:
        raise
    except (OSError, LookupError, ValueError, csv.Error) as error:
        raise NoData(f"{path.name} can't be read as the notebook reads it ({error})") from None


def cells_of(path: Path, source: Source, column: str, most: int) -> list[str] | None:
    """Give the different cells of a column, over all rows.

    Args:
        path: the table's file.
        source: how the notebook reads it.
        column: the column.
        most: so many different cells are enough.

    Returns:
        The cells, in the order in which they come; an empty one for missing values; None if they
        can't be told, or are more.
    """
    if source.format == "sql":
        return _cells_of_query(path, source, column, most)
    if source.format not in ("csv", "excel") or path.suffix.lower() == ".parquet":
        return None
    found: dict[str, None] = {}
    missing = MISSING_VALUES | _texts(source.options.get("na_values"))
    try:
        names, positions, rows = read_rows(path, source)
        at = positions[[str(name) for name in names].index(column)]
        for row in rows:
            cell = str(row[at]) if len(row) > at else ""
            found["" if cell in missing else cell] = None
            if len(found) > most:
                return None
    except (NoData, OSError, LookupError, ValueError, csv.Error):
        return None
    return list(found)


def _cells_of_query(path: Path, source: Source, column: str, most: int) -> list[str] | None:
    found: dict[str, None] = {}
    try:
        with rows_of(connection_to(path, source)) as (names, rows):
            at = names.index(column)
            for row in rows:
                found["" if row[at] is None else str(row[at])] = None
                if len(found) > most:
                    return None
    except (BadTable, ValueError):
        return None
    return list(found)


def _of_query(path: Path, source: Source) -> TableSummary:
    index = {str(name) for name in source.options.get("index_col", ())}
    parsed = frozenset(map(str, source.options.get("parse_dates", ())))
    try:
        with rows_of(connection_to(path, source)) as (names, rows):
            sample = list(islice(rows, _SAMPLE))
            count = len(sample) + sum(1 for _ in rows)
    except BadTable as bad:
        raise NoData(str(bad)) from None
    if not count:
        raise NoData(f"the query gives no rows of {path.name}")
    kept = [(at, name) for at, name in enumerate(names) if name not in index]
    found = {name: {row[at] for row in sample} - {None} for at, name in kept}
    texts = {n for n, values in found.items() if any(isinstance(v, str | bytes) for v in values)}
    values = {name: len(cells) for name, cells in found.items()}
    columns = tuple(name for _, name in kept)
    return TableSummary(columns, frozenset(texts) - parsed, count, values, parsed & set(columns))


def _of_parquet(path: Path) -> TableSummary:
    found, rows = read_footer(path)
    texts = frozenset(c.name for c in found if c.kind in ("string", "binary", "bytes", "text"))
    dates = frozenset(c.name for c in found if c.kind == "timestamp")
    return TableSummary(tuple(c.name for c in found), texts, rows, dates=dates)


def _of_rows(path: Path, source: Source) -> TableSummary:
    options = source.options
    names, positions, rows = read_rows(path, source)
    sample = list(islice(rows, _SAMPLE))
    count = len(sample) + sum(1 for _ in rows) - options.get("skipfooter", 0)
    decimal, thousands = str(options.get("decimal", ".")), str(options.get("thousands", ""))
    missing = MISSING_VALUES | _texts(options.get("na_values"))
    parsed = options.get("parse_dates")
    parsed = parsed if isinstance(parsed, list) else []
    dates, texts, values = set(), set(), {}
    for name, at in zip(names, positions, strict=True):
        present = {row[at] for row in sample if len(row) > at} - missing
        values[str(name)] = len(present)
        if name in parsed or (present and all(isinstance(cell, datetime) for cell in present)):
            dates.add(str(name))
        elif any(_is_text(cell, decimal, thousands) for cell in present):
            texts.add(str(name))
    return TableSummary(tuple(names), frozenset(texts), count, values, frozenset(dates))


def _texts(given: object) -> set[str]:
    """Give the texts that an option names, one or several."""
    return set(map(str, given)) if isinstance(given, list | tuple) else {str(given)} - {"None"}


def _is_text(cell: object, decimal: str, thousands: str) -> bool:
    """Tell whether a column with this cell is one of texts or objects in pandas.

    Args:
        cell: a cell that is not missing.
        decimal: the character before decimals.
        thousands: the character between thousands; empty if there is none.
    """
    if not isinstance(cell, str):
        return isinstance(cell, time)
    return not _is_number(cell.replace(thousands, "") if thousands else cell, decimal)


def _is_number(cell: str, decimal: str) -> bool:
    cell = cell.strip().replace(decimal, ".")
    if cell in MISSING_VALUES:
        return True
    try:
        float(cell)
    except ValueError:
        return False
    return "_" not in cell
