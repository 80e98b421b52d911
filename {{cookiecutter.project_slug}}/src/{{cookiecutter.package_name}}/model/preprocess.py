"""From columns of any kind to the numbers an estimator takes, by the role of each column."""

from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api import types
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.validation import check_is_fitted

from ..steps import without_indexes

PARTS = ("year", "month", "day", "dayofweek", "hour")


class Preprocess(TransformerMixin, BaseEstimator):
    """One ColumnTransformer over all columns, each treated by its role.

    Args:
        by_role: a transformer for each role: number, boolean, category, high_cardinality,
            datetime and text.
        for_trees: those that differ where `trees` is set.
        trees: whether the estimator takes gaps as they are, as trees do: `build_pipeline` knows.
        kinds: the schema's type of each raw column; the dtype decides for columns that
            `features` added.
        max_categories: a category column with more values than this has high cardinality.
    """

    def __init__(
        self,
        by_role: Mapping[str, Any],
        for_trees: Mapping[str, Any] | None = None,
        trees: bool = False,
        kinds: Mapping[str, str] | None = None,
        max_categories: int = 20,
    ) -> None:
        self.by_role = by_role
        self.for_trees = for_trees
        self.trees = trees
        self.kinds = kinds
        self.max_categories = max_categories

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Find each column's role and fit the transformers."""
        self.fit_transform(X, y)
        return self

    def fit_transform(self, X: pd.DataFrame, y: Any = None, **_: Any) -> npt.NDArray[np.float64]:
        """Fit, and transform the training rows (target encodings are cross-fitted)."""
        roles: dict[str, list[str]] = {}
        for name in X.columns[X.notna().any()]:  # in a column of gaps there is nothing to learn
            roles.setdefault(self._role(X[name]), []).append(str(name))
        self.booleans_ = roles.get("boolean", [])
        by_role = {**self.by_role, **((self.trees and self.for_trees) or {})}
        transformers: list[tuple[str, Any, Any]] = []
        for role, columns in roles.items():
            # A vectoriser takes one column, the others take many.
            parts = columns if role == "text" else [columns]
            transformers += [
                (f"{role}{number or ''}", clone(by_role[role], safe=False), part)
                for number, part in enumerate(parts)
            ]
        self.columns_ = ColumnTransformer(
            transformers, sparse_threshold=0, verbose_feature_names_out=False
        )
        return np.asarray(self.columns_.fit_transform(self._prepared(X), y), dtype=float)

    def transform(self, X: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Transform rows; shape (rows, features)."""
        check_is_fitted(self)
        return np.asarray(self.columns_.transform(self._prepared(X)), dtype=float)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Names of the features that the estimator sees."""
        check_is_fitted(self)
        return np.asarray(self.columns_.get_feature_names_out(), dtype=object)

    def _role(self, column: pd.Series) -> str:
        kind = (self.kinds or {}).get(str(column.name)) or _kind(column)
        if kind == "category" and column.nunique() > self.max_categories:
            return "high_cardinality"
        return "number" if kind == "integer" else kind

    def _prepared(self, X: pd.DataFrame) -> pd.DataFrame:
        # A boolean column with gaps has dtype object, which no imputer takes as numbers.
        return X.astype(dict.fromkeys(self.booleans_, float))


def passthrough(kinds: Mapping[str, str] | None = None) -> str:
    """Nothing: what the feature steps give is what the estimator gets."""
    return "passthrough"


class FromColumns(TransformerMixin, BaseEstimator):
    """A transformer that is made once the columns are known.

    Args:
        make: gives the unfitted transformer for a table of features.
        kinds: the schema's types, which nothing here needs.
    """

    def __init__(self, make: Callable[[Any], Any], kinds: Mapping[str, str] | None = None) -> None:
        self.make = make
        self.kinds = kinds

    def fit(self, X: Any, y: Any = None) -> Self:
        """Make the transformer and fit it."""
        fitted = without_indexes(self.make(X).fit(X, y))
        if isinstance(fitted, Pipeline) and not _says_it_is_fitted(fitted):
            fitted = Pipeline([*fitted.steps, ("fitted", FunctionTransformer())])
        self.transformer_ = fitted
        return self

    def transform(self, X: Any) -> Any:
        """Transform rows."""
        check_is_fitted(self)
        return self.transformer_.transform(X)


def _says_it_is_fitted(pipeline: Pipeline) -> bool:
    """Whether scikit-learn takes a pipeline for fitted: its last step may have learned nothing."""
    try:
        check_is_fitted(pipeline)
    except NotFittedError:
        return False
    return True


def _kind(column: pd.Series) -> str:
    if types.is_bool_dtype(column):
        return "boolean"
    if types.is_numeric_dtype(column):
        return "number"
    return "datetime" if types.is_datetime64_any_dtype(column) else "category"


class Linear(TransformerMixin, BaseEstimator):
    """Numbers in another unit, ``factor * value + offset``, and the way back."""

    def __init__(self, factor: float = 1.0, offset: float = 0.0) -> None:
        self.factor = factor
        self.offset = offset

    def fit(self, X: npt.ArrayLike, y: Any = None) -> Self:
        """Learn nothing."""
        return self

    def transform(self, X: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """The numbers in the other unit."""
        return self.factor * np.asarray(X, dtype=float) + self.offset

    def inverse_transform(self, X: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """The numbers in the first unit."""
        return (np.asarray(X, dtype=float) - self.offset) / self.factor

    def __sklearn_is_fitted__(self) -> bool:
        return True


class DatetimeParts(TransformerMixin, BaseEstimator):
    """Year, month, day, day of the week and hour of each datetime column, as numbers."""

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Remember the columns' names."""
        self.columns_in_ = list(X.columns)
        return self

    def transform(self, X: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Shape (rows, 5 a column); missing where the date is."""
        parts = [getattr(X[name].dt, part) for name in X for part in PARTS]
        return np.column_stack([np.asarray(part, dtype=float) for part in parts])

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Names such as `bought_month`."""
        return np.array([f"{n}_{part}" for n in self.columns_in_ for part in PARTS], dtype=object)


class Text(TfidfVectorizer):
    """Tf-idf of a text column, in which a missing text is an empty one."""

    def fit(self, raw_documents: pd.Series, y: Any = None) -> Self:
        """Learn the vocabulary and its weights."""
        return super().fit(raw_documents.fillna(""))  # type: ignore[no-any-return]

    def fit_transform(self, raw_documents: pd.Series, y: Any = None) -> Any:
        """Learn, and give the training rows' weights; shape (rows, words)."""
        return super().fit_transform(raw_documents.fillna(""))

    def transform(self, raw_documents: pd.Series) -> Any:
        """The rows' weights; shape (rows, words)."""
        return super().transform(raw_documents.fillna(""))
