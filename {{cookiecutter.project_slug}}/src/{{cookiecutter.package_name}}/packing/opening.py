"""The one door to a model folder, wherever it came from.

First its hashes and the configured checks, which open nothing. Then a child process opens it,
within limits of time and memory: a file that never ends, or that swells, ends with the child. Only
what the child could open is opened here.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self, TypeVar, cast

from ..tools.errors import Refusal
from . import check_hashes, digest

if TYPE_CHECKING:
    from omegaconf import DictConfig
    from sklearn.pipeline import Pipeline

Opened = TypeVar("Opened")
SWELLING = 10  # a forest takes four times the size of its file
LIMITS = ("seconds", "memory")
REFUSED, SWELLED = 3, 4  # exit codes of the child
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
# Arrow's own pool reserves a gigabyte of addresses at once, which the limit counts.
PLAIN_POOL = {"ARROW_DEFAULT_MEMORY_POOL": "system"}

# What children of this process could open, and what they are at, by content, opener and words.
_opened: set[tuple[str, ...]] = set()
_begun: dict[tuple[str, ...], "Trial"] = {}
_prepared: dict[str, subprocess.Popen[str]] = {}


@dataclass(frozen=True)
class Loading:
    """The `loading` group: what opening a model folder may take, and what it must pass before.

    Attributes:
        seconds: of the child process, its imports included.
        memory: bytes that it may take, beside ten times the folder's size; where the system can
            limit them (Linux).
        checks: functions of a folder that refuse it, by name, as `_target_` names them.
    """

    seconds: float = 60
    memory: float = 1_000_000_000
    checks: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, cfg: "DictConfig") -> Self:
        """The group of a composed configuration, which older repositories may lack.

        Raises:
            Refusal: naming an option that there is not, or a limit that is none.
        """
        from omegaconf import OmegaConf  # the child does without

        group = OmegaConf.to_container(cfg.loading, resolve=True) if "loading" in cfg else {}
        options = cast(dict[str, Any], group)
        known = [field.name for field in fields(cls)]
        for name, value in options.items():
            if name not in known:
                raise Refusal(f"loading has no option {name}; there are {', '.join(known)}")
            if name in LIMITS and not (type(value) in (int, float) and value > 0):
                raise Refusal(f"loading.{name} is {value!r}; it has to be a number above 0")
            if name == "checks" and not isinstance(value, dict):
                raise Refusal(f"loading.checks is {value!r}; it has to name functions")
        return cls(**options)

    def also(self, checks: Mapping[str, Any]) -> Self:
        """The same limits, and more that a folder must pass."""
        return replace(self, checks={**self.checks, **checks})

    @property
    def own(self) -> Self:
        """The same limits for what this run has made itself: there is nobody to check."""
        return replace(self, checks={})


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


class Trial:
    """A child process that opens a model folder.

    Args:
        opener: a function of a module, which the child imports, unless one has it already.
        folder: of the model.
        loading: the limits.
        words: further arguments of `opener`.
    """

    def __init__(
        self, opener: Callable[..., Any], folder: Path, loading: Loading, *words: str
    ) -> None:
        self.folder = folder
        self.loading = loading
        self.until = time.monotonic() + loading.seconds
        size = sum(path.stat().st_size for path in folder.iterdir())
        self.memory = loading.memory + SWELLING * size
        name = _name(opener)
        self.process = _prepared.pop(name) if name in _prepared else _child(name)
        job = json.dumps([loading.seconds, self.memory, str(folder), *words])
        with suppress(BrokenPipeError), cast(IO[str], self.process.stdin) as told:
            told.write(job)
        self.process.stdin = None

    def wait(self) -> None:
        """Wait for the child's end.

        Raises:
            Refusal: if it could not open the folder within the limits.
        """
        with self.process as child:
            try:
                out, errors = child.communicate(timeout=max(self.until - time.monotonic(), 0.01))
            except subprocess.TimeoutExpired:
                child.kill()
                raise Refusal(
                    f"{self.folder} can't be opened in {self.loading.seconds:g} seconds; if that "
                    "is right, raise loading.seconds"
                ) from None
        if child.returncode == REFUSED:
            raise Refusal(out.strip())
        if child.returncode == SWELLED:
            raise Refusal(
                f"{self.folder} needs more than {self.memory / 1e9:.1f} GB to be opened; if "
                "that is right, raise loading.memory"
            )
        if child.returncode:
            said = (errors.strip().splitlines() or ["no message"])[-1][:200]
            raise Refusal(f"{self.folder} ends a process that opens it ({said})")


def prepare(name: str) -> None:
    """Have a child import an opener, as `module:function`, for the first folder that comes.

    It ends with this process if none comes.
    """
    _prepared[name] = _child(name)


def dismiss() -> None:
    """End the children that were prepared in vain."""
    while _prepared:
        _, child = _prepared.popitem()
        with child:
            child.kill()


def _child(name: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", __name__, name],
        env=os.environ | ONE_THREAD | PLAIN_POOL,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="replace",
    )


def begin(opener: Callable[..., Any], folder: Path, loading: Loading, *words: str) -> None:
    """Have a child open a folder while this process does something else before `open_folder`.

    Args:
        opener: as `open_folder` will get it.
        folder: of the model.
        loading: limits and checks.
        words: further arguments of `opener`.
    """
    with suppress(Refusal):  # `open_folder` says so
        check_folder(folder, loading)
        _begun[(digest(folder), _name(opener), *words)] = Trial(opener, folder, loading, *words)


def open_folder(
    opener: Callable[..., Opened], folder: Path, loading: Loading, *words: str
) -> Opened:
    """What `opener` makes of a folder, after all checks.

    Args:
        opener: a function of a module, which the child imports.
        folder: of the model.
        loading: limits and checks.
        words: further arguments of `opener`.

    Raises:
        Refusal: if a check refuses the folder, or the child can't open it within the limits.
    """
    check_folder(folder, loading)
    what = (digest(folder), _name(opener), *words)
    if what not in _opened:
        trial = _begun.pop(what, None) or Trial(opener, folder, loading, *words)
        trial.wait()
        _opened.add(what)
    return opener(folder, *words)


def open_pipeline(folder: Path, loading: Loading) -> "Pipeline":
    """The fitted pipeline of a model folder.

    Raises:
        Refusal: as `open_folder`.
    """
    from ..model.model_file import pipeline_of  # takes a second to import

    return open_folder(pipeline_of, folder, loading)


def _name(opener: Callable[..., Any]) -> str:
    return f"{opener.__module__}:{opener.__qualname__}"


def main() -> None:
    """The child: import an opener, and open the folder that it is told, within limits."""
    module, _, function = sys.argv[1].partition(":")
    opener = getattr(importlib.import_module(module), function)
    job = sys.stdin.read()
    if not job:  # the parent has ended
        return
    seconds, memory, folder, *words = json.loads(job)
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

        # Data, not addresses: the code of a large library, which is only mapped, is no data.
        pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[5])
        limit = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


if __name__ == "__main__":
    main()
