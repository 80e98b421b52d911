"""Makes this machine look like the one that a notebook was written on, while `cells` runs it.

Its files are found here, under whatever name, and libraries that only display something have
stand-ins.
"""

import builtins
import functools
import importlib
import inspect
import os
import sys
from collections.abc import Callable, Mapping
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import pandas as pd

# Libraries that only display something, or belong to another machine: where one is not installed,
# a stand-in takes its place.
STOOD_IN_FOR = (
    "cufflinks",
    "dtreeviz",
    "google.colab",
    "graphviz",
    "kaggle",
    "matplotlib",
    "missingno",
    "opendatasets",
    "pandas_profiling",
    "plotly",
    "pydotplus",
    "scikitplot",
    "seaborn",
{%- if cookiecutter.__data_url %}
    "sqlalchemy",
{%- endif %}
    "sweetviz",
    "wordcloud",
    "ydata_profiling",
    "yellowbrick",
)
TEXT_READERS = ("loadtxt", "genfromtxt")  # of numpy
READERS = ("read_csv", "read_table", "read_excel", "read_json", "read_parquet", "read_feather")
{%- if cookiecutter.__data_url %}
QUERYING = ("read_sql", "read_sql_query", "read_sql_table")
{%- endif %}

files: dict[str, str] = {}  # their local paths, by the names that the notebook uses


def prepare(data: Mapping[str, str]) -> None:
    """Let the notebook find its files and its libraries.

    Args:
        data: local paths of its files, by the names that it uses.
    """
    files.clear()
    files.update(data)
    os.environ.update(MPLBACKEND="Agg", PLOTLY_RENDERER="json", WANDB_MODE="disabled")
    sys.meta_path.append(_StandIns())
    pd.set_option("future.infer_string", False)  # notebooks expect texts to be objects
    for name in READERS:
        setattr(pd, name, reading_locally(getattr(pd, name)))
    for name in TEXT_READERS:
        setattr(np, name, reading_locally(getattr(np, name)))
{%- if cookiecutter.__data_url %}
    for name in QUERYING:
        setattr(pd, name, _reading_snapshot(getattr(pd, name)))
{%- endif %}
    setattr(importlib.import_module("seaborn"), "load_dataset", _load_dataset)  # noqa: B010
    importlib.import_module("google.colab").files.upload = uploaded_files
    open_locally()


def open_locally() -> None:
    """Open the notebook's files, and make the folders that it writes files to."""
    original = builtins.open

    @functools.wraps(original)
    def open_(file: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
        is_path = isinstance(file, str | os.PathLike) and not Path(os.fsdecode(file)).is_absolute()
        if is_path and set(mode) & set("wax"):
            Path(os.fsdecode(file)).parent.mkdir(parents=True, exist_ok=True)
            return original(file, mode, *args, **options)
        return original(_local_path(file) or file, mode, *args, **options)

    setattr(builtins, "open", open_)  # noqa: B010


def reading_locally(original: Callable[..., Any]) -> Callable[..., Any]:
    """A reader of pandas or numpy that finds the notebook's files on this machine."""
    signature = inspect.signature(original)
    first = next(iter(signature.parameters))
    read_csv, read_parquet = pd.read_csv, pd.read_parquet

    @functools.wraps(original)
    def read(*args: Any, **options: Any) -> Any:
        given = signature.bind(*args, **options)
        here = _local_path(given.arguments.get(first))
        if here is None:
            return original(*args, **options)
        if here.suffix == ".parquet":
            return read_parquet(here)
        reads_text = original.__name__ in ("read_csv", "read_table", *TEXT_READERS)
        if here.suffix in (".csv", ".tsv") and not reads_text:
            return read_csv(here, sep=None, engine="python")
        given.arguments[first] = here
        return original(*given.args, **given.kwargs)

    return read


{% if cookiecutter.__data_url -%}
def _reading_snapshot(original: Callable[..., Any]) -> Callable[..., Any]:
    """A reader of pandas that takes the snapshot for the query that it was taken of."""
    signature = inspect.signature(original)

    @functools.wraps(original)
    def read(*args: Any, **options: Any) -> Any:
        given = signature.bind(*args, **options).arguments
        asked = given.get("sql", given.get("table_name"))
        here = files.get(" ".join(str(asked).split()).rstrip("; "))
        if here is None and isinstance(asked, MagicMock):  # of SQLAlchemy, which is not installed
            here = next(iter(files.values()))
        if here is None:
            return original(*args, **options)
        rows = pd.read_parquet(here)
        index = given.get("index_col")
        return rows if index is None else rows.set_index(index)

    return read


{% endif -%}
def _local_path(source: Any) -> Path | None:
    """The local path of a file that the notebook names by another machine's path or by a URL."""
    if not isinstance(source, str | os.PathLike):
        return None
    if not Path(source).is_absolute() and Path(source).exists():
        return None
    for name, here in files.items():
        if file_name(str(source)) == file_name(name):
            return Path(here)
    return None


def file_name(name: str) -> str:
    """The last part of a path or an address, as any system writes it."""
    return name.partition("?")[0].replace("\\", "/").rpartition("/")[2]


def _load_dataset(name: str, **_: Any) -> pd.DataFrame:
    return pd.read_csv(_local_path(name) or _local_path(f"{name}.csv") or name)


def uploaded_files() -> dict[str, bytes]:
    """The content of each file, as a person would have given it to Colab."""
    return {file_name(name): Path(here).read_bytes() for name, here in files.items()}


class _StandIns(MetaPathFinder, Loader):
    """Imports stand-ins for libraries of `STOOD_IN_FOR` that are not installed."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        for library in STOOD_IN_FOR:
            if f"{library}.".startswith(f"{name}.") or name.startswith(f"{library}."):
                return ModuleSpec(name, self, is_package=True)
        return None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _StandIn(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


class _StandIn(ModuleType):
    """A module that has every attribute; none does anything."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        setattr(self, name, MagicMock(name=f"{self.__name__}.{name}"))
        return getattr(self, name)
