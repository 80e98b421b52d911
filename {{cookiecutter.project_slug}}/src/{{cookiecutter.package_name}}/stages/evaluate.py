"""Stage 5: score the pipeline on the held-back rows and pack it up as the candidate."""

import logging
from contextlib import chdir
from pathlib import Path
from typing import Any, cast

import pandas as pd
from hydra.utils import instantiate
from omegaconf import DictConfig, OmegaConf
from sklearn.inspection import permutation_importance
from sklearn.pipeline import Pipeline

from ..data.schema import Schema
from ..data.tables import read_table
from ..model.metrics import Predictions, conformal_margin, intervals, predict, score, scorer
from ..model.pipeline import baseline, dependence_warning, inputs, row_dependence
from ..packing.candidate import Candidate, pack
from ..packing.opening import Loading, open_pipeline
from ..steps import Steps
from ..tools.command import command, output_root
from ..tools.files import read_json, replacing, write_json
from ..tools.paths import CANDIDATE, REPORTS, TEST, TRAIN, TRAINED, home
from ..tracking import Run

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
) -> pd.DataFrame:
    """Permutation importance of each raw column, most important first.

    After Breiman, Random Forests (2001); on test rows, 1,000 at most, five shuffles a column. Where
    features take long for each row, it is 50 rows and one shuffle.
    """
    X, y = inputs(test, schema)
    features = model.named_steps["features"]
    slow = isinstance(features, Steps) and features.slow
    result = permutation_importance(
        model,
        X,
        y,
        scoring=scorer(metric, schema.positive),
        n_repeats=1 if slow else 5,
        max_samples=min(len(X), 50 if slow else 1_000),
        random_state=seed,
    )
    return pd.DataFrame(
        {
            "feature": X.columns,
            "importance": result.importances_mean,
            "deviation": result.importances_std,
        }
    ).sort_values("importance", ascending=False, kind="stable")


def evaluate(cfg: DictConfig, root: Path = Path()) -> dict[str, float]:
    """Score models/trained, write reports/ and models/candidate/, and record the run.

    Returns:
        The metrics on the test rows.
    """
    schema = Schema.load()
    train, test = read_table(TRAIN), read_table(TEST)
    model = open_pipeline(root / TRAINED, Loading.of(cfg).own)
    log.info("scoring %d test rows, with %d resamples", len(test), cfg.evaluate.resamples)
    predictions = predict(model, *inputs(test, schema), schema)
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
    write_json(reports / "metrics.json", metrics)
    write_json(reports / "evaluation.json", details)
    log.info("computing the permutation importance of %d columns", len(schema.features))
    importance = importances(model, test, schema, options.metric, cfg.seed)
    with replacing(reports / "plots") as folder:
        folder.mkdir()
        importance.to_csv(folder / "importance.csv", index=False)
        predictions.as_table().to_csv(folder / "predictions.csv", index=False)
        if "plots" in options:
            instantiate(options.plots, _partial_=True)(folder, predictions, importance, schema.task)
    log.info("packing %s", root / CANDIDATE)
    data = cast(dict[str, Any], OmegaConf.to_container(cfg.data, resolve=True))
    asked = schema.written_as(data.get("na_values"), data.get("cells"))
    candidate = Candidate(model, asked, test, metrics, details)
    pack(root / CANDIDATE, root / TRAINED, candidate, cfg)
    log.info("%s", _summary(metrics, details, options.metric))
    plots, packed = (reports / "plots").absolute(), (root / CANDIDATE).absolute()
    run = Run(cfg, metrics, details, plots, packed, read_json(packed / "versions.json"))
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
