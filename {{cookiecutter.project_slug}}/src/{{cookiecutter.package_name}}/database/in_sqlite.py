"""Rows of an SQLite file.

SQLite's columns hold values of any type, so each gets the narrowest that all its values have. Dates
are texts there and truths are numbers, as they are here.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from .connection import Connection
from .selection import quoted, refuse_repeated, selecting

ERRORS = (sqlite3.Error,)
ROWS = 50_000  # of a batch
COLUMNS = 400  # that are looked at by one query: SQLite's results have at most 2,000
BUSY = 60  # seconds to wait for one who writes
STORED = ("integer", "real", "text", "blob")  # what typeof() says, beside null


@contextmanager
def reading(connection: Connection, query: str) -> Iterator[pa.RecordBatchReader]:
    """Give the rows of a query, in batches.

    Raises:
        Refusal: if the file is missing, or two columns have one name.
    """
    address = f"file:{quote(connection.file.absolute().as_posix())}?mode=ro"
    with closing(sqlite3.connect(address, uri=True, timeout=BUSY, isolation_level=None)) as found:
        found.text_factory = lambda text: text.decode("utf-8", "replace")
        found.execute("BEGIN")  # both queries see the same rows
        described = found.execute(f"{selecting(['*'], query)} LIMIT 0").description
        # Inside of another query, SQLite would number the names that occur twice.
        names = [column[0] for column in found.execute(query.strip().rstrip(";")).description]
        refuse_repeated(names)
        inner = [column[0] for column in described]
        schema = pa.schema(zip(names, _types(found, inner, query), strict=True))
        rows = found.execute(selecting(["*"], query))
        yield pa.RecordBatchReader.from_batches(schema, _batches(rows, schema))


def _types(found: sqlite3.Connection, names: Sequence[str], query: str) -> Iterator[pa.DataType]:
    for first in range(0, len(names), COLUMNS):
        some = names[first : first + COLUMNS]
        asked = [f"max(typeof({quoted(name)}) = '{kind}')" for name in some for kind in STORED]
        (said,) = found.execute(selecting(asked, query))
        for at in range(len(some)):
            yield _type(*said[at * len(STORED) : (at + 1) * len(STORED)])


def _type(whole: int | None, real: int | None, text: int | None, blob: int | None) -> pa.DataType:
    """The type for what a column holds: each is 1 if some value is of that kind."""
    if text:
        return pa.string()
    if blob:
        return pa.string() if whole or real else pa.binary()
    return pa.int64() if whole and not real else pa.float64()


def _batches(rows: sqlite3.Cursor, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    while some := rows.fetchmany(ROWS):
        columns = zip(*some, strict=True)
        arrays = [_array(column, kind) for column, kind in zip(columns, schema.types, strict=True)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_string(kind):
        values = [_text(value) for value in values]
    return pa.array(values, kind)


def _text(value: Any) -> str | None:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return value if value is None or isinstance(value, str) else str(value)
