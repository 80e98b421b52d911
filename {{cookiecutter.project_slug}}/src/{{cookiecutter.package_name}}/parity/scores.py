"""Does the model, on the rows that the notebook judged by, get the notebook's score?"""

import math
import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from sklearn import metrics as sk
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline

from ..data.schema import Schema
from ..features import Features
from ..model.metrics import BY_TASK, Predictions, predict, resampled, score, scorer
from ..model.pipeline import build_pipeline, inputs
from .compare import Rows, find

RESAMPLES = 100
SCORERS = {  # the scorer whose value a function's is to be held against
    "accuracy_score": "accuracy",
    "average_precision_score": "average_precision",
    "balanced_accuracy_score": "balanced_accuracy",
    "brier_score_loss": "neg_brier_score",
    "f1_score": "f1",
    "log_loss": "neg_log_loss",
    "mean_absolute_error": "neg_mean_absolute_error",
    "mean_squared_error": "neg_root_mean_squared_error",
    "median_absolute_error": "neg_median_absolute_error",
    "precision_score": "precision",
    "r2_score": "r2",
    "recall_score": "recall",
    "roc_auc_score": "roc_auc",
    "root_mean_squared_error": "neg_root_mean_squared_error",
}

Statistic = Callable[[npt.NDArray[np.intp]], float]


@dataclass(frozen=True)
class Ours:
    """This repository's model, fitted to the rows that the notebook's was fitted to.

    Attributes:
        model: features, preprocess and estimator.
        table: all prepared rows.
        schema: what they are.
        train: positions of the rows that it was fitted to.
        parts: positions of the rows of each part that the notebook made.
        names: what the notebook calls each class.
    """

    model: Pipeline
    table: pd.DataFrame
    schema: Schema
    train: Rows
    parts: Sequence[Rows]
    names: dict[Any, Any]

    @property
    def target(self) -> npt.NDArray[Any]:
        """The target of all rows."""
        return self.table[self.schema.target].to_numpy()


def fit(features: Features, rows: pd.DataFrame, cfg: DictConfig, schema: Schema) -> Pipeline:
    """The configured pipeline, searched if so configured, around features that are fitted."""
    pipeline = build_pipeline(cfg, schema)
    pipeline.steps[0] = ("features", FrozenEstimator(features))
    scoring = scorer(cfg.evaluate.metric, schema.positive)
    space = OmegaConf.to_container(cfg.model.space)
    model = pipeline
    if "search" in cfg:
        model = instantiate(cfg.search, _partial_=True)(pipeline, space, scoring, cfg.seed)
    with instantiate(cfg.compute) if "compute" in cfg else nullcontext():
        model.fit(*inputs(rows, schema))
    return getattr(model, "best_estimator_", model)


def compare_scores(
    calls: Sequence[dict[str, Any]], ours: Ours, honest: dict[str, float], cfg: DictConfig
) -> list[dict[str, Any]]:
    """Each score of the notebook's model, ours on the same rows, and the honest one.

    The metric that this repository judges by is among them, even if the notebook never took it.
    """
    found = {}
    known = BY_TASK[ours.schema.task]
    for call in _of_one_model(calls, _kind(cfg)):
        rows = find(ours.parts, ours.target, call["truth"])
        if rows is not None and (call["how"] not in ("score", "cross") or call["name"] in known):
            found[call["name"], repr(call["options"]), rows.tobytes()] = (call, rows)
    lines = [_line(call, rows, ours, honest, cfg.seed) for call, rows in found.values()]
    metric = cfg.evaluate.metric
    if not any(line["scorer"] == metric and line["of"] != "fitted to" for line in lines):
        held_back = (rows for _, rows in found.values() if _is_held_back(rows, ours))
        others = (rows for rows in reversed(ours.parts) if len(rows) and _is_held_back(rows, ours))
        rows = next(held_back, next(others, ours.train))
        call = {"name": metric, "options": {}, "how": "score", "value": None}
        lines.append(_line(call, rows, ours, honest, cfg.seed))
    return lines


def _kind(cfg: DictConfig) -> str:
    """The configured estimator's class."""
    made = cfg.model.estimator
    return str(made.get("classifier", made)["_target_"]).rpartition(".")[2]


def _of_one_model(calls: Sequence[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The scores of the model of our kind that was fitted last, or just of the last."""
    ours = [call["model"] for call in calls if call["kind"] == kind]
    last = max(ours or [call["model"] for call in calls], default=None)
    return [call for call in calls if call["model"] == last]


def _is_held_back(rows: Rows, ours: Ours) -> bool:
    return not np.isin(rows, ours.train).any()


def _line(
    call: dict[str, Any], rows: Rows, ours: Ours, honest: dict[str, float], seed: int
) -> dict[str, Any]:
    X, y = inputs(ours.table.iloc[rows], ours.schema)
    name, its_scorer = call["name"], _scorer(call)
    if call["how"] == "cross":
        scoring = scorer(name, ours.schema.positive)
        folds = cross_val_score(ours.model, X, y, scoring=scoring, **call["options"])
        value, error, of = float(folds.mean()), float(folds.std() / len(folds) ** 0.5), "in folds"
    else:
        predictions = predict(ours.model, X, y, ours.schema)
        statistic = _guarded(_statistic(call, X, predictions, ours))
        value = statistic(np.arange(len(rows)))
        samples = resampled(predictions, lambda drawn: {"it": statistic(drawn)}, RESAMPLES, seed)
        error = float(samples["it"].std())
        of = "held back" if _is_held_back(rows, ours) else "fitted to"
    options = ", ".join(f"{name}={option!r}" for name, option in call["options"].items())
    return {
        "metric": f"{name}({options})" if options else name,
        "scorer": its_scorer,
        "rows": len(rows),
        "of": of,
        "notebook": call["value"],
        "repository": value,
        "standard_error": error,
        "verdict": _verdict(call["value"], value, error),
        "honest": _as_named(name, honest.get(its_scorer)),
    }


def _statistic(
    call: dict[str, Any], X: pd.DataFrame, predictions: Predictions, ours: Ours
) -> Statistic:
    """The score of some of the rows, taken as the notebook took it."""
    if call["how"] == "score":
        task, name = ours.schema.task, call["name"]
        return lambda drawn: score(predictions[drawn], task, [name])[name]
    function, options, truth = getattr(sk, call["name"]), call["options"], call["truth"]
    said = _said(ours, call["how"], call["column"], X)
    return lambda drawn: float(function(truth[drawn], said[drawn], **options))


def _said(ours: Ours, how: str, column: int | None, X: pd.DataFrame) -> npt.NDArray[Any]:
    """The model's predictions, under the notebook's names and in their order."""
    values = np.asarray(getattr(ours.model, how)(X))
    if how == "predict":
        return np.array([ours.names.get(value, value) for value in values.tolist()])
    if values.ndim == 1:
        return values
    classes = ours.model.classes_.tolist()
    theirs = sorted(classes, key=lambda label: ours.names.get(label, label))
    values = values[:, [classes.index(label) for label in theirs]]
    return values if column is None else values[:, column]


def _guarded(statistic: Statistic) -> Statistic:
    def value(rows: npt.NDArray[np.intp]) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about rows of one class, which have no ROC curve
            try:
                return statistic(rows)
            except ValueError:
                return math.nan

    return value


def _verdict(theirs: float | None, ours: float, error: float) -> str:
    if theirs is None:
        return ""
    if math.isclose(theirs, ours, rel_tol=1e-6, abs_tol=1e-6):
        return "equal"
    return "same within noise" if abs(theirs - ours) <= 2 * error else "differs"


def _scorer(call: dict[str, Any]) -> str:
    """The scorer's name of what a call measures."""
    name = SCORERS.get(call["name"], call["name"])
    kind = call["options"].get("multi_class" if name == "roc_auc" else "average")
    return name if kind in (None, "binary", "raise") else f"{name}_{kind}"


def _as_named(name: str, value: float | None) -> float | None:
    """A scorer's value as the function of that name gives it, for which less may be better."""
    if value is None or not SCORERS.get(name, "").startswith("neg_"):
        return value
    return value**2 if name == "mean_squared_error" else -value
