"""Beside a server: look for a newly promoted version, and put it where the server sees it."""

import logging
import os
import sys
import time

from omegaconf import DictConfig

from ..errors import Refusal
from ..files import read_json
from ..paths import SERVED
from .base import in_stage, registry
from .fetch import place

log = logging.getLogger(__name__)


def follow(cfg: DictConfig) -> None:
    """Look every `serving.reload_seconds`, for as long as the parent process lives."""
    parent = os.getppid()
    stage = str(cfg.serving.model)
    while os.getppid() == parent:
        time.sleep(cfg.serving.reload_seconds)
        try:
            found = registry(cfg)
            version = in_stage(found, stage)
            if version and version != read_json(SERVED / "registration.json")["version"]:
                log.info("%s is in %s now", version, stage)
                place(found, version, SERVED)
        except Exception as error:  # the registry may be away for a while; the server is not
            log.warning("%s can't be followed: %s", stage, error)


if __name__ == "__main__":
    from ..serving.__main__ import composed

    logging.basicConfig(level=logging.INFO, format="%(levelname)s:     %(message)s")
    try:
        follow(composed(sys.argv[1:]))
    except (KeyboardInterrupt, Refusal):
        sys.exit()
