"""Weights & Biases, offline unless told otherwise."""

import math
from typing import Literal

import wandb

from .run import Run


def log_run(
    run: Run, project: str, mode: Literal["online", "offline", "disabled"]
) -> None:
    """Record a run; offline it goes to wandb/, from where `wandb sync` sends it."""
    config = {**run.params, "versions": run.versions}
    with wandb.init(project=project, mode=mode, config=config, job_type="train") as record:
        scores = {name: value for name, value in run.metrics.items() if not math.isnan(value)}
        record.summary.update(scores)
        record.summary.update({"baseline": run.details["baseline"]})
        pictures = {path.stem: wandb.Image(str(path)) for path in sorted(run.plots.glob("*.png"))}
        record.log({**scores, **pictures})
        model = wandb.Artifact(str(run.cfg.name), type="model", metadata=scores)
        model.add_dir(str(run.model))
        record.log_artifact(model, aliases=["candidate"])
