"""What feature steps learn from training rows, kept for the rows that come later.

A step gets `learn` and wraps what it takes from many rows at once, so that the same step gives
one row what it gives the whole table:

    df["age"] = df["age"].fillna(learn("age_median", lambda: df["age"].median()))
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from pandas.api import types
from sklearn import preprocessing
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted


class Learned:
    """Values that are made once, while fitting, and only looked up from then on."""

    def __init__(self, values: dict[str, Any] | None = None, fitting: bool = False) -> None:
        self.values = {} if values is None else values
        self.fitting = fitting

    def __call__(self, name: str, make: Callable[[], Any]) -> Any:
        """The value of that name; while fitting, `make` makes it.

        Raises:
            KeyError: if it was never learned.
        """
        if self.fitting and name not in self.values:
            self.values[name] = without_indexes(make())
        return self.values[name]

    def category(self, name: str, values: pd.Series) -> pd.Series:
        """As ``values.astype("category")``, with the categories of the training rows."""
        known = self(name, lambda: list(values.astype("category").cat.categories))
        return values.astype(pd.CategoricalDtype(known))

    def get_dummies(
        self, name: str, data: pd.DataFrame | pd.Series, columns: Any = None, **options: Any
    ) -> pd.DataFrame:
        """As ``pandas.get_dummies``, with the categories of the training rows."""
        frame = data.to_frame() if isinstance(data, pd.Series) else data
        chosen = list(frame.columns if columns is None else columns)
        if columns is None and isinstance(data, pd.DataFrame):
            chosen = self(f"{name}_columns", lambda: [c for c in chosen if _is_text(frame[c])])
        known = self(name, lambda: [list(frame[c].astype("category").cat.categories) for c in chosen])
        typed = frame.astype(
            {c: pd.CategoricalDtype(each) for c, each in zip(chosen, known, strict=True)}
        )
        if isinstance(data, pd.Series):
            dummies = pd.get_dummies(typed[frame.columns[0]], **options)
            return dummies.set_axis(list(dummies.columns), axis=1)
        return pd.get_dummies(typed, columns=chosen, **options)

    def factorize(self, name: str, values: Any, **options: Any) -> tuple[Any, Any]:
        """As ``pandas.factorize``, numbered as in the training rows; what is new is -1."""
        known = self(name, lambda: list(pd.factorize(np.asarray(values), **options)[1]))
        numbers = {value: number for number, value in enumerate(known)}
        return np.array([numbers.get(value, -1) for value in np.asarray(values)]), known

    def cut(self, name: str, values: Any, bins: int, **options: Any) -> Any:
        """As ``pandas.cut`` into equal bins, between the edges of the training rows."""
        edges = self(name, lambda: list(pd.cut(values, bins, retbins=True)[1]))
        return pd.cut(np.clip(values, edges[0] + 1e-12, edges[-1]), edges, **options)

    def qcut(self, name: str, values: Any, q: Any, **options: Any) -> Any:
        """As ``pandas.qcut``, between the quantiles of the training rows."""
        duplicates = options.pop("duplicates", "raise")
        made = {"retbins": True, "duplicates": duplicates}
        edges = self(name, lambda: list(pd.qcut(values, q, **made)[1]))
        return pd.cut(np.clip(values, edges[0], edges[-1]), edges, include_lowest=True, **options)

    def by_group(self, name: str, frame: pd.DataFrame, keys: Any, column: Any, how: Any) -> Any:
        """As ``frame.groupby(keys)[column].transform(how)``, with the training rows' groups."""
        keys = [keys] if isinstance(keys, str) else list(keys)
        table = self(name, lambda: frame.groupby(keys)[column].agg(how).reset_index())
        found = frame[keys].merge(table, on=keys, how="left")[column]
        return found.set_axis(frame.index)


class Steps(TransformerMixin, BaseEstimator):
    """A transformer made of steps that learn while it is fitted.

    Args:
        known: values that are known beforehand, by name; they are not learned again.
    """

    def __init__(self, known: Mapping[str, Any] | None = None) -> None:
        self.known = known

    def steps(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> Any:
        """The steps; `y` is there only while fitting, for what is learned with it."""
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
        self.learned_ = learn.values
        return result

    def transform(self, X: pd.DataFrame) -> Any:
        """Apply the steps to raw rows."""
        check_is_fitted(self)
        return self._run(X, Learned(self.learned_))

    def _run(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> Any:
        result = self.steps(X[self.columns_in_].copy(), learn, y)
        return result.set_axis(X.index) if isinstance(result, pd.DataFrame) else result

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        return {name: packed(value) if name == "learned_" else value for name, value in state.items()}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "learned_" in state:
            self.learned_ = unpacked(state["learned_"])


def as_read(X: pd.DataFrame, columns: Sequence[Any]) -> pd.DataFrame:
    """Rows as the notebook read them: every column in its place, texts as objects, rows numbered.

    Columns that are not given, such as the target, are 0.
    """
    names = [str(name) for name in columns]
    table = X.reindex(columns=names, fill_value=0).reset_index(drop=True)
    dates = [name for name in names if types.is_datetime64_any_dtype(table[name])]
    texts = [name for name in names if types.is_string_dtype(table[name])]
    table = table.astype(dict.fromkeys(dates, "str")).astype(dict.fromkeys([*dates, *texts], "object"))
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
                "values": _array(value),
                "index": packed(value.index),
                "name": value.name,
            }
        case pd.Index():
            return {"pandas": "index", "values": value.tolist(), "names": list(value.names)}
        case dict():
            pairs = [[packed(key), packed(item)] for key, item in value.items()]
            return {"pandas": "dict", "pairs": pairs}
        case list() | tuple() | set():
            return type(value)(packed(item) for item in value)
    return value


def unpacked(value: Any) -> Any:
    """The value that was `packed`."""
    match value:
        case {"pandas": "frame", "columns": columns, "names": names}:
            frame = pd.concat([unpacked(column) for column in columns], axis=1)
            return frame.set_axis(unpacked(names), axis=1)
        case {"pandas": "series", "values": values, "index": index, "name": name}:
            return pd.Series(values, index=unpacked(index), name=name)
        case {"pandas": "index", "values": values, "names": names}:
            if len(names) > 1:
                return pd.MultiIndex.from_tuples(values, names=names)
            return pd.Index(values, name=names[0])
        case {"pandas": "dict", "pairs": pairs}:
            return {unpacked(key): unpacked(item) for key, item in pairs}
        case list() | tuple() | set():
            return type(value)(unpacked(item) for item in value)
    return value


def _array(values: pd.Series) -> Any:
    if types.is_numeric_dtype(values.dtype) and not types.is_extension_array_dtype(values.dtype):
        return values.to_numpy()
    return values.to_numpy(dtype=object)


def without_indexes(value: Any) -> Any:
    """An estimator whose lists of columns are lists, which a model file can hold."""
    if isinstance(value, BaseEstimator):
        for name, item in vars(value).items():
            setattr(value, name, _as_lists(item))
    return value


def _as_lists(value: Any) -> Any:
    match value:
        case pd.Index():
            return value.tolist()
        case list() | tuple():
            return type(value)(_as_lists(item) for item in value)
        case BaseEstimator():
            return without_indexes(value)
    return value


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
        values = np.asarray(y)
        known = pd.Series(values).isin(self.classes_).to_numpy()
        numbers = np.full(len(values), -1)
        numbers[known] = super().transform(values[known])
        return numbers
