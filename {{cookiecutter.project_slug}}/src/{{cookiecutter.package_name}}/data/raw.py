"""The raw table, read as its configuration says, and its rows to learn from."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast
from zipfile import BadZipFile

import numpy as np
import pandas as pd
from hydra.utils import get_method
from omegaconf import DictConfig, OmegaConf
from pandas.api.types import is_object_dtype

from ..prepare import prepare
from ..tools.errors import Refusal

log = logging.getLogger(__name__)

SEPARATORS = ",;\t|"
READERS: dict[str, Callable[..., Any]] = {
    "csv": pd.read_csv,
    "excel": pd.read_excel,
    "json": pd.read_json,
    "parquet": pd.read_parquet,
}


def is_here(data: DictConfig) -> bool:
    """Return whether the raw table is on this machine; scikit-learn's own always is."""
    return data.format == "sklearn" or Path(data.path).is_file()


def read_raw(data: DictConfig) -> pd.DataFrame:
    """Read the raw table.

    Args:
        data: the `data` group: path, format and the reader's options.

    Raises:
        Refusal: if it can't be read as a table of at least one row.
    """
    if data.format == "sklearn":
        return cast(pd.DataFrame, get_method(data.path)(as_frame=True).frame)
    path = Path(data.path)
    if not is_here(data):
        raise Refusal(f"{path} is not there; run `dvc pull`, or set data.path to your table")
    if data.format not in READERS:
        raise Refusal(f"data.format is {data.format}, not one of: {', '.join(READERS)}, sklearn")
    options = cast(dict[str, Any], OmegaConf.to_container(data.read, resolve=True))
    try:
        # With `features`, columns are chosen by the names that pandas makes.
        if data.format == "csv" and data.get("features") is None:
            _refuse_repeated_names(path, options)
        table = cast(pd.DataFrame, READERS[data.format](path, **options))
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
    if table.empty:
        raise Refusal(f"{path} has a header but no rows")
    _refuse_wrong_separator(path, table)
    _refuse_lists(path, table)
    return table.set_axis([str(name) for name in table.columns], axis=1)


def read_prepared(data: DictConfig) -> pd.DataFrame:
    """Read the raw table's rows that are to be learned from, with their target.

    Raises:
        Refusal: if the table can't be read, or `prepare` can't make anything of it.
    """
    raw = read_raw(data)
    try:
        table = prepare(raw)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        raise Refusal(f"prepare.py can't work on {data.path} ({reason}); mend either") from error
    if table.empty:
        raise Refusal(f"prepare.py leaves none of the {len(raw)} rows of {data.path}")
    if data.target not in table:
        names = ", ".join(map(str, table.columns))
        raise Refusal(f"{data.path} has no column {data.target!r} (data.target), only: {names}")
    if len(table) < len(raw):
        log.info("%d of %d rows are left out by prepare.py", len(raw) - len(table), len(raw))
    return table


def _refuse_repeated_names(path: Path, options: dict[str, Any]) -> None:
    if options.get("header", 0) != 0 or "names" in options:
        return
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
