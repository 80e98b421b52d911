"""What features.py has learned: it is the same for all rows, so each question is asked once."""

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.feature_extraction import DictVectorizer
from sklearn.utils import get_tags

from ...steps import LabelEncoder
from ..base import Unknown
from ..encoder import Encoder
from ..encoding import LOOK_UPS, NotCompiled, encoding_of
from .columns import Array, Column, column, is_missing
from .tables import Table

MOST = 500  # questions whose answers are kept
PANDAS = (pd.Series, pd.DataFrame, pd.Index, pd.CategoricalDtype)


def constant(value: Any) -> Any:
    """A learned value, as features.py may use it."""
    match value:
        case BaseEstimator():
            return Fitted(value)
        case pd.Series() | pd.DataFrame() | pd.Index():
            return Constant(value)
        case np.ndarray():
            kept = value.copy()
            kept.flags.writeable = False
            return kept
        case dict() if type(value) is dict:
            return {key: constant(each) for key, each in value.items()}
        case list() | tuple() if type(value) in (list, tuple):
            return type(value)(constant(each) for each in value)
    return value


class Constant:
    """A learned object of pandas, with the answers that it has given so far."""

    __slots__ = ("answers", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self.answers: dict[Any, Any] = {}

    def ask(self, question: tuple[Any, ...], find: Callable[[], Any]) -> Any:
        """The answer to a question, which is always the same."""
        try:
            found = self.answers.get(question, self)
        except TypeError:
            raise Unknown(f"{_name(self.value)} with values of rows") from None
        if found is self:
            if len(self.answers) >= MOST:
                raise Unknown(f"{_name(self.value)} with ever new values")
            found = self.answers[question] = constant(find())
        return found

    def as_dict(self) -> dict[Any, Any]:
        """A series as a look-up by its index."""
        if not isinstance(self.value, pd.Series) or not self.value.index.is_unique:
            raise Unknown("a look-up in a table")
        found = self.answers.get("dict")
        if found is None:
            self.answers["dict"] = found = self.value.to_dict()
        return found

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        found = getattr(self.value, name)
        if not callable(found):
            return self.ask(("attribute", name), lambda: found)

        def method(*args: Any, **options: Any) -> Any:
            question = ("call", name, args, tuple(options.items()))
            return self.ask(
                question,
                lambda: found(*map(plain, args), **{k: plain(v) for k, v in options.items()}),
            )

        return method

    def __getitem__(self, key: Any) -> Any:
        if isinstance(self.value, pd.Series) and isinstance(key, str | int | float):
            return self.as_dict()[key]
        return self.ask(("item", key), lambda: self.value[plain(key)])

    def __contains__(self, value: Any) -> bool:
        known = self.answers.get("values")
        if known is None:
            of = self.value.index if isinstance(self.value, pd.Series) else self.value
            self.answers["values"] = known = set(of)
        if is_missing(value):
            raise Unknown("a gap among learned values")
        return value in known

    def __iter__(self) -> Iterator[Any]:
        return iter(self.ask(("list",), lambda: list(self.value)))

    def __len__(self) -> int:
        return len(self.value)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.value, dtype=dtype)

    def _operate(self, name: str, other: Any) -> Any:
        if isinstance(other, Column | Table | np.ndarray):
            raise Unknown("a learned series beside rows")
        return self.ask((name, other), lambda: getattr(self.value, name)(plain(other)))

    def __lt__(self, other: Any) -> Any:
        return self._operate("__lt__", other)

    def __le__(self, other: Any) -> Any:
        return self._operate("__le__", other)

    def __gt__(self, other: Any) -> Any:
        return self._operate("__gt__", other)

    def __ge__(self, other: Any) -> Any:
        return self._operate("__ge__", other)

    def __add__(self, other: Any) -> Any:
        return self._operate("__add__", other)

    def __sub__(self, other: Any) -> Any:
        return self._operate("__sub__", other)

    def __mul__(self, other: Any) -> Any:
        return self._operate("__mul__", other)

    def __truediv__(self, other: Any) -> Any:
        return self._operate("__truediv__", other)


def plain(value: Any) -> Any:
    """The object that a constant stands for."""
    return value.value if isinstance(value, Constant) else value


def _name(value: Any) -> str:
    return type(value).__name__


class Matrix:
    """What a transformer gives as a sparse matrix, here a full one."""

    def __init__(self, matrix: Array) -> None:
        self.matrix = matrix
        self.shape = matrix.shape

    def toarray(self) -> Array:
        """The matrix."""
        return self.matrix

    todense = toarray

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return self.matrix if dtype is None else self.matrix.astype(dtype)

    def __getattr__(self, name: str) -> Any:
        raise Unknown(f"a sparse matrix's {name}")


class Fitted(Constant):
    """A fitted transformer of scikit-learn: its arithmetic and look-ups, without its checks."""

    __slots__ = ("names", "work")

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self.work = self._work()

    def transform(self, X: Any) -> Any:
        """What the transformer gives for rows."""
        return self.work(X)

    def _work(self) -> Callable[[Any], Any]:
        output = self.value.__dict__.get("_sklearn_output_config")
        if not output:
            return self._of_arrays()
        if output != {"transform": "pandas"}:
            return unknown(f"{_name(self.value)} with set_output")
        work, names = self._of_arrays(), list(self.value.get_feature_names_out())
        return lambda X: Table(np.asarray(work(X)), columns=names)

    def _of_arrays(self) -> Callable[[Any], Any]:
        match self.value:
            case LabelEncoder():
                return labels(self.value)
            case DictVectorizer():
                return vectorised(self.value)
        width = getattr(self.value, "n_features_in_", None)
        if width is None:
            return unknown(_name(self.value))
        named = getattr(self.value, "feature_names_in_", None)
        names = list(map(str, range(width))) if named is None else [str(name) for name in named]
        try:
            encoder = Encoder(**encoding_of(self.value, names))
        except NotCompiled as reason:
            return itself(self.value, names, str(reason))
        takes_gaps = get_tags(self.value).input_tags.allow_nan
        is_sparse = isinstance(self.value, LOOK_UPS) and getattr(self.value, "sparse_output", False)

        def work(X: Any) -> Any:
            columns, rows = given(X, names, named is not None)
            found = encoder(columns, rows)
            if not takes_gaps and np.isnan(found).any():
                raise Unknown("a gap in a transformer that takes none")
            if np.isinf(found).any():
                raise Unknown("an infinite number in a transformer")
            return Matrix(found) if is_sparse else found

        return work


def given(X: Any, names: list[str], named: bool) -> tuple[Mapping[str, Any], int]:
    """Rows as `Encoder` takes them.

    Args:
        X: a table or a matrix.
        names: of the columns that the transformer was fitted to.
        named: whether it knows these names itself.
    """
    if isinstance(X, Table):
        if len(X.parts_) != len(names) or (named and list(X.parts_) != names):
            raise Unknown("a transformer of other columns")
        return {
            name: each.decoded() for name, each in zip(names, X.parts_.values(), strict=True)
        }, X.rows_
    if isinstance(X, np.ndarray) and X.ndim == 2 and X.shape[1] == len(names):
        return {name: X[:, at] for at, name in enumerate(names)}, len(X)
    raise Unknown("a transformer of other values")


def itself(transformer: Any, names: list[str], reason: str) -> Callable[[Any], Any]:
    """What a transformer of numbers does, by itself, without a frame.

    Args:
        transformer: fitted.
        names: of the columns that it was fitted to.
        reason: why no faster form of it is known.
    """
    nested = {"steps", "transformers", "transformer_list"} & transformer.get_params().keys()
    if nested or not hasattr(transformer, "transform"):
        return unknown(reason)
    named = hasattr(transformer, "feature_names_in_")
    nameless = copy(transformer)
    for attribute in ("feature_names_in_", "_sklearn_output_config"):
        vars(nameless).pop(attribute, None)

    def work(X: Any) -> Any:
        columns, rows = given(X, names, named)
        if any(np.asarray(each).dtype.kind not in "iuf" for each in columns.values()):
            raise Unknown(reason)
        matrix = np.column_stack([*columns.values()]).astype(float).reshape(rows, len(names))
        try:
            found = nameless.transform(matrix)
        except ValueError as error:
            raise Unknown(f"{_name(transformer)}: {error}") from error
        if not isinstance(found, np.ndarray):
            raise Unknown(reason)
        return found

    return work


def unknown(what: str) -> Callable[[Any], Any]:
    """What a transformer does of which no faster form is known."""

    def work(_: Any) -> Any:
        raise Unknown(what)

    return work


def labels(encoder: LabelEncoder) -> Callable[[Any], Any]:
    """Each value's number; -1 for those that are new."""
    of_texts = encoder.classes_.dtype.kind == "U"
    known = {value: at for at, value in enumerate(encoder.classes_.tolist())}
    texts = all(isinstance(value, str) for value in known if not is_missing(value))
    gap = next((at for value, at in known.items() if is_missing(value)), None)

    def work(X: Any) -> Any:
        if isinstance(X, Table):
            raise Unknown("a LabelEncoder of a table")
        values = (X if isinstance(X, Column) else column(np.asarray(X))).decoded()
        if values.ndim != 1:
            raise Unknown("a LabelEncoder of a matrix")
        listed = values.tolist()
        if of_texts and not all(type(value) is str for value in listed):
            listed = values.astype(str).tolist()
        if gap is not None and texts:
            if not all(type(value) is str or is_missing(value) for value in listed):
                raise Unknown("a LabelEncoder of other values")
            found = [gap if is_missing(value) else known.get(value, -1) for value in listed]
            return np.array(found, dtype=np.int64)
        if not texts and (values.dtype.kind not in "iuf" or any(map(is_missing, listed))):
            raise Unknown("a LabelEncoder of other values")
        return np.array([known.get(value, -1) for value in listed], dtype=np.int64)

    return work


def vectorised(vectorizer: DictVectorizer) -> Callable[[Any], Any]:
    """Dicts as rows of a matrix."""
    places, sep = vectorizer.vocabulary_, vectorizer.separator

    def work(X: Any) -> Any:
        found = np.zeros((len(X), len(places)), dtype=vectorizer.dtype)
        for at, row in enumerate(X):
            for name, value in row.items():
                if type(value) is str:
                    name, value = f"{name}{sep}{value}", 1
                elif type(value) not in (int, float, bool):
                    raise Unknown("a DictVectorizer of other values")
                if name in places:
                    found[at, places[name]] += value
        return Matrix(found) if vectorizer.sparse else found

    return work
