"""The model as a BentoML service, for `bentoml serve`."""
# mypy: ignore-errors
# Runs in an environment of its own, with BentoML and the rendered repo's package.

import os
from pathlib import Path

import bentoml
import numpy as np
import pandas as pd
from loan_default.model.model_file import load_pipeline


@bentoml.service(workers=1, logging={"access": {"enabled": False}})
class Loans:
    """Says how likely loans default."""

    def __init__(self) -> None:
        """Load the model."""
        self.pipeline = load_pipeline(Path(os.environ["MODEL"]) / "pipeline.skops")

    @bentoml.api
    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        """Give the probability of each row's classes."""
        return self.pipeline.predict_proba(rows)
