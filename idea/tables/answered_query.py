"""The table that a query in a database gives: its columns, its rows, its target, and the task."""

from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path

from idea.tables.amounts import MISSING_AMONG_NUMBERS, numbers_in
from idea.tables.answered_table import Table
from idea.tables.checks import BadTable, check_names, check_rows
from idea.tables.connections import Connection, read_address
from idea.tables.sqlite import Row, named, rows_of
from idea.tables.target import (
    AMOUNTS,
    CLASSES,
    JUDGED,
    Candidate,
    TargetValues,
    check_target,
    guessed_target,
    likeliest_targets,
    looked_at,
)

_PRODUCTS = {"postgresql": "PostgreSQL", "duckdb": "DuckDB"}


@dataclass(frozen=True)
class QueriedTable:
    """A table that a query gives.

    Attributes:
        connection: the database and the query.
        table: its columns and rows, its target and the task; no columns, where the database can't
            be opened here.
    """

    connection: Connection
    table: Table


def connection_of(answer: str, folder: Path) -> Connection:
    """Read the address of a database, and name its only table if it names none.

    Raises:
        BadTable: it can't be used.
    """
    connection = read_address(answer, folder)
    if connection.kind == "sqlite":
        return named(connection)
    if not connection.query:
        raise BadTable(
            f"{connection.name} may hold several tables; name one with ?table=…, or a query with "
            "?query=SELECT …"
        )
    return connection


def read_query(answer: str, folder: Path, target: str, task: str) -> QueriedTable:
    """Read the table that an address gives. Only SQLite is opened here.

    Args:
        answer: the address.
        folder: which a relative path of a file is relative to.
        target: the column to predict; empty if it is to be guessed.
        task: classification or regression; empty if it is to be told from the target's values.

    Returns:
        The table, whose tasks are unknown where the database is not opened and none is named.

    Raises:
        BadTable: the database, the table or the target can't be used, or has to be named.
    """
    connection = connection_of(answer, folder)
    if connection.kind != "sqlite":
        return QueriedTable(connection, _unseen(connection, target, task))
    stat = connection.file.stat()
    found = _read_once(connection, target, stat.st_size, stat.st_mtime_ns)
    if isinstance(found, BadTable):
        raise found
    return QueriedTable(connection, found)


def _unseen(connection: Connection, target: str, task: str) -> Table:
    """Take the answers for a table that is first seen by `make setup`."""
    if not target:
        raise to_be_named(connection, target, task)
    tasks = (task,) if task in (CLASSES, AMOUNTS) else ()
    return Table(Path(connection.name), "parquet", {}, (), 0, target, tasks)


def to_be_named(connection: Connection, target: str, task: str) -> BadTable:
    """Give the error for answers without which a table that is not opened here can't be used.

    Args:
        connection: the database.
        target: the column to predict; empty if it is missing.
        task: classification or regression; empty if it is missing.
    """
    missing = [] if target else ["target=<column>"]
    missing += [] if task else [f"__task={CLASSES} or __task={AMOUNTS}"]
    return BadTable(
        f"{_PRODUCTS[connection.kind]} is not opened before `make setup`, so the table is not "
        f"known yet; add {', and '.join(missing)}"
    )


@lru_cache(maxsize=8)
def _read_once(
    connection: Connection, target: str, _size: int, _changed: int
) -> "Table | BadTable":
    """Read a query once as long as its file stays the same: every derived value asks for it."""
    try:
        return _read(connection, target)
    except BadTable as bad:
        return bad


def _read(connection: Connection, target: str) -> Table:
    table = Path(connection.name)  # which messages name
    with rows_of(connection) as (columns, rows):
        if len(columns) < 2:
            raise BadTable(
                f"the query gives one column only, {columns[0]!r}; it has to give a target, and "
                "columns to predict it from"
            )
        check_names(table, columns)
        if target:
            check_target(table, columns, target)
        first = list(islice(rows, JUDGED))
        doubt = None
        if not target:
            try:
                target = guessed_target(table, _candidates(columns, first))
            except BadTable as bad:
                target, doubt = columns[-1], bad
        at, values, count = columns.index(target), TargetValues(), 0
        for some in (first, rows):
            for row in some:
                count += 1
                values.add(_cell(row[at]))
    if not count:
        raise BadTable("the query gives no rows; name a table or a query with rows")
    check_rows(table, count)
    if doubt:
        raise doubt
    judged = values.judged(target, count, ".")
    found = (tuple(columns), count, target, judged.tasks, judged.because)
    return Table(table, "parquet", {}, *found)


def likeliest_in_query(answer: str, folder: Path) -> str:
    """Name the three columns of a query that are most likely predicted; empty if none is known.

    Raises:
        BadTable: the database can't be read.
    """
    connection = connection_of(answer, folder)
    if connection.kind != "sqlite":
        return ""
    with rows_of(connection) as (columns, rows):
        return likeliest_targets(_candidates(columns, list(islice(rows, JUDGED))))


def _candidates(columns: list[str], rows: list[Row]) -> list[Candidate]:
    return [
        looked_at(name, [_cell(row[at]) for row in rows], ".") for at, name in enumerate(columns)
    ]


def _cell(value: object) -> str:
    """Write a value as a CSV would have it, but for texts that would be no texts there."""
    if value is None:
        return ""
    if isinstance(value, str):
        text = value.strip()
        if text.casefold() in MISSING_AMONG_NUMBERS or numbers_in([text]) is not None:
            return repr(value)
    return str(value)
