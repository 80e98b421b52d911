"""`steps` on few rows: reading and what was learned, as features.py imports them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..base import Unknown
from . import times  # noqa: F401 - adds `Series.dt`
from .columns import Column, Kinds, categorised, column, inferred, is_missing
from .constants import Constant, constant
from .functions import cut, get_dummies, to_datetime
from .tables import Table, made, table


class Learned:
    """What was learned while fitting.

    Args:
        known: the values by name.
    """

    def __init__(self, known: Mapping[str, Any]) -> None:
        self.known = {name: constant(value) for name, value in known.items()}
        self.kinds: dict[tuple[str, bool], list[Kinds]] = {}
        self.fitting = False

    def __call__(self, name: str, make: Any) -> Any:
        """The value of that name."""
        return self.known[name]

    def __getattr__(self, name: str) -> Any:
        raise Unknown(f"learn.{name}")

    def category(self, name: str, values: Any, columns: Any = None) -> Any:
        """As `Learned.category`."""
        one = isinstance(values, Column)
        if (name, one) not in self.kinds:
            known = [self.known[name]] if one else self.known[name]
            self.kinds[name, one] = [Kinds(tuple(kinds), ordered) for kinds, ordered in known]
        if one:
            return categorised(values, *self.kinds[name, one])
        parts = dict(values.parts_)
        for each, kinds in zip(
            parts if columns is None else columns, self.kinds[name, one], strict=True
        ):
            parts[each] = categorised(values[each], kinds)
        return table(parts, values.rows_)

    def get_dummies(self, name: str, data: Any, columns: Any = None, **options: Any) -> Table:
        """As `Learned.get_dummies`."""
        if not isinstance(data, Table):
            return get_dummies(self.category(name, made(data, len(data), None)), **options)
        chosen = self.known[f"{name}.columns"] if columns is None else columns
        chosen = [each for each in chosen if each in data.parts_]
        return get_dummies(self.category(name, data, chosen), columns=chosen, **options)

    def factorize(self, name: str, values: Any, **_: Any) -> tuple[Any, Any]:
        """As `Learned.factorize`."""
        known = self.known[name]
        numbers = {value: number for number, value in enumerate(known)}
        listed = np.asarray(values).tolist()
        if any(map(is_missing, listed)):
            raise Unknown("learn.factorize of a gap")
        return np.array([numbers.get(value, -1) for value in listed]), known

    def cut(self, name: str, values: Any, bins: int, **options: Any) -> Any:
        """As `Learned.cut`."""
        low, high, edges = self.known[name]
        return self._binned(name, values.clip(low, high), edges, **options)

    def qcut(self, name: str, values: Any, q: Any, **options: Any) -> Any:
        """As `Learned.qcut`."""
        options.pop("duplicates", None)
        edges = self.known[name]
        inside = values.clip(edges[0], edges[-1])
        return self._binned(name, inside, edges, include_lowest=True, **options)

    def _binned(self, name: str, values: Any, edges: list[Any], **options: Any) -> Any:
        binned = cut(values, edges, **options)
        if options.get("labels") is False and self.known[f"{name}.gaps"]:
            return binned.astype(float)
        return binned

    def to_datetime(self, name: str, values: Any, **options: Any) -> Any:
        """As `Learned.to_datetime`."""
        return to_datetime(values, format=self.known[name], **options)

    def by_group(self, name: str, rows: Any, keys: Any, column_: Any, how: Any) -> Any:
        """As `Learned.by_group`."""
        known = self.known[name]
        if not isinstance(known, Constant) or not isinstance(known.value, pd.Series):
            raise Unknown("learn.by_group of several columns")
        each = [keys] if isinstance(keys, str | Column) else list(keys)
        parts = [rows[one] if isinstance(one, str) else one for one in each]
        lists = [part.tolist() for part in parts]
        groups = lists[0] if len(lists) == 1 else list(zip(*lists, strict=True))
        images = known.as_dict()
        found = inferred([images.get(group, np.nan) for group in groups])
        kind = known.value.dtype
        if isinstance(kind, np.dtype) and kind.kind == "f":
            found = found.astype(float)
        return column(found, known.value.name)


def as_read(
    X: Table,
    columns: Iterable[Any],
    known: Mapping[str, Any] | None = None,
    dates: Sequence[str] = (),
) -> Table:
    """As `steps.as_read`."""
    parts = {}
    known = {name: values for name, values in (known or {}).items() if values is not None}
    if not all(isinstance(values, str) for values in known.values()):
        raise Unknown("values that are known while fitting")
    for name in columns:
        of = X.parts_.get(str(name))
        if of is not None and of.cells.dtype.kind == "M" and str(name) not in dates:
            of = _written(of)
        if str(name) in known:
            of = column(np.full(X.rows_, known[str(name)], dtype=object), name)
        parts[name] = column(np.zeros(X.rows_, dtype=np.int64), name) if of is None else of
    return table(parts, X.rows_)


def _written(of: Column) -> Column:
    """Times as texts; days alone, which pandas writes as such."""
    days = of.cells.astype("M8[D]")
    if not (days == of.cells).all():
        raise Unknown("times as texts")
    return of.with_array(days.astype(str).astype(object))


class Steps:
    """Stands in for the transformer: only its steps are called."""
