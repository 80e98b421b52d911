"""features.py, loaded a second time with stand-ins for pandas and for the steps' tools."""

import builtins
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from traceback import walk_tb
from types import SimpleNamespace
from typing import Any

import numpy as np

from ...data.schema import Column as OfSchema
from ...data.schema import Schema
from ...steps import Steps as Transformer
from ...steps import unique_names
from ..base import Columns, Unknown
from . import steps
from .columns import Array, Column, column, objects
from .constants import Matrix
from .functions import Pandas
from .tables import Table, table

PACKAGE = __package__.partition(".")[0]
PLAIN = str | int | float | None
OWN = {"Learned": steps.Learned, "Steps": steps.Steps, "as_read": steps.as_read}


class Absent:
    """Stands in for what a module that is not known would give."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Absent(f"{self._name}.{name}")

    def __call__(self, *args: Any, **options: Any) -> Any:
        """What is made to be fitted, which rows never reach; else raise that it is not known."""
        given = [*args, *options.values()]
        is_class = self._name.rpartition(".")[2][:1].isupper()
        if is_class and all(isinstance(each, PLAIN) for each in given):
            return Absent(self._name)
        raise Unknown(self._name)

    def _unknown(self, *_: Any) -> Any:
        raise Unknown(self._name)

    __bool__ = __iter__ = __len__ = __eq__ = __ne__ = __lt__ = __contains__ = _unknown
    __getitem__ = __array__ = __float__ = __int__ = __str__ = _unknown
    __hash__ = None  # type: ignore[assignment]

    def __mro_entries__(self, _: Any) -> Any:
        raise Unknown(self._name)


class LightFeatures:
    """The feature steps on few rows, without pandas.

    Args:
        transformer: the fitted steps of this package's features.py.
        schema: of the raw table.

    Raises:
        Unknown: if features.py can't be loaded so.
    """

    def __init__(self, transformer: Transformer, schema: Schema) -> None:
        self.columns = [schema[name] for name in transformer.columns_in_]
        self.source = Path(str(import_module(f"{PACKAGE}.features").__file__))
        self.learned = steps.Learned(transformer.learned_)
        self.steps = self.load(type(transformer))

    def load(self, of: type) -> Callable[..., Any]:
        """The function of rows and what was learned."""
        if of.__module__ != f"{PACKAGE}.features":
            raise Unknown(f"steps that {of.__module__} defines")
        names = {
            "__name__": of.__module__,
            "__package__": PACKAGE,
            "__file__": str(self.source),
            "__builtins__": {**vars(builtins), "__import__": _import},
        }
        code = compile(self.source.read_bytes(), str(self.source), "exec")
        exec(code, names)  # noqa: S102  # nosec B102 - the package's own module
        found: Callable[..., Any] = names[of.__qualname__]().steps  # type: ignore[operator]
        return found

    def __call__(self, columns: Columns) -> tuple[Columns, int]:
        """The features of rows by name (of a matrix, by number), and how many rows there are.

        Raises:
            Unknown: if it is not known what pandas gives; its message says where and why.
        """
        parts = {each.name: read(columns[each.name], each) for each in self.columns}
        rows = len(next(iter(columns.values())))
        try:
            with np.errstate(all="ignore"):
                return by_name(self.steps(table(parts, rows), self.learned)), rows
        except Unknown as unknown:
            raise Unknown(self._used(unknown)) from None

    def _used(self, unknown: Unknown) -> str:
        """What is not known, and where it is used."""
        places = [
            f"{frame.f_code.co_name}, line {line}, uses {unknown}"
            for frame, line in walk_tb(unknown.__traceback__)
            if frame.f_code.co_filename == str(self.source)
        ]
        return places[-1] if places else str(unknown)


def read(values: Sequence[Any], of: OfSchema) -> Column:
    """Checked values as the pipeline's frame has them."""
    gaps = None in values
    if of.type in ("number", "integer"):
        found: Array = np.array(values, dtype=float)
        return column(found.astype(np.int64) if of.type == "integer" and not gaps else found)
    if of.type == "boolean":
        return column(objects(values) if gaps else np.array(values, dtype=bool))
    if of.type == "datetime":
        return column(np.array(values, dtype="M8[us]"))
    return column(objects([np.nan if each is None else each for each in values]))


def by_name(features: Any) -> dict[str, Any]:
    """The columns of what the steps give."""
    if isinstance(features, Table):
        names = unique_names(list(features.parts_))
        return {
            str(name): each.tolist() if each.cells.dtype.kind == "M" else each.decoded()
            for name, each in zip(names, features.parts_.values(), strict=True)
        }
    if isinstance(features, Matrix):
        features = features.matrix
    if not isinstance(features, np.ndarray) or features.ndim != 2:
        raise Unknown("features that are no table")
    return {str(at): features[:, at] for at in range(features.shape[1])}


def _import(
    name: str, globals_: Any = None, locals_: Any = None, names: Any = (), level: int = 0
) -> Any:
    """What an import statement of features.py gets."""
    whole = name if names else name.partition(".")[0]
    if level:
        if name == "steps":
            return SimpleNamespace(**{each: OWN.get(each, Absent(each)) for each in names})
        return SimpleNamespace(**{each: Absent(f"{name}.{each}") for each in names})
    if name == "pandas":
        return Pandas()
    if name.partition(".")[0] == "numpy" or name.partition(".")[0] in sys.stdlib_module_names:
        return builtins.__import__(name, globals_, locals_, names, level)
    if names:
        return SimpleNamespace(**{each: Absent(f"{whole}.{each}") for each in names})
    return Absent(whole)
