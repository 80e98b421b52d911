"""The scikit-learn pipeline itself: the truth, and what serves where no faster way is equal."""

import logging
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from sklearn.pipeline import Pipeline

from ..data.casting import frame
from ..data.schema import Schema
from ..model.model_file import load_pipeline
from ..tools.errors import brief, failed_step
from .base import Answers, Columns, TakesLong
from .rows import BadRows, Problem, short

# What statements on columns raise when a value is not what they were written for.
OF_DATA = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

log = logging.getLogger(__name__)


class PipelineRuntime:
    """Answers by the fitted pipeline."""

    name = "scikit-learn"
    quick = False

    def __init__(self, pipeline: Pipeline, schema: Schema) -> None:
        self.pipeline = pipeline
        self.schema = schema
        self.classes: list[Any] | None = None
        if schema.task != "regression":
            self.classes = np.asarray(pipeline.classes_).tolist()

    @classmethod
    def load(cls, folder: Path, schema: Schema) -> "PipelineRuntime":
        """Read a model folder's pipeline.

        Raises:
            Refusal: if the file is missing, damaged, or holds types that are not trusted.
        """
        return cls(load_pipeline(folder / "pipeline.skops"), schema)

    def predict(self, columns: Columns) -> Answers:
        """Answer for rows.

        Raises:
            BadRows: if the feature steps can't work on one of them.
        """
        X = self.frame(columns)
        try:
            return self._predict(X)
        except OF_DATA as error:
            step = failed_step(error)  # or a library, whose traceback is all that is known
            log.warning("rows can't be answered: %s", step or brief(error), exc_info=not step)
            raise BadRows([self._first_bad(X)], 1) from None

    def quickly(self, columns: Columns) -> Answers:
        """Raise that it takes long.

        Raises:
            TakesLong: always.
        """
        raise TakesLong

    def features(self, columns: Columns) -> tuple[Columns, int]:
        """The features of rows, by name (of a matrix, by number), and how many rows there are."""
        found = self.pipeline.named_steps["features"].transform(self.frame(columns))
        return by_name(found), found.shape[0]

    def matrix(self, columns: Columns) -> npt.NDArray[np.float64]:
        """What the estimator gets for rows."""
        return dense(self.pipeline[:-1].transform(self.frame(columns)))

    def answers(self, matrix: npt.NDArray[np.float64]) -> Answers:
        """The estimator's answers for what it gets."""
        return self._answers(self.pipeline.named_steps["estimator"], matrix)

    def chances(self, matrix: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """The estimator's probabilities for what it gets."""
        found = self.pipeline.named_steps["estimator"].predict_proba(matrix)
        return np.asarray(found, dtype=float)

    def _first_bad(self, X: pd.DataFrame) -> Problem:
        """The first row that can't be answered, by halving."""
        low, high, reason = 0, len(X), ""
        while high - low > 1:
            middle = (low + high) // 2
            try:
                self._predict(X.iloc[low:middle])
                low = middle
            except OF_DATA:
                high = middle
        try:
            self._predict(X.iloc[low:high])
        except OF_DATA as error:
            reason = failed_step(error) or short(brief(error))
        return Problem(low, None, "values that features.py can work on", reason)

    def _predict(self, X: pd.DataFrame) -> Answers:
        return self._answers(self.pipeline, X)

    def _answers(self, model: Any, X: Any) -> Answers:
        predictions = np.asarray(model.predict(X)).ravel().tolist()
        if self.classes is None:
            return Answers(predictions)
        return Answers(predictions, np.asarray(model.predict_proba(X), dtype=float))

    def frame(self, columns: Columns) -> pd.DataFrame:
        """The rows as the pipeline takes them."""
        return frame(columns, self.schema)


def by_name(features: Any) -> dict[str, Any]:
    """The columns of what feature steps give; None or NaN is where a value is missing."""
    if not isinstance(features, pd.DataFrame):
        matrix = dense(features)
        return {str(number): matrix[:, number] for number in range(matrix.shape[1])}
    found: dict[str, Any] = {}
    for name in features:
        column = features[name]
        has_numbers = isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf"
        found[str(name)] = column.to_numpy() if has_numbers else column.tolist()
    return found


def dense(matrix: Any) -> npt.NDArray[np.float64]:
    """A matrix of any kind as numbers.

    Raises:
        ValueError: if it has others.
    """
    if sparse.issparse(matrix):
        matrix = matrix.toarray()
    numbers = np.asarray(matrix, dtype=float)
    return numbers.reshape(-1, 1) if numbers.ndim == 1 else numbers
