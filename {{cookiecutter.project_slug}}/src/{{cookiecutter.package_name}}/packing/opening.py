"""The one door to a model folder, wherever it came from.

First its hashes and the configured checks, which open nothing. Then a child process opens it,
within limits of time and memory: a file that never ends, or that swells, ends with the child. Only
what the child could open is opened here.
"""

import importlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from omegaconf import DictConfig, OmegaConf

from ..tools.errors import Refusal
from .hashes import check_hashes, digest

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

Opened = TypeVar("Opened")
REFUSED, SWELLED = 3, 4  # exit codes of the child
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}

_opened: set[tuple[str, ...]] = set()  # what a child of this process could open, by content


@dataclass(frozen=True)
class Loading:
    """The `loading` group: what opening a model folder may take, and what it must pass before.

    Attributes:
        seconds: of the child process, its imports included.
        memory: bytes that it may take; where the system can limit them (Linux).
        checks: functions of a folder that refuse it, by name, as `_target_` names them.
    """

    seconds: float = 60
    memory: int = 2_000_000_000
    checks: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, cfg: DictConfig) -> Self:
        """The group of a composed configuration."""
        group: Any = OmegaConf.to_container(cfg.loading, resolve=True)
        try:
            return cls(**group)
        except TypeError as error:
            raise Refusal(f"loading: {error}") from None


def check_folder(folder: Path, loading: Loading) -> None:
    """Refuse a folder that is not as it was packed, or that a configured check refuses.

    Raises:
        Refusal: with the reason.
    """
    check_hashes(folder)
    if loading.checks:
        from hydra.utils import instantiate  # takes its time to import

        for check in loading.checks.values():
            instantiate(check, _partial_=True)(folder)


def open_folder(
    opener: Callable[..., Opened], folder: Path, loading: Loading, *words: str
) -> Opened:
    """What `opener` makes of a folder, after all checks.

    Args:
        opener: a function of a module, which the child imports.
        folder: of the model.
        loading: limits and checks.
        words: further arguments of `opener`, texts.

    Raises:
        Refusal: if a check refuses the folder, or the child can't open it within the limits.
    """
    check_folder(folder, loading)
    trial = (digest(folder), opener.__module__, opener.__qualname__, *words)
    if trial not in _opened:
        _try(opener, folder, loading, *words)
        _opened.add(trial)
    return opener(folder, *words)


def open_pipeline(folder: Path, loading: Loading) -> "Pipeline":
    """The fitted pipeline of a model folder.

    Raises:
        Refusal: as `open_folder`.
    """
    return open_folder(pipeline_of, folder, loading)


def pipeline_of(folder: Path) -> "Pipeline":
    """The fitted pipeline of a folder that has passed the checks."""
    from ..model.model_file import load_pipeline  # takes a second to import

    return load_pipeline(folder / "pipeline.skops")


def _try(opener: Callable[..., Any], folder: Path, loading: Loading, *words: str) -> None:
    limits = (str(loading.seconds), str(loading.memory))
    name = f"{opener.__module__}:{opener.__qualname__}"
    try:
        done = subprocess.run(
            [sys.executable, "-m", __name__, *limits, name, str(folder), *words],
            env=os.environ | ONE_THREAD,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=loading.seconds,
        )
    except subprocess.TimeoutExpired:
        raise Refusal(
            f"{folder} can't be opened in {loading.seconds:g} seconds; if that is right, raise "
            "loading.seconds"
        ) from None
    if done.returncode == REFUSED:
        raise Refusal(done.stdout.strip())
    if done.returncode == SWELLED:
        raise Refusal(
            f"{folder} needs more than {loading.memory / 1e9:g} GB to be opened; if that is right, "
            "raise loading.memory"
        )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no message"])[-1][:200]
        raise Refusal(f"{folder} ends a process that opens it ({done.returncode}: {said})")


def main() -> None:
    """The child: open a folder, within limits."""
    seconds, memory, name, folder, *words = sys.argv[1:]
    module, _, function = name.partition(":")
    opener = getattr(importlib.import_module(module), function)
    _limit(float(seconds), int(memory))
    try:
        opener(Path(folder), *words)
    except Refusal as refusal:
        print(refusal)
        sys.exit(REFUSED)
    except MemoryError:
        sys.exit(SWELLED)


def _limit(seconds: float, memory: int) -> None:
    """Limit this process itself, as far as the system knows how."""
    with suppress(AttributeError):  # Windows
        signal.alarm(int(seconds) + 1)  # where the parent is gone
    with suppress(ImportError, OSError, ValueError):  # Windows, macOS
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[0])
        limit = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    main()
