"""Rows of a DuckDB file."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from ..tools.errors import Refusal
from .connection import Connection
from .selection import quoted, refuse_repeated, selecting

try:
    import duckdb
except ImportError:
    raise Refusal("DuckDB takes the extra `duckdb`; run `make setup EXTRAS=dev,duckdb`") from None

ERRORS = (duckdb.Error, pa.ArrowException)
ROWS = 50_000  # of a batch
MEMORY = "500MB"  # beyond which it puts off to disk
# Every other type is taken as its text.
CASTS = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT"), "BIGINT"),
    **dict.fromkeys(("UTINYINT", "USMALLINT", "UINTEGER"), "BIGINT"),
    **dict.fromkeys(("DECIMAL", "DOUBLE", "FLOAT", "HUGEINT", "UBIGINT", "UHUGEINT"), "DOUBLE"),
    "BOOLEAN": "BOOLEAN",
    "TIMESTAMP WITH TIME ZONE": "TIMESTAMPTZ",
    **dict.fromkeys(
        ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "TIMESTAMP"
    ),
}


@contextmanager
def reading(connection: Connection, query: str) -> Iterator[pa.RecordBatchReader]:
    """Give the rows of a query, in batches.

    Raises:
        Refusal: if the file is missing, or two columns have one name.
    """
    options = {"memory_limit": MEMORY}
    with duckdb.connect(str(connection.file), read_only=True, config=options) as found:
        described = found.execute(f"DESCRIBE {query}").fetchall()
        refuse_repeated([name for name, *_ in described])
        casts = [_cast(name, kind) for name, kind, *_ in described]
        yield found.execute(selecting(casts, query)).to_arrow_reader(ROWS)


def _cast(name: str, kind: str) -> str:
    wanted = CASTS.get(kind.partition("(")[0], "VARCHAR")
    value = f"CAST({quoted(name)} AS {wanted})"
    if wanted.startswith("TIMESTAMP"):  # Parquet has no infinite time
        value = f"CASE WHEN isfinite({value}) THEN {value} END"
    return f"{value} AS {quoted(name)}"
