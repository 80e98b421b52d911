"""The table that an answer names: its columns, its rows, its target, and the task.

Everything is read in one pass with the standard library, and the table is never held in memory.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from idea.names import listed, nearest_first
from idea.tables.checks import BadTable, check_names, check_rows, check_values, list_column
from idea.tables.csv_scan import judged_columns, scan_csv
from idea.tables.parquet import BadParquet, read_footer
from idea.tables.target import (
    check_target,
    column_of_parquet,
    guessed_target,
    likeliest_targets,
    tasks_of_column,
)

SUFFIXES = (".csv", ".tsv", ".parquet")


@dataclass(frozen=True)
class Table:
    """A table that can be learned from.

    Attributes:
        path: its file.
        format: csv or parquet.
        sep: the character between cells; empty for Parquet.
        decimal: the character before decimals; empty for Parquet.
        columns: their names, in order.
        rows: their number.
        target: the column to predict.
        tasks: those that the target's values allow, the one to take first.
    """

    path: Path
    format: str
    sep: str
    decimal: str
    columns: tuple[str, ...]
    rows: int
    target: str
    tasks: tuple[str, ...]


def read_table(path: Path, target: str = "") -> Table:
    """Read a table; an empty target is guessed (`guessed_target`).

    The task is inferred from the target's values that are not missing. In CSV and TSV files, any
    value that is not a number makes it a classification; so do two different values, and whole
    numbers with at most ten different values; anything else is a regression. Of a Parquet file only
    the footer is read: text and booleans are a classification, floats a regression, and whole
    numbers a classification if by its statistics they span less than ten. Numbers allow the
    other task too; texts do not.

    Raises:
        BadTable: the file, the table or the target can't be used.
    """
    try:
        stat = path.stat()
        found = _read_once(path, target, stat.st_size, stat.st_mtime_ns)
    except FileNotFoundError:
        raise BadTable(f"{path} does not exist; {_other_files(path)}") from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise BadTable(f"{path} can't be read: {reason}; give a file that you may read") from error
    if isinstance(found, BadTable):
        raise found
    return found


def likeliest_columns(path: Path) -> str:
    """Name the three columns of a table that are most likely predicted.

    Raises:
        BadTable: the table can't be read.
        OSError: the same.
    """
    if path.suffix.lower() == ".parquet":
        try:
            columns, rows = read_footer(path)
        except BadParquet as error:
            raise BadTable(str(error)) from error
        return likeliest_targets([column_of_parquet(column, rows) for column in columns])
    return likeliest_targets(judged_columns(path))


@lru_cache(maxsize=8)
def _read_once(path: Path, target: str, size: int, _changed: int) -> Table | BadTable:
    """Read a file once as long as it stays the same: every derived value asks for it."""
    try:
        return _read_any(path, target, size)
    except BadTable as bad:
        return bad


def _read_any(path: Path, target: str, size: int) -> Table:
    if path.is_dir():
        raise BadTable(f"{path} is a folder; {_other_files(path / 'x')}")
    if path.suffix.lower() not in SUFFIXES:
        raise BadTable(
            f"{path.name} has a suffix that is not known; give a {listed(SUFFIXES)} file, "
            "uncompressed, with the suffix of its format"
        )
    if size == 0:
        raise BadTable(f"{path.name} is empty; give a table with a header and rows")
    if path.suffix.lower() == ".parquet":
        return _read_parquet(path, target)
    return _read_csv(path, target)


def _read_csv(path: Path, target: str) -> Table:
    found = scan_csv(path, target)
    check_rows(path, found.rows)
    if found.doubt:
        raise found.doubt
    values = found.values
    check_values(found.target, found.rows, values.present, single=values.single)
    return Table(
        path, "csv", found.sep, found.decimal, found.columns, found.rows, found.target, values.tasks
    )


def _read_parquet(path: Path, target: str) -> Table:
    try:
        columns, rows = read_footer(path)
    except BadParquet as error:
        raise BadTable(
            f"{path.name} can't be read as Parquet: {error}; write it again, or give a CSV"
        ) from error
    names = [column.name for column in columns]
    if len(names) < 2:
        raise BadTable(
            f"{path.name} has too few columns, {len(names)}; give a target, and columns to predict "
            "it from"
        )
    check_names(path, names)
    for column in columns:
        if column.kind == "nested":
            raise list_column(path, column.name, "nested values")
    check_rows(path, rows)
    if target:
        check_target(path, names, target)
    else:
        target = guessed_target(path, [column_of_parquet(column, rows) for column in columns])
    column = columns[names.index(target)]
    missing = rows if column.kind == "nothing" else column.missing or 0
    single = column.low is not None and column.low == column.high
    check_values(target, rows, rows - missing, single=_shown(column.low) if single else "")
    return Table(path, "parquet", "", "", tuple(names), rows, target, tasks_of_column(column))


def _shown(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _other_files(path: Path) -> str:
    """Name the tables beside a path, the most alike first."""
    try:
        beside = [p.name for p in path.parent.iterdir() if p.suffix.lower() in SUFFIXES]
    except OSError:
        return f"there is no folder {path.parent} either; a path is relative to where you type"
    if not beside:
        return f"there is no {listed(SUFFIXES)} file in {path.parent}; give the path of one"
    return f"in {path.parent} there is {listed(nearest_first(path.name, beside), 5)}"
