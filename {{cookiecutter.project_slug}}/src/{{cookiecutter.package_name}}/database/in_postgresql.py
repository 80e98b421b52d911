"""Rows of a PostgreSQL server, as Arrow's driver streams them: a COPY, in one transaction."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pyarrow as pa

from ..tools.errors import Refusal
from .connection import Connection
from .selection import quoted, refuse_repeated, selecting

try:
    from adbc_driver_manager import Error
    from adbc_driver_postgresql import dbapi
except ImportError:
    raise Refusal(
        "PostgreSQL takes the extra `postgresql`; run `make setup EXTRAS=dev,postgresql`"
    ) from None

ERRORS = (Error, pa.ArrowException, OSError)
# Every other type is taken as its text.
CASTS = {
    **dict.fromkeys(("int2", "int4", "int8", "oid"), "{}::int8"),
    **dict.fromkeys(("float4", "float8", "numeric"), "{}::float8"),
    "bool": "{}",
    "money": "{}::numeric::float8",
    # Parquet has no infinite time.
    **dict.fromkeys(("date", "timestamp"), "CASE WHEN isfinite({0}) THEN {0}::timestamp END"),
    "timestamptz": "CASE WHEN isfinite({0}) THEN {0} END",
}


@contextmanager
def reading(connection: Connection, query: str) -> Iterator[pa.RecordBatchReader]:
    """Give the rows of a query, in batches.

    Raises:
        Refusal: if two columns have one name.
    """
    with closing(dbapi.connect(connection.with_credentials)) as server, server.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute(f"{selecting(['*'], query)} LIMIT 0")
        fields = list(cursor.fetch_record_batch().schema)
        refuse_repeated([field.name for field in fields])
        cursor.execute(selecting(map(_cast, fields), query))
        yield cursor.fetch_record_batch()


def _cast(field: pa.Field) -> str:
    name = quoted(field.name)
    kind = (field.metadata or {}).get(b"POSTGRESQL:type", b"").decode()
    return f"{CASTS.get(kind, '{}::text').format(name)} AS {name}"
