"""`make parity`: the whole notebook, and its scores beside this repository's on the same rows."""

import logging
import math
import sys
import warnings
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
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
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline

from ..data.schema import Schema
from ..features import Features
from ..model.metrics import BY_TASK, Predictions, predict, score, scorer
from ..model.pipeline import build_pipeline, fit_here, inputs
from ..model.resampling import resampled
from ..tools.command import command
from ..tools.errors import Refusal
from ..tools.files import read_json, write_json
from ..tools.paths import REPORTS
from .capture import Score
from .check import (
    Different,
    compared,
    describe,
    describe_model,
    describe_target,
    made_here,
    read_tables,
    why_not,
)
from .compare import Rows, Unit, are_same, find
from .notebook import Original, run

FILE = REPORTS / "notebook.json"
SECONDS = 900
SHOWN = 20  # columns on the console; the file has all
RESAMPLES = 100
SCORERS = {  # the scorer that corresponds to a function of sklearn.metrics
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

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Ours:
    """This repository's model, fitted to the rows that the notebook's model was fitted to.

    Attributes:
        model: features, preprocessing and estimator.
        table: all prepared rows.
        schema: of the table.
        train: the rows that the model was fitted to.
        subsets: of the rows that the notebook may have scored.
        names: the notebook's name of each class.
        unit: turns the target into what the notebook fits to, where it transforms the target.
    """

    model: Pipeline
    table: pd.DataFrame
    schema: Schema
    train: Rows
    subsets: Sequence[Rows]
    names: dict[Any, Any]
    unit: Unit | None = None

    @property
    def target(self) -> npt.NDArray[Any]:
        """The target of all rows."""
        return self.table[self.schema.target].to_numpy()


def in_unit(ours: Ours, rows: Rows, truth: npt.NDArray[Any] | None) -> Ours:
    """Ours, as it answers in the unit of the notebook's scores: the table's, or its own.

    Args:
        ours: this repository's model.
        rows: that are scored.
        truth: the notebook's target of these rows; None if it computed no score.
    """
    if ours.unit is None or truth is None or are_same(ours.target[rows], truth):
        return ours
    *before, (name, estimator) = ours.model.steps
    table = ours.table.assign(**{ours.schema.target: ours.unit(ours.target)})
    return replace(
        ours, model=Pipeline([*before, (name, estimator.regressor_)]), table=table, unit=None
    )


def fit(features: Features, rows: pd.DataFrame, cfg: DictConfig, schema: Schema) -> Pipeline:
    """Fit the configured pipeline, with its search if there is one, after features that are fitted.

    Args:
        features: fitted.
        rows: of the prepared table, to fit to.
        cfg: the composed configuration.
        schema: of the rows.
    """
    pipeline = build_pipeline(cfg, schema)
    pipeline.steps[0] = ("features", FrozenEstimator(features))
    scoring = scorer(cfg.evaluate.metric, schema.positive)
    space = OmegaConf.to_container(cfg.model.space)
    model = pipeline
    if "search" in cfg:
        model = instantiate(cfg.search, _partial_=True)(pipeline, space, scoring, cfg.seed)
    with instantiate(cfg.compute) if "compute" in cfg else nullcontext(fit_here) as fit_model:
        fit_model(model, *inputs(rows, schema))
    return getattr(model, "best_estimator_", model)


def compare_scores(
    scores: Sequence[Score], ours: Ours, honest: dict[str, float], cfg: DictConfig
) -> list[dict[str, Any]]:
    """Compare each score of the notebook's model with ours on the same rows.

    The metric that this repository is judged by is among them, even if the notebook never
    computed it.

    Args:
        scores: that the notebook computed.
        ours: this repository's model.
        honest: scores on the test rows of the pipeline, by scorer.
        cfg: the composed configuration.

    Returns:
        A line of reports/parity.json for each score.
    """
    found = {}
    known = BY_TASK[ours.schema.task]
    for its in _of_one_model(scores, _estimator(cfg)):
        rows = find(ours.subsets, ours.target, its.truth) if its.truth is not None else None
        if rows is None or (its.turned_back and ours.unit is None):
            continue
        if its.method not in ("score", "cross") or its.metric in known:
            key = (its.metric, repr(its.options), rows.tobytes(), its.turned_back)
            found[key] = (its, rows)
    lines = [_line(its, rows, ours, honest, cfg.seed) for its, rows in found.values()]
    metric = cfg.evaluate.metric
    if not any(line["scorer"] == metric and line["of"] != "fitted to" for line in lines):
        scored = (rows for _, rows in found.values() if _is_held_back(rows, ours))
        others = (s for s in reversed(ours.subsets) if len(s) and _is_held_back(s, ours))
        rows = next(scored, next(others, ours.train))
        lines.append(_line(Score(metric, {}, None, "score"), rows, ours, honest, cfg.seed))
    return lines


def _estimator(cfg: DictConfig) -> str:
    """The configured estimator's class."""
    estimator = cfg.model.estimator
    inner = estimator.get("classifier", estimator.get("regressor", estimator))
    return str(inner["_target_"]).rpartition(".")[2]


def _of_one_model(scores: Sequence[Score], estimator: str) -> list[Score]:
    """The scores of the model that was fitted last, if possible of one of our estimator's class."""
    same = [score.model for score in scores if score.estimator == estimator]
    last = max(same or [score.model for score in scores], default=None)
    return [score for score in scores if score.model == last]


def _is_held_back(rows: Rows, ours: Ours) -> bool:
    return not np.isin(rows, ours.train).any()


def _line(
    its: Score, rows: Rows, ours: Ours, honest: dict[str, float], seed: int
) -> dict[str, Any]:
    """Compute our score, its standard error, and the verdict.

    Args:
        its: the notebook's score.
        rows: that it is of.
        ours: this repository's model.
        honest: scores on the test rows of the pipeline, by scorer.
        seed: of the bootstrap.
    """
    theirs = in_unit(ours, rows, its.truth)
    honest, ours = (honest, ours) if theirs is ours else ({}, theirs)  # those are in the table's
    X, y = inputs(ours.table.iloc[rows], ours.schema)
    corresponding = _scorer(its.metric, its.options)
    if its.method == "cross":
        scoring = scorer(its.metric, ours.schema.positive)
        folds = cross_val_score(ours.model, X, y, scoring=scoring, **its.options)
        value, error, of = float(folds.mean()), float(folds.std() / len(folds) ** 0.5), "in folds"
    else:
        predictions = predict(ours.model, X, y, ours.schema)
        statistic = _nan_if_undefined(_statistic(its, X, predictions, ours))
        value = statistic(np.arange(len(rows)))
        samples = resampled(predictions, lambda drawn: {"it": statistic(drawn)}, RESAMPLES, seed)
        error = float(samples["it"].std())
        of = "held back" if _is_held_back(rows, ours) else "fitted to"
    options = ", ".join(f"{name}={option!r}" for name, option in its.options.items())
    return {
        "metric": f"{its.metric}({options})" if options else its.metric,
        "scorer": corresponding,
        "rows": len(rows),
        "of": of,
        "notebook": its.value,
        "repository": value,
        "standard_error": error,
        "verdict": _verdict(its.value, value, error),
        "honest": _as_metric(its.metric, honest.get(corresponding)),
    }


def _statistic(its: Score, X: pd.DataFrame, predictions: Predictions, ours: Ours) -> Statistic:
    """The score as a function of the rows to score, computed as the notebook computed it.

    Args:
        its: the notebook's score.
        X: the features of its rows.
        predictions: of our model for these rows.
        ours: this repository's model.
    """
    metric, options, truth = its.metric, its.options, its.truth
    if its.method == "score":
        return lambda drawn: score(predictions[drawn], ours.schema.task, [metric])[metric]
    assert truth is not None
    function = getattr(sk, metric)
    predicted = _predicted(ours, its.method, its.column, X)
    return lambda drawn: float(function(truth[drawn], predicted[drawn], **options))


def _predicted(ours: Ours, method: str, column: int | None, X: pd.DataFrame) -> npt.NDArray[Any]:
    """Our predictions, with the notebook's names of the classes and in the order of these.

    Args:
        ours: this repository's model.
        method: of the model.
        column: of the method's result; None for all.
        X: the features.

    Returns:
        Shape (rows,) or (rows, classes).
    """
    values = np.asarray(getattr(ours.model, method)(X))
    if method == "predict":
        return np.array([ours.names.get(value, value) for value in values.tolist()])
    if values.ndim == 1:
        return values
    classes = ours.model.classes_.tolist()
    theirs = sorted(classes, key=lambda label: ours.names.get(label, label))
    values = values[:, [classes.index(label) for label in theirs]]
    return values if column is None else values[:, column]


def _nan_if_undefined(statistic: Statistic) -> Statistic:
    def value(rows: npt.NDArray[np.intp]) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # rows of one class have no ROC curve
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


def _scorer(metric: str, options: dict[str, Any]) -> str:
    """The name of the scorer that corresponds to a metric with its options."""
    name = SCORERS.get(metric, metric)
    kind = options.get("multi_class" if name == "roc_auc" else "average")
    return name if kind in (None, "binary", "raise") else f"{name}_{kind}"


def _as_metric(name: str, value: float | None) -> float | None:
    """A scorer's value as the metric of that name gives it, where smaller may be better."""
    if value is None or not SCORERS.get(name, "").startswith("neg_"):
        return value
    return value**2 if name == "mean_squared_error" else -value


def parity(cfg: DictConfig) -> dict[str, Any]:
    """Run the whole notebook, compare features, estimator and scores, write reports/notebook.json.

    Raises:
        Refusal: if notebooks/parity.yaml does not suit the notebook, or features.py or prepare.py
            fails.
    """
    original = Original.load()
    try:
        tables = read_tables(cfg)
    except Different as different:
        raise Refusal(str(different)) from different
    seconds = float(cfg.get("timeout", SECONDS))
    log.info("running %s for at most %g seconds", original.notebook, seconds)
    recorded = run(original, seconds)
    result: dict[str, Any] = {"ran": recorded.fit is not None, "errors": recorded.errors}
    if recorded.fit is None:
        result["reason"] = why_not(recorded)
    else:
        try:
            ours = made_here(recorded.fit, tables, original, cfg)
        except Different as different:
            result["features"] = {"equal": False, "reason": str(different)}
        else:
            table, schema = tables.typed, tables.schema
            model = fit(ours.features, table.iloc[ours.train], cfg, schema)
            known = Ours(model, table, schema, ours.train, ours.subsets, ours.names, ours.unit)
            metrics = REPORTS / "metrics.json"
            honest = read_json(metrics) if metrics.exists() else {}
            result |= compared(recorded, tables, ours, cfg)
            result["score"] = compare_scores(recorded.scores, known, honest, cfg)
    write_json(FILE, result)
    return result


def show(result: dict[str, Any]) -> None:
    """Print what was found."""
    console = Console(width=120, highlight=False)
    for error in result["errors"]:
        console.print(error, markup=False)
    if not result["ran"]:
        console.print(f"The notebook did not reach its fit: {result['reason']}", markup=False)
        return
    if "reason" in result["features"]:
        console.print(f"X: {result['features']['reason']}", markup=False)
        return
    console.print(describe(result["features"], "X"), markup=False)
    differing = {n: c for n, c in result["features"]["columns"].items() if not c["equal"]}
    if differing:
        columns = Table("column", "rows", "first row", "notebook", "this repository")
        for name, column in [*differing.items()][:SHOWN]:
            cells = (column[key] for key in ("rows", "first_row", "notebook", "repository"))
            columns.add_row(name, *map(str, cells))
        console.print(columns)
    console.print(describe_target(result["target"]), markup=False)
    console.print(describe_model(result["model"]), markup=False)
    console.print(_table(result["score"]))


def _table(lines: list[dict[str, Any]]) -> Table:
    columns = ("metric", "rows", "notebook", "this repository there", "verdict", "honest")
    table = Table(*columns, title="Scores")
    for line in lines:
        rows = f"{line['rows']} {line['of']}"
        numbers = [_number(line[key]) for key in ("notebook", "repository")]
        table.add_row(line["metric"], rows, *numbers, line["verdict"], _number(line["honest"]))
    return table


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}"


def compare_with_notebook(cfg: DictConfig) -> None:
    """Compare; exit with 1 if features, target or estimator differ, 2 if nothing was compared."""
    try:
        result = parity(cfg)
    except Refusal as refusal:
        print(f"Refused: {refusal}", file=sys.stderr)
        raise SystemExit(2) from None
    show(result)
    if not result["ran"]:
        raise SystemExit(2)
    parts = (result[part] for part in ("features", "target", "model") if part in result)
    if not all(part["equal"] for part in parts):
        raise SystemExit(1)


main = command(compare_with_notebook, options=("timeout",))

if __name__ == "__main__":
    main()
