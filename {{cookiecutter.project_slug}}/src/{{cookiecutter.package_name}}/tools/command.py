"""The common frame of commands: a Hydra entry point that refuses in one line, and progress."""

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from .errors import Refusal
from .paths import CONF

Item = TypeVar("Item")


def command(function: Callable[[DictConfig], Any], config: str = "config") -> Callable[[], Any]:
    """Make a function of the configuration `config` a command.

    Alone it composes conf/; under DVC it reads what DVC composed:
    ``--config-dir . --config-name params``.

    Raises:
        SystemExit: with the one line of a `Refusal`.
    """

    @hydra.main(version_base="1.3", config_path=str(CONF), config_name=config)
    @wraps(function)
    def run(cfg: DictConfig) -> Any:
        try:
            return function(cfg)
        except Refusal as refusal:
            raise SystemExit(f"Refused: {refusal}") from None

    return run  # type: ignore[no-any-return]


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
