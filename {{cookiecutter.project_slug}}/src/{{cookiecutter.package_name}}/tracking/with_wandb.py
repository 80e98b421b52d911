"""Weights & Biases, offline by default."""

import logging
from pathlib import Path
from typing import Any, Literal

import numpy as np
import wandb
import wandb.sklearn

from ..data.schema import Schema
from ..model.pipeline import inputs
from ..packing.opening import Loading, open_pipeline
from . import Run

log = logging.getLogger(__name__)


def log_run(
    run: Run,
    project: str,
    mode: Literal["online", "offline", "disabled"],
    autolog: bool = False,
) -> None:
    """Record a run; offline it goes to wandb/, from where `wandb sync` sends it.

    Args:
        run: to record.
        project: its name in W&B.
        mode: online, offline or disabled.
        autolog: whether to add the charts of W&B's scikit-learn integration.
    """
    config = {**run.params, "versions": run.versions}
    quiet = wandb.Settings(silent=True)
    with wandb.init(
        dir=Path.cwd(), project=project, mode=mode, config=config, settings=quiet
    ) as record:
        log.info("W&B (%s): %s", mode, record.dir)
        record.summary.update(run.scores)
        record.summary.update({"baseline": run.details["baseline"]})
        pictures = {path.stem: wandb.Image(str(path)) for path in sorted(run.plots.glob("*.png"))}
        record.log({**run.scores, **pictures})
        if autolog:
            _log_charts(run)
        model = wandb.Artifact(str(run.cfg.name), type="model", metadata=run.scores)
        model.add_dir(str(run.model))
        record.log_artifact(model, aliases=["candidate"])


def _log_charts(run: Run) -> None:
    """Log the integration's charts of classes and probabilities.

    Its others fit the model again, or ask it for rows of zeros: they would change it, or fail.
    """
    schema = Schema.load(run.model / "schema.yaml")
    if schema.task == "regression":
        log.warning("W&B's integration has no chart for a regression that leaves its model alone")
        return
    model = open_pipeline(run.model, Loading.of(run.cfg).own)
    X, y = inputs(run.test, schema)
    charts: Any = wandb.sklearn
    charts.plot_class_proportions(run.train[schema.target], y, list(model.classes_))
    if set(y) == set(model.classes_):  # by its place in the rows it knows which class is which
        chances = np.asarray(model.predict_proba(X))
        charts.plot_roc(y, chances)
        charts.plot_precision_recall(y, chances)
