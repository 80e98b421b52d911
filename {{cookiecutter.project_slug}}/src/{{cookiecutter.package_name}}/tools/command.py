"""The common frame of commands: one line for a refusal, one a kind of warning, and progress."""

import logging
import os
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException, InstantiationException
from hydra.types import RunMode
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from .config import check, check_targets, explained
from .errors import Refusal, failed_step
from .paths import CONF

RAISE = "HYDRA_FULL_ERROR"
ASKED = RAISE in os.environ  # by the person
SHOWN = 200  # characters of a warning
Item = TypeVar("Item")

log = logging.getLogger(__name__)


def command(
    function: Callable[[DictConfig], Any], config: str = "config", options: Sequence[str] = ()
) -> Callable[[], Any]:
    """Make a function of the checked configuration `config` a command.

    Alone it composes conf/; under DVC it reads what DVC composed:
    ``--config-dir . --config-name params``.

    Args:
        function: of the configuration.
        config: the name of its file.
        options: keys of the command's own, beside those of conf/config.yaml.

    Raises:
        SystemExit: with the one line of a `Refusal`.
    """

    @hydra.main(version_base="1.3", config_path=str(CONF), config_name=config)
    @wraps(function)
    def run(cfg: DictConfig) -> Any:
        if not ASKED:
            os.environ.pop(RAISE, None)
        try:
            check(cfg, options)
            try:
                with warnings_counted():
                    return function(cfg)
            except (InstantiationException, TypeError):
                check_targets(cfg)  # an argument that a function does not take?
                raise
        except Refusal as refusal:
            raise SystemExit(f"Refused: {refusal}") from None
        except Exception as error:
            step = failed_step(error)
            if step is None or ASKED:
                raise
            raise SystemExit(f"Refused: {step} ({RAISE}=1 shows the traceback)") from None

    @wraps(function)
    def main() -> Any:
        os.environ[RAISE] = "1"  # what it can't compose, instead of printing several lines
        try:
            return run()
        except (HydraException, OmegaConfBaseException) as error:
            raise SystemExit(f"Refused: {explained(error)}") from None

    return main


@contextmanager
def warnings_counted() -> Iterator[None]:
    """Log each kind of warning once, and at the end how many more of it there were.

    A kind is a message without its numbers: a warning for each fold and column is one.
    """
    counts: Counter[str] = Counter()

    def say(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        text = " ".join(str(message).split())
        kind = f"{category.__name__}: {re.sub('[0-9]+', '…', text)}"
        counts[kind] += 1
        if counts[kind] == 1:
            log.warning("%s: %s", category.__name__, text[:SHOWN])

    with warnings.catch_warnings():
        warnings.showwarning = say
        yield
    for kind, number in counts.items():
        if number > 1:
            log.warning("%d more: %s", number - 1, kind[:SHOWN])


def progress(items: Sequence[Item], what: str) -> Iterator[Item]:
    """The items, with a progress bar on standard error while a person is looking."""
    from rich.console import Console  # takes its time to import
    from rich.progress import track

    console = Console(stderr=True)
    yield from track(items, what, console=console, transient=True, disable=not console.is_terminal)


def output_root() -> Path:
    """Folder that a run's outputs go to: the repository, or the job's own folder in a multirun."""
    if HydraConfig.initialized() and HydraConfig.get().mode == RunMode.MULTIRUN:
        return Path(HydraConfig.get().runtime.output_dir)
    return Path()
