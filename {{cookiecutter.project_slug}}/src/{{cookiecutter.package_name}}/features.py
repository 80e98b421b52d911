"""The project's own feature steps: what no library knows about this table.

They stand between the raw columns and `preprocess`, in training and in serving alike.
"""

from typing import Any, Self

import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted


class Features(TransformerMixin, BaseEstimator):
    """Add, change or drop columns of the raw table.

    What a step learns from the data, such as a median or a list of categories, is learned in
    `fit`, which sees training rows only, and kept in an attribute that ends in an underscore.
    `transform` only applies it, so that it gives one row what it gives the whole table.
    """

    def fit(self, X: pd.DataFrame, y: Any = None) -> Self:
        """Learn what the steps need from the training rows."""
        self.columns_in_ = list(X.columns)
        return self

    def transform(self, X: pd.DataFrame) -> pd.DataFrame:
        """Apply the steps to raw rows, for example: ``X["ratio"] = X["length"] / X["depth"]``."""
        check_is_fitted(self)
        return X[self.columns_in_].copy()
