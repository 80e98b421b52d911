"""Tables: the raw one, read as its configuration says, and those that stages leave as Parquet."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, cast
from zipfile import BadZipFile

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from omegaconf import DictConfig, OmegaConf
from pandas.api.types import is_object_dtype

from ..tools.errors import Refusal
from ..tools.files import replacing
{%- if cookiecutter.__cells %}
from .casting import read_cells
from .cells import Cells
{%- endif %}

SEPARATORS = ",;\t|"
SMALL = 50_000_000  # bytes of a file that fits anywhere
CONTAINER = Path("/sys/fs/cgroup")
TIMES_AS_TEXT = 5  # as much memory as its size takes a file of text while it is read
BYTES_OF_CELL = 24  # in memory, while Parquet is read and columns are copied once
READERS: dict[str, Callable[..., Any]] = {
    "csv": pd.read_csv,
    "excel": pd.read_excel,
    "json": pd.read_json,
    "parquet": pd.read_parquet,
}


def is_here(data: DictConfig) -> bool:
    """Return whether the raw table is on this machine; scikit-learn's own always is."""
    return data.format == "sklearn" or Path(data.path).exists()


def read_raw(data: DictConfig) -> pd.DataFrame:
    """Read the raw table.

    Args:
        data: the `data` group: path, format and the reader's options.

    Raises:
        Refusal: if it can't be read as a table of at least one row.
    """
    if data.format == "sklearn":
        from sklearn import datasets  # takes its time to import

        load = getattr(datasets, data.path.removeprefix("sklearn.datasets."))
        return cast(pd.DataFrame, load(as_frame=True).frame)
    path = Path(data.path)
    if not is_here(data):
        raise Refusal(f"{path} is not there; run `dvc pull`, or set data.path to your table")
    if data.format not in READERS:
        raise Refusal(f"data.format is {data.format}, not one of: {', '.join(READERS)}, sklearn")
    refuse_too_large(path)
    options = reader_options(data)
    with readable(path):
        # With `features`, columns are chosen by the names that pandas makes.
        if data.format == "csv" and data.get("features") is None:
            _refuse_repeated_names(path, options)
        table = cast(pd.DataFrame, READERS[data.format](path, **options))
    if table.empty:
        raise Refusal(f"{path} has a header but no rows")
    _refuse_wrong_separator(path, table)
    _refuse_lists(path, table)
    return as_read(table, data)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Refuse, in one line, a file that turns out to be no table.

    Raises:
        Refusal: if it can't be read.
    """
    try:
        yield
    except UnicodeDecodeError as error:
        raise Refusal(
            f"{path} is not {error.encoding} (byte {error.object[error.start]:#x} at "
            f"{error.start}); set data.read.encoding, for example to latin-1"
        ) from None
    except pd.errors.EmptyDataError:
        raise Refusal(f"{path} is empty; give a table with a header and rows") from None
    except (BadZipFile, ImportError, KeyError, OSError, TypeError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise Refusal(f"{path} can't be read ({reason}); see data.format and data.read") from None
{%- if cookiecutter.__cells %}


def as_read(table: pd.DataFrame, data: DictConfig) -> pd.DataFrame:
    """A table as its reader gives it, with names that are texts and cells that are read."""
    table = table.set_axis([str(name) for name in table.columns], axis=1)
    return read_cells(table, data.na_values, cells_of(data))


def reader_options(data: DictConfig) -> dict[str, Any]:
    """The options of pandas' reader.

    Empty cells and `na_values` are missing, no other text: a class may be called None.
    """
    options = cast(dict[str, Any], OmegaConf.to_container(data.read, resolve=True))
    if data.format in ("csv", "excel"):
        options = {"keep_default_na": False, "na_values": ["", *data.na_values], **options}
    return options


def cells_of(data: DictConfig) -> dict[str, Cells]:
    """How the cells of columns are written that are not plain."""
    return {str(name): Cells(**options) for name, options in data.cells.items()}
{%- else %}


def as_read(table: pd.DataFrame, data: DictConfig) -> pd.DataFrame:
    """A table as its reader gives it, with names that are texts."""
    return table.set_axis([str(name) for name in table.columns], axis=1)


def reader_options(data: DictConfig) -> dict[str, Any]:
    """The options of pandas' reader."""
    return cast(dict[str, Any], OmegaConf.to_container(data.read, resolve=True))
{%- endif %}


def read_table(path: Path) -> pd.DataFrame:
    """Read a table that an earlier stage left.

    Raises:
        Refusal: if that stage has not run.
    """
    if not path.exists():
        raise Refusal(f"{path} is not there; run `make pipeline`, or the stage that makes it")
    refuse_too_large(path)
    return cast(pd.DataFrame, pq.read_table(path).to_pandas())


def refuse_too_large(path: Path) -> None:
    """Refuse a table that would not fit into memory, before anything starts.

    Raises:
        Refusal: with its rows, what reading it takes, and what is available.
    """
    size, free = path.stat().st_size, available()
    if free is None or size < SMALL or path.suffix not in (".csv", ".tsv", ".txt", ".parquet"):
        return
    if path.suffix == ".parquet":
        meta = pq.read_metadata(path)
        rows, needed = meta.num_rows, meta.num_rows * meta.num_columns * BYTES_OF_CELL
    else:
        with path.open("rb") as file:
            head = file.read(1 << 20)
        rows, needed = size * head.count(b"\n") // len(head), size * TIMES_AS_TEXT
    if needed > free:
        raise Refusal(
            f"{path} has about {rows:,} rows; to read it takes about {needed / 1e9:.1f} GB of "
            f"memory, and {free / 1e9:.1f} GB are available. Make data.path a folder of parts, "
            "which is read in pieces, and set data.split.sample to the rows to learn from "
            "(docs/pipeline.md)"
        )


def available() -> int | None:
    """Bytes of memory that the system and a container around it still give; None if unknown."""
    known: list[int] = []
    with suppress(OSError, StopIteration):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        free = next(line for line in lines if line.startswith("MemAvailable:"))
        known.append(int(free.split()[1]) * 1024)
    with suppress(OSError, ValueError):  # without a limit it says "max"
        limit, used = ((CONTAINER / f"memory.{name}").read_text() for name in ("max", "current"))
        known.append(int(limit) - int(used))
    return min(known, default=None)


def write_table(path: Path, table: pd.DataFrame) -> None:
    """Write a table as Parquet, without its index."""
    with replacing(path) as new:
        table.to_parquet(new, index=False)


def _refuse_repeated_names(path: Path, options: dict[str, Any]) -> None:
    if options.get("header", 0) != 0 or "names" in options:
        return
    options = {name: value for name, value in options.items() if name != "skipfooter"}
    first = pd.read_csv(path, **{**options, "header": None, "nrows": 1, "dtype": str})
    names = first.iloc[0].dropna()
    repeated = sorted(set(names[names.duplicated()]))
    if repeated:
        raise Refusal(f"{path} has several columns named {', '.join(repeated)}; rename them")


def _refuse_wrong_separator(path: Path, table: pd.DataFrame) -> None:
    name = str(table.columns[0])
    found = next((sep for sep in SEPARATORS if sep in name), None)
    if len(table.columns) == 1 and found:
        raise Refusal(
            f"{path} has one column, {name!r}: its cells seem to be separated by {found!r}; "
            f"set data.read.sep to that"
        )


def _refuse_lists(path: Path, table: pd.DataFrame) -> None:
    for name in table:
        column = table[name].dropna()
        if is_object_dtype(column) and column.map(type).isin([list, dict, np.ndarray]).any():
            raise Refusal(
                f"{path}: column {name!r} holds lists; a cell has to be one value: "
                f"spread them over columns or leave the column out"
            )
