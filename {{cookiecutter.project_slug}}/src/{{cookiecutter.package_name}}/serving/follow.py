"""Beside a server: look for a newly promoted version, and put it where the server sees it."""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from omegaconf import DictConfig

from ..registry import Registry, in_stage, registry
from ..tools.config import overridden
from ..tools.errors import Refusal
from ..tools.files import read_json
from .fetch import is_stage, place
from .settings import CHALLENGER, SERVED, Settings, checked

STEP = 0.5  # seconds between two looks at the process
RESTART_SECONDS = 2.0
HUNG_SECONDS = 600.0  # without a look that succeeded

log = logging.getLogger(__name__)


@contextmanager
def following(overrides: Sequence[str], looks: Path) -> Iterator[None]:
    """Run a process beside this one that follows the registry; start it again if it ends or hangs.

    Args:
        overrides: of the configuration.
        looks: a file that it touches after each look.
    """
    looks.touch()
    done = threading.Event()
    watching = threading.Thread(target=_watch, args=(overrides, looks, done))
    watching.start()
    try:
        yield
    finally:
        done.set()
        watching.join()


def _watch(overrides: Sequence[str], looks: Path, done: threading.Event) -> None:
    words = [sys.executable, "-m", __name__, *overrides]
    while not done.is_set():
        process = subprocess.Popen(words)
        start = time.time()
        while process.poll() is None and not done.wait(STEP):
            if time.time() - max(start, checked(looks)) > HUNG_SECONDS:
                log.warning("the process that follows the registry hangs")
                process.kill()
                process.wait()
        # Whatever ends this process may end the other one first.
        if process.returncode is None or done.wait(RESTART_SECONDS):
            process.terminate()
            process.wait()
        else:
            log.warning(
                "the process that follows the registry ended with %s; it is started again",
                process.returncode,
            )


def follow(cfg: DictConfig, looks: Path) -> None:
    """Look every `serving.reload_seconds`, for as long as the parent process lives.

    Args:
        cfg: the configuration.
        looks: a file to touch after each look.
    """
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
                break
        else:
            looks.touch()


def _look(found: Registry, stage: str, folder: Path) -> None:
    version = in_stage(found, stage)
    if version and version != read_json(folder / "registration.json")["version"]:
        log.info("%s is in %s now", version, stage)
        place(found, version, folder)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(levelname)s:     %(message)s")
    try:
        settings = Settings.of_process()
        assert settings.looks is not None
        follow(overridden(sys.argv[1:]), settings.looks)
    except (KeyboardInterrupt, Refusal):
        sys.exit()
