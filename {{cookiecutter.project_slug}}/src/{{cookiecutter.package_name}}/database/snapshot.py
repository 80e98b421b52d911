"""The raw table as a snapshot of a query, which DVC keeps: `make fetch` takes a new one.

The pointer beside the table says what the snapshot holds and where it is from, so that a change of
it reads as one in Git.
"""

import importlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from omegaconf import DictConfig

from ..tools.command import command
from ..tools.dvc import dvc
from ..tools.errors import Refusal, brief
from ..tools.files import replacing, write_text
from .connection import Connection

DATE = pa.timestamp("us")
KINDS = ("sqlite", "postgresql", "duckdb")  # a module for each


def take(data: DictConfig) -> str:
    """Take a new snapshot of `data.source`. If that fails, the former one stays.

    Args:
        data: the `data` group.

    Returns:
        What is new, in one line.

    Raises:
        Refusal: if the database can't be read, or the query gives no rows.
    """
    if not data.source:
        raise Refusal("data.source is null, so there is nothing to take a snapshot of")
    path = Path(data.path)
    former = _described(path)
    with replacing(path) as new:
        rows, columns = _write(new, data.source)
        if not rows:
            stays = f"; {path} stays as it is" if former else ""
            raise Refusal(f"the query gives no rows{stays}; see data.source.query in conf/data")
    dvc("add", path.as_posix())
    found = {"rows": rows, "columns": columns, **_origin(data)}
    _describe(path, found)
    return f"{path}: {', '.join(_news(former, found))}"


def take_first(data: DictConfig) -> str:
    """Take a snapshot if there is none yet, and see that it is one of the query in conf/.

    Args:
        data: the `data` group.

    Returns:
        What is new, in one line; nothing if nothing is.

    Raises:
        Refusal: if the snapshot is one of another query or database, or none can be taken.
    """
    if not data.source:
        return ""
    found = _described(Path(data.path))
    if not found:
        return take(data)
    if other := [name for name, value in _origin(data).items() if found.get(name) != value]:
        raise Refusal(
            f"{data.path} is a snapshot with another data.source.{other[0]} than that of "
            "conf/data; run `make fetch`, then `make schema` if columns have changed"
        )
    return ""


def _write(path: Path, source: DictConfig) -> tuple[int, dict[str, str]]:
    """Write the rows of a query as Parquet, a batch at a time; return their number, and types."""
    connection = Connection(source.url)
    if connection.kind not in KINDS:
        raise Refusal(f"data.source.url begins with none of: {', '.join(KINDS)}")
    database: Any = importlib.import_module(f".in_{connection.kind}", __package__)
    rows = 0
    try:
        with database.reading(connection, source.query) as batches:
            schema = _with_dates(batches.schema, source.dates)
            with pq.ParquetWriter(path, schema) as writer:
                for batch in batches:
                    writer.write_batch(_as(batch, schema))
                    rows += batch.num_rows
            return rows, {field.name: str(field.type) for field in schema}
    except database.ERRORS as error:
        raise Refusal(
            f"{connection.url} can't be read, and nothing has changed here: "
            f"{connection.told(error)}{connection.hint}"
        ) from None


def _with_dates(schema: pa.Schema, dates: Sequence[str]) -> pa.Schema:
    """The columns, of which some texts become dates."""
    if unknown := [name for name in dates if name not in schema.names]:
        raise Refusal(f"the query gives no column {unknown[0]} (data.source.dates)")
    fields = [
        field.with_type(DATE) if field.name in dates and field.type == pa.string() else field
        for field in schema
    ]
    return pa.schema(fields)


def _as(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """A batch whose texts are read as the dates that they are, as pandas reads them."""
    columns = []
    for column, field in zip(batch.columns, schema, strict=True):
        if column.type != field.type:
            try:
                times = pd.to_datetime(column.to_pandas(), format="mixed", utc=True)
            except ValueError as error:
                raise Refusal(f"{field.name} holds what is no date: {brief(error)}") from None
            column = pa.array(times.dt.tz_localize(None), DATE)
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def _origin(data: DictConfig) -> dict[str, str]:
    return {"url": str(data.source.url), "query": str(data.source.query)}


def _described(path: Path) -> dict[str, Any]:
    """What the pointer says of the snapshot; nothing if there is no pointer."""
    pointer = Path(f"{path}.dvc")
    if not pointer.exists():
        return {}
    content: dict[str, Any] = yaml.safe_load(pointer.read_text(encoding="utf-8"))
    return content.get("meta") or {"rows": None}


def _describe(path: Path, found: dict[str, Any]) -> None:
    """Write into the pointer what the snapshot holds."""
    pointer = Path(f"{path}.dvc")
    content = yaml.safe_load(pointer.read_text(encoding="utf-8"))
    text = yaml.safe_dump(content | {"meta": found}, sort_keys=False, allow_unicode=True)
    write_text(pointer, text)


def _news(former: dict[str, Any], now: dict[str, Any]) -> Iterator[str]:
    """What a snapshot has that the one before it had not."""
    before, columns = former.get("columns", {}), now["columns"]
    if former.get("rows") is None:
        yield f"{now['rows']:,} rows of {len(columns)} columns"
        return
    more = now["rows"] - former["rows"]
    how = f"{abs(more):,} {'more' if more > 0 else 'fewer'} than" if more else "as many as"
    yield f"{now['rows']:,} rows, {how} before"
    changed = {
        "new": [name for name in columns if name not in before],
        "gone": [name for name in before if name not in columns],
        "of another type": [
            f"{name} ({before[name]}, now {kind})"
            for name, kind in columns.items()
            if before.get(name, kind) != kind
        ],
    }
    for what, names in changed.items():
        if names:
            yield f"column{'s' * (len(names) > 1)} {what}: {', '.join(names)}"


def fetch(cfg: DictConfig) -> None:
    """Say what is new in a new snapshot; with `+first=true` only where there is none."""
    if said := take_first(cfg.data) if cfg.get("first") else take(cfg.data):
        print(said)


main = command(fetch, options=("first",))

if __name__ == "__main__":
    main()
