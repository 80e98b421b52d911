"""The run that a tracker records, and the tracker that records nothing. Others: a module each."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from omegaconf import DictConfig, OmegaConf


@dataclass(frozen=True)
class Run:
    """One trained and evaluated model.

    Attributes:
        cfg: the composed configuration.
        metrics: scores on the test rows.
        details: intervals, baseline, slices.
        plots: folder of PNG and CSV files.
        model: the model folder.
        versions: of code, data, Python and packages.
        train: rows that it was fitted to, with their target.
        test: rows that it was scored on.
    """

    cfg: DictConfig
    metrics: dict[str, float]
    details: dict[str, Any]
    plots: Path
    model: Path
    versions: dict[str, Any]
    train: pd.DataFrame
    test: pd.DataFrame

    @property
    def scores(self) -> dict[str, float]:
        """The metrics that are numbers: no tracker compares another."""
        return {name: value for name, value in self.metrics.items() if not math.isnan(value)}

    @property
    def params(self) -> dict[str, Any]:
        """The configuration as plain data."""
        params = OmegaConf.to_container(self.cfg, resolve=True)
        assert isinstance(params, dict)
        return {str(key): value for key, value in params.items()}


def not_logged(run: Run) -> None:
    """Record nothing: reports/ and models/candidate/ hold what there is to say."""
