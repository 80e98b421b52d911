"""Weights & Biases, offline by default."""

import logging
from pathlib import Path
from typing import Literal

import wandb

from . import Run

log = logging.getLogger(__name__)


def log_run(run: Run, project: str, mode: Literal["online", "offline", "disabled"]) -> None:
    """Record a run; offline it goes to wandb/, from where `wandb sync` sends it.

    Args:
        run: to record.
        project: its name in W&B.
        mode: online, offline or disabled.
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
        model = wandb.Artifact(str(run.cfg.name), type="model", metadata=run.scores)
        model.add_dir(str(run.model))
        record.log_artifact(model, aliases=["candidate"])
