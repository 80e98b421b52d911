"""The project's own feature steps: what no library knows about this table.

They stand between the raw columns and `preprocess`, in training and in serving alike.
"""

from typing import Any

import pandas as pd

from .steps import Learned, Steps


class Features(Steps):
    """Add, change or drop columns of the raw table."""

    def steps(self, X: pd.DataFrame, learn: Learned, y: Any = None) -> pd.DataFrame:
        """Give the features of raw rows, for example: ``X["ratio"] = X["length"] / X["depth"]``."""
        return X
