"""The scikit-learn pipeline itself: the truth, and what serves where no faster way is equal."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from ..conform import frame
from ..model_file import load_pipeline
from ..schema import Schema
from .base import Answers, Columns


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
        """Answer for rows."""
        X = self.frame(columns)
        predictions = np.asarray(self.pipeline.predict(X)).ravel().tolist()
        if self.classes is None:
            return Answers(predictions)
        return Answers(predictions, np.asarray(self.pipeline.predict_proba(X), dtype=float))

    def frame(self, columns: Columns) -> pd.DataFrame:
        """The rows as the pipeline takes them."""
        return frame(columns, self.schema)
