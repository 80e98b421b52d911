"""Reads SQLite files: the only database that the standard library opens."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

from idea.names import listed, nearest_first
from idea.tables.checks import BadTable
from idea.tables.connections import Connection, of_table
from idea.tables.source import Source

_TABLES = (
    "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' "
    "ORDER BY name"
)

Row = tuple[object, ...]


def connection_to(path: Path, source: Source) -> Connection:
    """Give the connection behind a notebook's query of an SQLite file."""
    url = f"sqlite:///{path.absolute().as_posix()}"
    return Connection("sqlite", url, str(source.options["query"]), path.stem)


def named(connection: Connection) -> Connection:
    """Name the only table of an SQLite file, where nobody named one.

    Raises:
        BadTable: the file can't be read, or holds none or several.
    """
    if connection.query:
        return connection
    with _opened(connection.file) as found:
        tables = [str(name) for (name,) in found.execute(_TABLES)]
    if len(tables) == 1:
        return of_table(connection, tables[0])
    name = connection.file.name
    if not tables:
        raise BadTable(f"{name} holds no table; give a database with one")
    raise BadTable(
        f"{name} holds several tables: {listed(tables)}; name one with ?table=…, or a query with "
        "?query=SELECT …"
    )


@contextmanager
def rows_of(connection: Connection) -> Iterator[tuple[list[str], Iterator[Row]]]:
    """Give the columns and the rows of a query.

    Raises:
        BadTable: the file or the query can't be read.
    """
    with _opened(connection.file) as found:
        cursor = found.execute(connection.query.rstrip("; \n"))
        if cursor.description is None:
            raise BadTable(f"{connection.query[:80]!r} gives no rows; type a SELECT")
        yield [column[0] for column in cursor.description], iter(cursor)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    if not path.is_file():
        beside = [one.name for one in path.parent.glob("*.db")] if path.parent.is_dir() else []
        near = f"in {path.parent} there is {listed(nearest_first(path.name, beside), 5)}"
        hint = near if beside else "type the path of a database"
        raise BadTable(f"{path} does not exist; {hint}")
    try:
        address = f"file:{quote(path.absolute().as_posix())}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as found:
            found.text_factory = lambda text: text.decode("utf-8", "replace")
            yield found
    except (sqlite3.Error, sqlite3.Warning, ValueError) as error:
        if isinstance(error, BadTable):
            raise
        raise BadTable(
            f"{path.name} can't be read: {error}; look at the file, the table and the query"
        ) from None
