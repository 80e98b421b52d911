"""Feature steps that learn from training rows, and apply what they learned to later rows.

A step gets `learn` and wraps what it takes from many rows at once, so that the same step gives
one row what it gives the whole table:

    df["age"] = df["age"].fillna(learn("age_median", lambda: df["age"].median()))
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import copy
from datetime import date, datetime
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from pandas.api import types
from pandas.tseries.api import guess_datetime_format
from sklearn import preprocessing
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

SEEN = 1_000  # different dates that a format is guessed from

_TIMES: dict[str, Callable[[str], Any]] = {
    "Timestamp": pd.Timestamp,
    "Timedelta": pd.Timedelta,
    "datetime": datetime.fromisoformat,
    "date": date.fromisoformat,
}


class Learned:
    """Values that are made once, while fitting, and only looked up from then on."""

    def __init__(self, known: dict[str, Any] | None = None, fitting: bool = False) -> None:
        self.known = {} if known is None else known
        self.fitting = fitting

    def __call__(self, name: str, make: Callable[[], Any]) -> Any:
        """The value of that name; while fitting, `make` makes it.

        A table or a container is a copy, which steps may change: what was learned stays.

        Raises:
            KeyError: if it was never learned.
        """
        if self.fitting and name not in self.known:
            self.known[name] = without_indexes(make())
        known = self.known[name]
        if isinstance(known, pd.DataFrame | pd.Series):
            return known.copy()
        return copy(known) if type(known) in (dict, list, set, np.ndarray) else known

    def category(self, name: str, values: Any, columns: Sequence[Any] | None = None) -> Any:
        """As ``values.astype("category")``, with the categories of the training rows.

        Args:
            name: of what is learned.
            values: a series, or a table.
            columns: those of the table that become categories; None: all of them.
        """
        if isinstance(values, pd.Series):
            known = self(name, lambda: _categories(values))
            return values.astype(pd.CategoricalDtype(*known))
        chosen = list(values.columns if columns is None else columns)
        each = self(name, lambda: [_categories(values[c]) for c in chosen])
        types_ = {c: pd.CategoricalDtype(*known) for c, known in zip(chosen, each, strict=True)}
        return values.astype(types_)

    def get_dummies(
        self, name: str, data: Any, columns: Any = None, **options: Any
    ) -> pd.DataFrame:
        """As ``pandas.get_dummies``, with the categories of the training rows.

        Args:
            name: of the learned values.
            data: a series, or a table.
            columns: of the table, those that are not there left out; None: its texts.
            options: of pandas.
        """
        if not isinstance(data, pd.DataFrame):
            dummies = pd.get_dummies(self.category(name, pd.Series(data)), **options)
            return dummies.set_axis(list(dummies.columns), axis=1)
        if columns is None:
            chosen = self(f"{name}.columns", lambda: [c for c in data.columns if _is_text(data[c])])
        else:
            chosen = [c for c in columns if c in data]  # a target among them is not here
        return pd.get_dummies(self.category(name, data, chosen), columns=chosen, **options)

    def factorize(self, name: str, values: Any, **options: Any) -> tuple[Any, Any]:
        """As ``pandas.factorize``, numbered as in the training rows; what is new is -1."""
        known = self(name, lambda: list(pd.factorize(np.asarray(values), **options)[1]))
        numbers = {value: number for number, value in enumerate(known)}
        return np.array([numbers.get(value, -1) for value in np.asarray(values)]), known

    def cut(self, name: str, values: Any, bins: int, **options: Any) -> Any:
        """As ``pandas.cut`` into equal bins, between the edges of the training rows.

        Args:
            name: of the learned values.
            values: numbers, a row each.
            bins: how many.
            options: of pandas.
        """
        how = {key: options[key] for key in ("right", "include_lowest") if key in options}
        low, high, edges = self(
            name,
            lambda: [
                np.nanmin(values),
                np.nanmax(values),
                list(pd.cut(values, bins, retbins=True, **how)[1]),
            ],
        )
        return self._binned(name, np.clip(values, low, high), edges, **options)

    def qcut(self, name: str, values: Any, q: Any, **options: Any) -> Any:
        """As ``pandas.qcut``, between the quantiles of the training rows.

        Args:
            name: of the learned values.
            values: numbers, a row each.
            q: how many quantiles, or which.
            options: of pandas.
        """
        duplicates = options.pop("duplicates", "raise")
        made = {"retbins": True, "duplicates": duplicates}
        edges = self(name, lambda: list(pd.qcut(values, q, **made)[1]))
        inside = np.clip(values, edges[0], edges[-1])
        return self._binned(name, inside, edges, include_lowest=True, **options)

    def _binned(self, name: str, values: Any, edges: list[Any], **options: Any) -> Any:
        binned = pd.cut(values, edges, **options)
        # Numbers of bins are whole unless some are missing, which one row alone does not show.
        if options.get("labels") is False and self(f"{name}.gaps", lambda: _has_gaps(binned)):
            return binned.astype(float)
        return binned

    def draw(self, name: str, size: int, make: Callable[[int], Any]) -> Any:
        """Random numbers for training rows; later rows get the middle one of those, each the same.

        Args:
            name: of what is learned.
            size: how many to give.
            make: draws so many, with NumPy's own generator, which is seeded for it.
        """
        if not (self.fitting and name not in self.known):
            return np.full(size, self(name, lambda: None))
        state = np.random.get_state()  # noqa: NPY002
        np.random.seed(0)  # noqa: NPY002 - a training can be repeated
        drawn = np.asarray(make(max(size, 1)))
        np.random.set_state(state)  # noqa: NPY002
        self.known[name] = np.sort(drawn)[len(drawn) // 2].item()
        return drawn[:size]

    def to_datetime(self, name: str, values: Any, **options: Any) -> Any:
        """As ``pandas.to_datetime``, in the format of the training rows' dates.

        Pandas takes it from the first row, and one row alone may be read in another: 01/05 is in
        January by itself, and in May below a 24/04.

        Args:
            name: of what is learned.
            values: dates as texts; others are turned into dates as pandas does.
            options: of pandas.
        """
        form = self(name, lambda: _date_format(values, bool(options.get("dayfirst"))))
        texts = isinstance(values, pd.Series) and types.is_string_dtype(values.dtype)
        return pd.to_datetime(values, format=form if texts else None, **options)

    def by_group(self, name: str, rows: Any, keys: Any, column: Any, how: Any) -> Any:
        """As ``rows.groupby(keys)[column].transform(how)``, with the training rows' groups.

        Args:
            name: of what is learned.
            rows: a table, or the series itself.
            keys: names of columns, or series beside the rows.
            column: of the table, or several; None if the rows are a series.
            how: as pandas takes it.
        """
        each = [keys] if isinstance(keys, str | pd.Series) else list(keys)
        key = [rows[one] if isinstance(one, str) else one for one in each]

        def aggregates() -> Any:
            groups = rows.groupby(key, observed=True)
            return (groups if column is None else groups[column]).agg(how)

        where = key[0] if len(key) == 1 else pd.MultiIndex.from_frame(pd.concat(key, axis=1))
        return self(name, aggregates).reindex(where).set_axis(rows.index)


class Steps(TransformerMixin, BaseEstimator):
    """A transformer made of steps that learn while it is fitted.

    Args:
        known: values that are known beforehand, by name; they are not learned again.

    Attributes:
        slow: whether each row takes so long that few should be asked for.
    """

    slow: ClassVar[bool] = False

    def __init__(self, known: Mapping[str, Any] | None = None) -> None:
        self.known = known

    def steps(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> Any:
        """Turn raw rows into features.

        Args:
            X: raw rows.
            learn: learns while fitting, and looks up afterwards.
            y: the target while fitting; None otherwise.
        """
        raise NotImplementedError

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Learn what the steps need from the training rows."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: pd.DataFrame, y: Any = None, **_: Any) -> Any:
        """Learn, and give the training rows' features."""
        learn = Learned(dict(self.known or {}), fitting=True)
        self.columns_in_ = list(X.columns)
        result = self._run(X, learn, y)
        self.learned_ = learn.known
        return result

    def transform(self, X: pd.DataFrame) -> Any:
        """Apply the steps to raw rows."""
        check_is_fitted(self)
        return self._run(X, Learned(self.learned_))

    def _run(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> Any:
        # Rows are numbered, so that their order can be told, whatever their index was.
        if isinstance(y, pd.Series):
            y = y.reset_index(drop=True)
        try:
            result = self.steps(X[self.columns_in_].reset_index(drop=True), learn, y)
        except Exception as error:
            self._note_row(X, learn.fitting, y, error)
            raise
        if not isinstance(result, pd.DataFrame):
            return result
        rows = pd.RangeIndex(len(X))
        if not result.index.equals(rows) and set(result.index) == set(rows):
            result = result.sort_index()  # steps may sort; a row stays beside its target
        return result.set_axis(X.index).set_axis(unique_names(result.columns), axis=1)

    def _note_row(self, X: pd.DataFrame, fitting: bool, y: Any, error: Exception) -> None:
        """Note the row that an exception comes from, if one alone gives the same.

        Args:
            X: raw rows.
            fitting: whether the steps were learning.
            y: the target while fitting.
            error: what they raised.
        """

        def run(rows: slice) -> None:
            known = dict(self.known or {}) if fitting else self.learned_
            part = y if y is None else pd.Series(np.asarray(y)[rows])
            some = X[self.columns_in_].iloc[rows].reset_index(drop=True)
            self.steps(some, Learned(known, fitting), part)

        row = failing_row(len(X), run, error)
        if row is not None:
            error.add_note(f"row {X.index[row]} of those that it gets")

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if "learned_" in state:
            state["learned_"] = packed(state["learned_"])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "learned_" in state:
            self.learned_ = unpacked(state["learned_"])


def _date_format(values: Any, day_first: bool) -> str | None:
    """The format of dates, as pandas guesses it from one of them, by which most can be read.

    Args:
        values: texts; of anything else there is no format.
        day_first: whether 01/05 is in May.
    """
    if not isinstance(values, pd.Series):
        return None
    texts = values.dropna().drop_duplicates()
    if not texts.map(lambda value: isinstance(value, str)).all():
        return None
    best, most, left = None, len(texts) / 2, texts.iloc[:SEEN]
    while len(left):
        guessed = guess_datetime_format(left.iloc[0], dayfirst=day_first)
        left = left.iloc[1:]
        if guessed:
            read = pd.to_datetime(texts, format=guessed, errors="coerce").notna()
            left = left[~read[left.index]]
            if read.sum() > most:
                best, most = guessed, read.sum()
    return best


def failing_row(rows: int, run: Callable[[slice], Any], error: Exception) -> int | None:
    """The first row that fails alone as all rows did, by halving; None if there is none.

    Args:
        rows: how many there are.
        run: what failed, for some of them.
        error: how it failed for all.
    """

    def fails(part: slice) -> bool:
        try:
            run(part)
        except Exception as other:
            return type(other) is type(error) and str(other) == str(error)
        return False

    low, high = 0, rows
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if fails(slice(low, middle)) else (middle, high)
    return low if rows and fails(slice(low, high)) else None


def unique_names(columns: Iterable[Any]) -> list[Any]:
    """Names that scikit-learn takes: each once, and texts if one of them is."""
    names = list(columns)
    if any(isinstance(name, str) for name in names):
        names = [str(name) for name in names]
    if len(set(names)) == len(names):
        return names
    seen: Counter[Any] = Counter()
    for at, name in enumerate(names):
        seen[name] += 1
        if seen[name] > 1:
            names[at] = f"{name}_{seen[name]}"
    return names


def as_read(
    X: pd.DataFrame,
    columns: Iterable[Any],
    known: Mapping[str, Any] | None = None,
    dates: Sequence[str] = (),
) -> pd.DataFrame:
    """Rows as the notebook read them: every column in its place, texts as objects, rows numbered.

    Columns that are not given, such as the target, are 0.

    Args:
        X: raw rows.
        columns: all columns of the notebook's table.
        known: values of others that are known while fitting (None otherwise): the target's; or
            a text, where a column of texts is not given.
        dates: columns that the notebook read as dates; all others are texts.
    """
    columns = list(columns)
    names = [str(name) for name in columns]
    table = X.reindex(columns=names, fill_value=0).reset_index(drop=True)
    for name, values in (known or {}).items():
        if values is not None:
            table[name] = values if isinstance(values, str) else np.asarray(values)
    times = [name for name in names if types.is_datetime64_any_dtype(table[name])]
    written = [name for name in times if name not in dates]
    texts = [name for name in names if types.is_string_dtype(table[name])]
    table = table.astype(dict.fromkeys(written, "str"))
    table = table.astype(dict.fromkeys([*written, *texts], "object"))
    return table.set_axis(list(columns), axis=1)


def packed(value: Any) -> Any:
    """A learned value as what a model file can hold: pandas objects become plain dicts."""
    match value:
        case pd.DataFrame():
            columns = [packed(value.iloc[:, number]) for number in range(value.shape[1])]
            return {"pandas": "frame", "columns": columns, "names": packed(value.columns)}
        case pd.Series():
            return {
                "pandas": "series",
                "values": _packed_values(value),
                "index": packed(value.index),
                "name": packed(value.name),
            }
        case pd.MultiIndex():
            names = list(value.names)
            return {"pandas": "indexes", "values": packed(value.tolist()), "names": names}
        case pd.Index():
            values = _packed_values(value.to_series())
            return {"pandas": "index", "values": values, "name": packed(value.name)}
        case pd.api.extensions.ExtensionArray():
            return {"pandas": "array", "values": _packed_values(pd.Series(value))}
        case np.ndarray() if value.dtype.kind in "OMm":
            values = [packed(item) for item in value.ravel().tolist()]
            kind = value.dtype.str
            if value.dtype.kind in "Mm":
                values = value.ravel().astype("int64").tolist()
            return {"pandas": "ndarray", "values": values, "type": kind, "shape": list(value.shape)}
        case pd.CategoricalDtype():
            return {"pandas": "category", "of": packed(value.categories), "ordered": value.ordered}
        case pd.Interval():
            ends = [packed(value.left), packed(value.right)]
            return {"pandas": "interval", "ends": ends, "closed": value.closed}
        case _ if value is pd.NaT or value is pd.NA:
            return {"pandas": "missing", "value": str(value)}
        case np.datetime64():
            return packed(pd.Timestamp(value))
        case np.timedelta64():
            return packed(pd.Timedelta(value))
        case pd.Timedelta() | date():
            return {"pandas": type(value).__name__, "value": value.isoformat()}
        case np.generic():
            return value.item()
        case Counter():
            return {"pandas": "counter", "of": packed(dict(value))}
        case dict():
            pairs = [[packed(key), packed(item)] for key, item in value.items()]
            return {"pandas": "dict", "pairs": pairs}
        case set() | frozenset():
            return {"pandas": "set", "values": [packed(item) for item in value]}
        case tuple():
            return tuple(packed(item) for item in value)
        case list():
            return [packed(item) for item in value]
    return value


def unpacked(value: Any) -> Any:
    """The value that was `packed`."""
    match value:
        case {"pandas": "frame", "columns": columns, "names": names}:
            frame = pd.concat([unpacked(column) for column in columns], axis=1)
            return frame.set_axis(unpacked(names), axis=1)
        case {"pandas": "series", "values": values, "index": index, "name": name}:
            return _unpacked_values(values).set_axis(unpacked(index)).rename(unpacked(name))
        case {"pandas": "indexes", "values": values, "names": names}:
            return pd.MultiIndex.from_tuples(unpacked(values), names=names)
        case {"pandas": "index", "values": values, "name": name}:
            return pd.Index(_unpacked_values(values), name=unpacked(name))
        case {"pandas": "array", "values": values}:
            return _unpacked_values(values).array
        case {"pandas": "ndarray", "values": values, "type": kind, "shape": shape}:
            array = np.empty(len(values), dtype="O" if kind == "|O" else "int64")
            array[:] = unpacked(values)
            return array.astype(kind).reshape(shape)
        case {"pandas": "category", "of": categories, "ordered": ordered}:
            return pd.CategoricalDtype(unpacked(categories), ordered)
        case {"pandas": "interval", "ends": [left, right], "closed": closed}:
            return pd.Interval(unpacked(left), unpacked(right), closed)
        case {"pandas": "missing", "value": name}:
            return pd.NaT if name == "NaT" else pd.NA
        case {"pandas": "Timestamp" | "Timedelta" | "datetime" | "date" as kind, "value": text}:
            return _TIMES[kind](text)
        case {"pandas": "counter", "of": counts}:
            return Counter(unpacked(counts))
        case {"pandas": "dict", "pairs": pairs}:
            return {unpacked(key): unpacked(item) for key, item in pairs}
        case {"pandas": "set", "values": values}:
            return {unpacked(item) for item in values}
        case list() | tuple():
            return type(value)(unpacked(item) for item in value)
    return value


def _packed_values(values: pd.Series) -> Any:
    kind = values.dtype
    if isinstance(kind, np.dtype) and kind.kind not in "OMm":
        return values.to_numpy()
    if isinstance(kind, pd.CategoricalDtype):
        return [values.cat.codes.to_numpy(), packed(kind)]
    return [[packed(value) for value in values], str(kind)]


def _unpacked_values(values: Any) -> pd.Series:
    match values:
        case [codes, dict() as kind]:
            return pd.Series(pd.Categorical.from_codes(codes, dtype=unpacked(kind)))
        case [items, str() as kind]:
            return pd.Series([unpacked(item) for item in items], dtype=kind)
    return pd.Series(values)


def without_indexes(value: Any) -> Any:
    """A value in which estimators' lists of columns are lists, which a model file can hold."""
    match value:
        case BaseEstimator():
            for name, item in vars(value).items():
                setattr(value, name, _as_lists(item))
        case dict():
            for item in value.values():
                without_indexes(item)
    return value


def _as_lists(value: Any) -> Any:
    match value:
        case pd.Index():
            return value.tolist()
        case list():
            return [_as_lists(item) for item in _with_masks(value)]
        case tuple() if type(value) is tuple:
            return tuple(_as_lists(item) for item in _with_masks(value))
        case BaseEstimator():
            return without_indexes(value)
    return value


def _with_masks(items: Iterable[Any]) -> list[Any]:
    """Items of which masks of columns, as transformers are given with them, are lists."""
    return [item.tolist() if isinstance(item, pd.Series) else item for item in items]


def _categories(values: pd.Series) -> list[Any]:
    kind = values.astype("category").cat
    return [list(kind.categories), kind.ordered]


def _has_gaps(values: Any) -> bool:
    return bool(pd.isna(values).any())


def _is_text(column: pd.Series) -> bool:
    return bool(
        types.is_object_dtype(column)
        or types.is_string_dtype(column)
        or isinstance(column.dtype, pd.CategoricalDtype)
    )


class LabelEncoder(preprocessing.LabelEncoder):
    """As scikit-learn's, but a value that the training rows did not have becomes -1."""

    def transform(self, y: Any) -> Any:
        """The values' numbers; shape (rows,)."""
        values = np.asarray(y).ravel()
        if self.classes_.dtype.kind == "U":  # texts, which one row alone may not have
            values = values.astype(str)
        known = pd.Series(values).isin(self.classes_).to_numpy()
        numbers = np.full(len(values), -1)
        numbers[known] = super().transform(values[known])
        return numbers
