"""`make parity`: does this repository do what the notebook did that it was made from?"""

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from rich.console import Console
from rich.table import Table
from sklearn import metrics as sk
from sklearn.frozen import FrozenEstimator
from sklearn.pipeline import Pipeline

from .data import read_raw
from .errors import Refusal
from .features import Features
from .files import read_json, write_json
from .metrics import BY_TASK, Predictions, predict, resampled, score, scorer
from .model import build_pipeline
from .parity_compare import Rows, compare, compare_target, find, pieces, renaming
from .parity_notebook import Original, Seen, run
from .paths import REPORTS
from .prepare import prepare
from .schema import Schema
from .stage import stage

RESAMPLES = 100
SCORERS = {  # which of metrics.json a function's value is to be held against
    "accuracy_score": "accuracy",
    "average_precision_score": "average_precision",
    "balanced_accuracy_score": "balanced_accuracy",
    "brier_score_loss": "neg_brier_score",
    "f1_score": "f1",
    "log_loss": "neg_log_loss",
    "mean_absolute_error": "neg_mean_absolute_error",
    "median_absolute_error": "neg_median_absolute_error",
    "precision_score": "precision",
    "r2_score": "r2",
    "recall_score": "recall",
    "roc_auc_score": "roc_auc",
    "root_mean_squared_error": "neg_root_mean_squared_error",
}

log = logging.getLogger(__name__)


def parity(cfg: DictConfig) -> dict[str, Any]:
    """Run the notebook, do the same with its rows here, leave reports/parity.json."""
    original = Original.load()
    seconds = float(cfg.get("timeout", 900))
    log.info("running %s, for %g seconds at most", original.notebook, seconds)
    seen = run(original, seconds)
    result: dict[str, Any] = {"ran": seen.fit is not None, "errors": seen.errors}
    if seen.fit is not None:
        result |= _compared(original, seen, cfg)
    write_json(REPORTS / "parity.json", result)
    _show(result, cfg)
    return result
