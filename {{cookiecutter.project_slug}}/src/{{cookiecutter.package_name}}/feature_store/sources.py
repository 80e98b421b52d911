"""The tables that Feast reads: key, time and features of each source, as Parquet."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
from omegaconf import DictConfig, OmegaConf
from pandas.api.types import is_datetime64_any_dtype, is_integer_dtype

from ..data.schema import Schema
from ..data.tables import write_table
from ..stages.ingest import read_prepared
from ..tools.errors import Refusal
from ..tools.paths import CONF

FOLDER = Path(".feast/sources")
TABLE = "table"  # the raw one, as a source
READERS: dict[str, Callable[..., Any]] = {".csv": pd.read_csv, ".parquet": pd.read_parquet}


def write_sources(cfg: DictConfig) -> pd.DataFrame:
    """Write each source, with the features that it has; a further source's come before the table's.

    Args:
        cfg: the configuration.

    Returns:
        The raw table's rows: with key and time in the store's types, and all other columns.

    Raises:
        Refusal: if the table can't be joined by key and time.
    """
    if cfg.feature_store.key is None or cfg.feature_store.time is None:
        raise Refusal(
            "feature_store.key and feature_store.time are null: a store joins by whom a row is "
            "about, and when its values were known; name both in conf/feature_store/default.yaml"
        )
    schema = Schema.load()
    key, time = cfg.feature_store.key, cfg.feature_store.time
    if time in schema.features:
        raise Refusal(
            f"{time} is feature_store.time, and a feature, which a request with the key alone has "
            "not; leave it out of `features` in conf/data, then `make schema`"
        )
    data = raw_data(cfg.feature_store.table)
    rows = _keyed(read_prepared(data), data.path, key, time)
    sources = cfg.feature_store.sources
    tables = {name: _read(Path(path), key, time) for name, path in sources.items()}
    if TABLE in tables:
        raise Refusal(f"a source can't be named {TABLE}, which is the raw table's name")
    _refuse_repeated(rows, data.path, key, time)
    tables[TABLE] = rows
    left = [name for name in schema.features if name != key]
    FOLDER.mkdir(parents=True, exist_ok=True)
    for old in FOLDER.glob("*.parquet"):
        old.unlink()
    for name, table in tables.items():
        own = [column for column in left if column in table]
        left = [column for column in left if column not in own]
        if own:
            write_table(FOLDER / f"{name}.parquet", _typed(table[[key, time, *own]], schema))
    if left:
        raise Refusal(f"no source has {', '.join(left)}, which data/schema.yaml lists")
    return rows


def raw_data(table: str) -> DictConfig:
    """The choice of `data` that describes the raw table, while another is chosen.

    Raises:
        Refusal: if there is none of that name.
    """
    file = CONF / "data" / f"{table}.yaml"
    if not file.is_file():
        raise Refusal(f"feature_store.table is {table}, and there is no conf/data/{table}.yaml")
    data = OmegaConf.load(file)
    assert isinstance(data, DictConfig)
    return data


def _read(path: Path, key: str, time: str) -> pd.DataFrame:
    if path.suffix not in READERS:
        raise Refusal(f"{path} is no source: it has to be a .csv or .parquet file")
    try:
        table = READERS[path.suffix](path)
    except (OSError, ValueError) as error:
        raise Refusal(f"{path} can't be read: {error}") from None
    table = _keyed(table, str(path), key, time)
    _refuse_repeated(table, str(path), key, time)
    return table


def _keyed(table: pd.DataFrame, path: str, key: str, time: str) -> pd.DataFrame:
    """A table with its key as text or whole numbers, and its time in UTC.

    Raises:
        Refusal: if it has not both in every row.
    """
    for name in (key, time):
        if name not in table:
            columns = ", ".join(map(str, table.columns))
            raise Refusal(f"{path} has no column {name!r} to join by, only: {columns}")
        if missing := int(table[name].isna().sum()):
            raise Refusal(f"{name} is missing in {missing} rows of {path}: they can't be joined")
    keys = table[key]
    try:
        times = table[time]
        if not is_datetime64_any_dtype(times):
            times = pd.to_datetime(times.astype(str), format="ISO8601")
        times = pd.to_datetime(times, utc=True)
    except ValueError as error:
        raise Refusal(f"{time} of {path} is no date and time: {error}") from None
    return table.assign(
        **{key: keys if is_integer_dtype(keys) else keys.astype(str), time: times}
    ).reset_index(drop=True)


def _refuse_repeated(table: pd.DataFrame, path: str, key: str, time: str) -> None:
    repeated = table[table.duplicated([key, time])]
    if len(repeated):
        first = repeated.iloc[0]
        raise Refusal(
            f"{len(repeated)} rows of {path} repeat {key} and {time} of another, such as "
            f"{first[key]} at {first[time]}: which of them counts, nobody can tell"
        )


def _typed(table: pd.DataFrame, schema: Schema) -> pd.DataFrame:
    """Features in the types of the store's views."""
    types = {column.name: column.type for column in schema.columns}
    made: dict[str, Any] = {}
    for name in table.columns[2:]:
        match types[str(name)]:
            case "number" | "integer":
                made[str(name)] = pd.to_numeric(table[name], errors="coerce").astype("float64")
            case "boolean":
                made[str(name)] = table[name].astype("boolean")
            case "datetime":
                made[str(name)] = pd.to_datetime(table[name], utc=True)
            case _:
                made[str(name)] = table[name].astype("string")
    return table.assign(**made)
