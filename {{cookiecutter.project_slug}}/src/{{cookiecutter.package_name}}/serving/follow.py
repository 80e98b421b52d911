"""Beside a server: look for a newly promoted version, and put it where the server sees it."""

import logging
import os
import sys
import time
from pathlib import Path

from omegaconf import DictConfig

from ..registry.base import Registry, in_stage, registry
from ..tools.config import overridden
from ..tools.errors import Refusal
from ..tools.files import read_json
from .fetch import is_stage, place
from .settings import CHALLENGER, SERVED

log = logging.getLogger(__name__)


def follow(cfg: DictConfig) -> None:
    """Look every `serving.reload_seconds`, for as long as the parent process lives."""
    parent = os.getppid()
    named = {cfg.serving.model: SERVED, cfg.serving.challenger: CHALLENGER}
    stages = {stage: folder for stage, folder in named.items() if is_stage(stage)}
    while os.getppid() == parent:
        time.sleep(cfg.serving.reload_seconds)
        for stage, folder in stages.items():
            try:
                _look(registry(cfg), stage, folder)
            except Exception as error:  # the registry may be away for a while; the server is not
                log.warning("%s can't be followed: %s", stage, error)


def _look(found: Registry, stage: str, folder: Path) -> None:
    version = in_stage(found, stage)
    if version and version != read_json(folder / "registration.json")["version"]:
        log.info("%s is in %s now", version, stage)
        place(found, version, folder)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s:     %(message)s")
    try:
        follow(overridden(sys.argv[1:]))
    except (KeyboardInterrupt, Refusal):
        sys.exit()
