"""Tables in pieces: a folder of parts as the raw table, and what is too long to be read at once."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from omegaconf import DictConfig

from ..tools.errors import Refusal
from ..tools.files import replacing
from .casting import fits
from .schema import Column
from .tables import as_read, readable, reader_options

ROWS = 100_000  # of a piece
DRAWN = 500_000  # rows of a sample, by which a folder of parts is described


def is_folder(data: DictConfig) -> bool:
    """Whether the raw table is a folder of parts."""
    return data.format in ("csv", "parquet") and Path(data.path).is_dir()


def raw_pieces(data: DictConfig) -> Iterator[pd.DataFrame]:
    """The raw table of a folder, piece by piece, in the order of its parts' names.

    Args:
        data: the `data` group; its options are those of each part.

    Raises:
        Refusal: if a part can't be read, or has other columns than the first.
    """
    from rich.progress import Progress  # takes its time to import

    folder = Path(data.path)
    parts = [each for each in sorted(folder.iterdir()) if each.name[0] not in "._"]
    if not parts:
        raise Refusal(f"{folder} has no parts; put CSV or Parquet files into it")
    first: list[str] = []
    done = 0
    with Progress() as progress:
        for part in progress.track(parts, description=str(folder)):
            for piece in _pieces_of(part, data):
                piece.index = pd.RangeIndex(done, done + len(piece))
                done += len(piece)
                names = [str(name) for name in piece]
                first = first or names
                if set(names) != set(first):
                    other = ", ".join(sorted({*names} ^ {*first}))
                    raise Refusal(f"{part} has other columns than {parts[0]}: {other}; mend it")
                yield piece[first]


def _pieces_of(part: Path, data: DictConfig) -> Iterator[pd.DataFrame]:
    with readable(part):
        if data.format == "parquet":
            for piece in pieces_of_parquet(part, ROWS):
                yield as_read(piece, data)
            return
        with pd.read_csv(part, **reader_options(data), chunksize=ROWS) as pieces:
            for piece in pieces:
                yield as_read(piece, data)


def sample_of(pieces: Iterator[pd.DataFrame], rows: int = DRAWN) -> pd.DataFrame:
    """Rows of a table that comes in pieces, each with the same chance, in their order.

    Args:
        pieces: of the table.
        rows: how many at most; the same ones every time.
    """
    rng = np.random.default_rng(0)
    kept: list[pd.DataFrame] = []
    keys = np.empty(0)
    highest = 1.0
    for piece in pieces:
        drawn = rng.random(len(piece))
        chosen = drawn < highest
        kept.append(piece[chosen])
        keys = np.concatenate([keys, drawn[chosen]])
        if len(keys) > 2 * rows:
            highest = float(np.partition(keys, rows)[rows])
            kept = [pd.concat(kept)[keys < highest]]
            keys = keys[keys < highest]
    table = pd.concat(kept)
    if len(keys) > rows:
        table = table[keys < np.partition(keys, rows)[rows]]
    return _of_one_kind(table.reset_index(drop=True))


def _of_one_kind(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose columns of texts and numbers, read in pieces, are texts throughout."""
    for name in table.select_dtypes("object"):
        kinds = set(table[name].dropna().map(type))
        if str in kinds and len(kinds) > 1:
            table[name] = table[name].map(str, na_action="ignore").astype("str")
    return table


# Tables of stages


def table_pieces(path: Path, columns: list[str] | None = None) -> Iterator[pd.DataFrame]:
    """A table that an earlier stage left, piece by piece.

    Args:
        path: of the Parquet file.
        columns: that are read; None for all.

    Raises:
        Refusal: if that stage has not run.
    """
    if not path.exists():
        raise Refusal(f"{path} is not there; run `make pipeline`, or the stage that makes it")
    done = 0
    for piece in pieces_of_parquet(path, ROWS, columns):
        piece.index = pd.RangeIndex(done, done + len(piece))
        done += len(piece)
        yield piece


def pieces_of_parquet(
    path: Path, rows: int, columns: list[str] | None = None
) -> Iterator[pd.DataFrame]:
    """Rows of a Parquet file, piece by piece.

    Args:
        path: of the file.
        rows: of a piece at most; none is longer than a row group.
        columns: that are read; None for all.
    """
    with closing(pq.ParquetFile(path)) as file:
        for group in range(file.num_row_groups):  # what is read of all groups at once stays
            for batch in file.iter_batches(rows, [group], columns):
                yield cast(pd.DataFrame, batch.to_pandas())


def is_long(path: Path) -> bool:
    """Whether a table that an earlier stage left is treated in pieces: it came from a folder."""
    return path.exists() and b"pieces" in (pq.read_schema(path).metadata or {})


@contextmanager
def writing(path: Path, types: Mapping[str, pa.DataType]) -> Iterator[Callable[..., None]]:
    """Open a Parquet file to which pieces of a table are added.

    Args:
        path: of the file.
        types: of its columns.
    """
    schema = pa.schema(dict(types), metadata={"pieces": str(ROWS)})
    with replacing(path) as new, pq.ParquetWriter(new, schema) as writer:

        def write(table: pd.DataFrame) -> None:
            found = pa.Table.from_pandas(table[list(types)], schema, preserve_index=False)
            writer.write_table(found.replace_schema_metadata(schema.metadata))

        yield write


def arrow_type(column: Column) -> pa.DataType:
    """The type of a column's values in Parquet."""
    match column.type:
        case "number":
            return pa.float64()
        case "integer":
            return pa.int64()
        case "boolean":
            return pa.bool_()
        case "datetime":
            return pa.timestamp("us")
    return pa.string()


def check_types(piece: pd.DataFrame, columns: tuple[Column, ...], place: object) -> None:
    """Name the cells for which a column can't have its type.

    Args:
        piece: of a table, whose index counts the rows from 0.
        columns: of the schema.
        place: where the table is.

    Raises:
        Refusal: if there is one.
    """
    for column in columns:
        values = piece.get(column.name)
        if values is None:
            raise Refusal(f"{place} has no column {column.name!r}, which data/schema.yaml names")
        if not (right := fits(values, column.type)).all():
            shown = ", ".join(f"row {n} is {v!r}" for n, v in values[~right].head(5).items())
            raise Refusal(
                f"{place}: {column.name!r} is not of the type {column.type} everywhere: {shown}; "
                "mend the data, or the type in data/schema.yaml"
            )
