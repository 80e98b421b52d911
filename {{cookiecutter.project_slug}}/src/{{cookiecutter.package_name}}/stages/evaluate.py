"""Stage 5: score the pipeline on the held-back rows and pack it up."""

import logging
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any{{ ', cast' if cookiecutter.__cells }}

import numpy as np
import numpy.typing as npt
import pandas as pd
from hydra.utils import instantiate
from omegaconf import DictConfig{{ ', OmegaConf' if cookiecutter.__cells }}
from sklearn.inspection import permutation_importance
from sklearn.pipeline import Pipeline

from ..data.schema import Schema
from ..data.tables import read_table
from ..model.metrics import Predictions, conformal_margin, predict, score, scorer
from ..model.pipeline import baseline, dependence_warning, inputs, row_dependence
from ..model.resampling import intervals
from ..packing.candidate import Candidate, pack
from ..packing.opening import Loading, open_pipeline
from ..steps import Steps
from ..tools.command import command, output_root
from ..tools.errors import Refusal, brief, failed_step
from ..tools.files import read_json, replacing, write_json
from ..tools.paths import EVALUATED, REPORTS, TEST, TRAIN, TRAINED, home
from ..tracking import Run

PREDICTIONS = 300  # of all rows, that importances may take
GROUPS = 50

log = logging.getLogger(__name__)


def slices(
    predictions: Predictions, test: pd.DataFrame, columns: list[str], schema: Schema
) -> dict[str, dict[str, dict[str, float]]]:
    """Scores for the rows of each value of each column.

    Args:
        predictions: for the test rows.
        test: these rows.
        columns: to slice by.
        schema: with the task.
    """
    return {
        column: {
            str(value): {"rows": int(rows.sum()), **score(predictions[rows], schema.task)}
            for value in sorted(test[column].dropna().unique())
            for rows in [(test[column] == value).to_numpy()]
        }
        for column in columns
    }


def importances(
    model: Pipeline, test: pd.DataFrame, schema: Schema, metric: str, seed: int
) -> tuple[pd.DataFrame, str]:
    """Permutation importance of each raw column, most important first, and how it was measured.

    After Breiman, Random Forests (2001); on test rows, 1,000 at most, five shuffles a column. Where
    features take long for each row, it is 50 rows and one shuffle. Many columns get fewer shuffles,
    and very many are shuffled in groups first: see `_by_groups`.

    Args:
        model: a fitted pipeline.
        test: rows with their target.
        schema: names features and target.
        metric: a scorer's name.
        seed: of the rows and the shuffles.
    """
    X, y = inputs(test, schema)
    features = model.named_steps["features"]
    slow = isinstance(features, Steps) and features.slow
    rows = min(len(X), 50 if slow else 1_000)
    if slow:  # the score before the shuffles is of these rows too
        drawn = np.random.default_rng(seed).choice(len(X), rows, replace=False)
        X, y = X.iloc[drawn], y.iloc[drawn]
    scoring = scorer(metric, schema.positive)
    if X.shape[1] > PREDICTIONS:
        drawn = np.random.default_rng(seed).choice(len(X), rows, replace=False)
        found, how = _by_groups(model, X.iloc[drawn], y.iloc[drawn], scoring, seed)
    else:
        shuffles = max(1, min(1 if slow else 5, PREDICTIONS // max(1, X.shape[1])))
        result = permutation_importance(
            model,
            X,
            y,
            scoring=scoring,
            n_repeats=shuffles,
            max_samples=rows,
            random_state=seed,
        )
        how = f"{shuffles} shuffles a column" if shuffles > 1 else "one shuffle a column"
        found = pd.DataFrame(
            {
                "feature": X.columns,
                "importance": result.importances_mean,
                "deviation": result.importances_std,
            }
        )
    how = f"permutation importance of {X.shape[1]:,} columns on {rows:,} rows: {how}"
    return found.sort_values("importance", ascending=False, kind="stable"), how


def _by_groups(
    model: Pipeline, X: pd.DataFrame, y: pd.Series, scoring: Callable[..., float], seed: int
) -> tuple[pd.DataFrame, str]:
    """Importances of so many columns that not each of them can be shuffled.

    Neighbours are shuffled together, then the columns of the groups that matter most one by one.
    The others share their group's importance.

    Args:
        model: a fitted pipeline.
        X: features of some rows.
        y: their target.
        scoring: of a model, features and a target.
        seed: of the shuffles.
    """
    rng = np.random.default_rng(seed)
    before = scoring(model, X, y)

    def drop(columns: npt.NDArray[np.intp]) -> float:
        order, moved = rng.permutation(len(X)), X.copy(deep=False)
        for column in columns.tolist():
            moved.isetitem(column, X.iloc[order, column].array)
        return before - scoring(model, moved, y)

    groups = np.array_split(np.arange(X.shape[1]), GROUPS)
    together = np.array([drop(group) for group in groups])
    shares = [np.full(len(g), max(0.0, d) / len(g)) for g, d in zip(groups, together, strict=True)]
    found = np.concatenate(shares)
    first = np.concatenate([groups[group] for group in np.argsort(-together, kind="stable")])
    alone = first[: PREDICTIONS - GROUPS]
    for column in alone:
        found[column] = drop(np.array([column]))
    table = pd.DataFrame({"feature": X.columns, "importance": found, "deviation": 0.0})
    return table, (
        f"in {GROUPS} groups of neighbours, then {len(alone):,} of the groups that matter most one "
        "by one, a shuffle each; the others share their group's"
    )


def predictions_of(model: Pipeline, test: pd.DataFrame, schema: Schema) -> Predictions:
    """Predict the test rows.

    Raises:
        Refusal: if they hold what the model can't take, which no training row did.
    """
    try:
        return predict(model, *inputs(test, schema), schema)
    except (TypeError, ValueError) as error:
        if failed_step(error):
            raise
        raise Refusal(
            "the model, fitted to the training rows, can't predict the test rows "
            f"({brief(error)}); correct features.py, or how conf/data/ reads the table"
        ) from error


def evaluate(cfg: DictConfig, root: Path = Path()) -> dict[str, float]:
    """Score models/trained, write reports/ and models/evaluated/, and record the run.

    Returns:
        The metrics on the test rows.
    """
    schema = Schema.load()
    train, test = read_table(TRAIN), read_table(TEST)
    model = open_pipeline(root / TRAINED, Loading.of(cfg).own)
    log.info("scoring %d test rows, with %d resamples", len(test), cfg.evaluate.resamples)
    predictions = predictions_of(model, test, schema)
    options = cfg.evaluate
    metrics = score(predictions, schema.task)
    details: dict[str, Any] = {
        "rows": {"train": len(train), "test": len(test)},
        "intervals": intervals(
            predictions, schema.task, options.confidence, options.resamples, cfg.seed
        ),
        "baseline": score(baseline(train, test, schema), schema.task),
        "slices": slices(predictions, test, list(options.slices), schema),
        "threshold": getattr(model.named_steps["estimator"], "threshold", None),
        "row_dependence": row_dependence(model, test, schema, predictions, cfg.seed),
    }
    if warning := dependence_warning(details["row_dependence"]):
        log.error("this model can't be promoted: %s", warning)
    if schema.task == "regression":
        margin = conformal_margin(predictions, options.coverage)
        details["interval"] = {"coverage": options.coverage, "margin": margin}
    reports = root / REPORTS
    log.info("computing the importance of %d columns", len(schema.features))
    importance, how = importances(model, test, schema, options.metric, cfg.seed)
    log.info("%s", how)
    details["importance"] = how
    write_json(reports / "metrics.json", metrics)
    write_json(reports / "evaluation.json", details)
    with replacing(reports / "plots") as folder:
        folder.mkdir()
        importance.to_csv(folder / "importance.csv", index=False)
        predictions.as_table().to_csv(folder / "predictions.csv", index=False)
        if "plots" in options:
            instantiate(options.plots, _partial_=True)(folder, predictions, importance, schema.task)
    log.info("packing %s", root / EVALUATED)
{%- if cookiecutter.__cells %}
    data = cast(dict[str, Any], OmegaConf.to_container(cfg.data, resolve=True))
    asked = schema.written_as(data["na_values"], data["cells"])
    candidate = Candidate(model, asked, test, metrics, details)
{%- else %}
    candidate = Candidate(model, schema, test, metrics, details)
{%- endif %}
    pack(root / EVALUATED, root / TRAINED, candidate, cfg)
    log.info("%s", _summary(metrics, details, options.metric))
    plots, packed = (reports / "plots").absolute(), (root / EVALUATED).absolute()
    versions = read_json(packed / "versions.json")
    run = Run(cfg, metrics, details, plots, packed, versions, train, test)
    with chdir(home()):  # where trackers keep their files
        instantiate(cfg.tracking, _partial_=True)(run)
    return metrics


def _summary(metrics: dict[str, float], details: dict[str, Any], metric: str) -> str:
    low, high = details["intervals"].get(metric, (float("nan"),) * 2)
    return (
        f"{metric} {metrics[metric]:.4f} ({low:.4f} to {high:.4f}) on "
        f"{details['rows']['test']} test rows; baseline {details['baseline'][metric]:.4f}"
    )


@command
def main(cfg: DictConfig) -> None:
    """Evaluate what `train` left."""
    evaluate(cfg, output_root())


if __name__ == "__main__":
    main()
