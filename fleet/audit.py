"""The rules on many repositories, on all cores, each within a bounded time."""

import os
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

from fleet.repositories import name_of
from ml_repo_review.examine import Outcome, examine
from ml_repo_review.policy import Policy
from ml_repo_review.repository import Repository
from ml_repo_review.rule import Finding
from ml_repo_review.tree import BadRepository, tree_of

SECONDS = 60
UNREADABLE = "ML000"  # no rule: the repository could not be audited


@dataclass(frozen=True)
class Audited:
    """One repository and what became of each rule.

    Attributes:
        name: of its folder.
        path: where it lies.
        outcomes: by rule; one of `ML000` where it could not be audited.
    """

    name: str
    path: str
    outcomes: tuple[Outcome, ...]

    def broken(self, level: str | None = None) -> list[Outcome]:
        """Give what is to be mended, of a level or all."""
        return [each for each in self.outcomes if each.counts and level in (None, each.level)]


def audit(
    paths: Sequence[Path],
    policy: Policy,
    *,
    newest: Mapping[str, int] | None = None,
    today: date | None = None,
    seconds: int = SECONDS,
    workers: int | None = None,
) -> list[Audited]:
    """Put repositories through every rule of the organisation's policy.

    Args:
        paths: of the repositories.
        policy: the organisation's; copies in repositories are compared with it, never obeyed.
        newest: commits of the template, each with how many came after it; None: unknown.
        today: for waivers.
        seconds: for each repository; one that takes longer is an error of its own.
        workers: processes; None takes one for each core.
    """
    known = None if newest is None else dict(newest)
    ask = partial(_one, policy=policy, newest=known, today=today, seconds=seconds)
    audited = dict(_in_processes(ask, paths, workers or os.cpu_count() or 1))
    # A process that was killed took its neighbours along: each of these gets one of its own.
    for path in [path for path in paths if path not in audited]:
        audited |= dict(_in_processes(ask, [path], 1))
        audited.setdefault(path, _failed(path, "the process that audited it died"))
    return [_under_waivers(audited[path], policy, today or date.today()) for path in paths]


def _in_processes(
    ask: Callable[[Path], Audited], paths: Sequence[Path], workers: int
) -> Iterator[tuple[Path, Audited]]:
    with ProcessPoolExecutor(workers) as pool:
        running: list[tuple[Path, Future[Audited]]] = [(p, pool.submit(ask, p)) for p in paths]
        for path, future in running:
            try:
                yield path, future.result()
            except BrokenProcessPool:
                continue


def _one(
    path: Path,
    policy: Policy,
    newest: dict[str, int] | None,
    today: date | None,
    seconds: int,
) -> Audited:
    name = name_of(path)
    try:
        with _Limit(seconds):
            repo = Repository(tree_of(path), policy, name, newest)
            outcomes = examine(repo, today)
            if repo.tree.cut:
                outcomes.append(_could_not("it has more files than are looked at"))
            return Audited(name, str(path), tuple(outcomes))
    except BadRepository as bad:
        return _failed(path, str(bad))
    except _TooLong:
        return _failed(path, f"it took more than {seconds} seconds")
    except (OSError, ValueError) as error:
        return _failed(path, f"it can't be read ({error})"[:200])
    except (MemoryError, RecursionError) as error:
        return _failed(path, f"it took too much memory ({type(error).__name__})")


def _failed(path: Path, why: str) -> Audited:
    return Audited(name_of(path), str(path), (_could_not(why),))


def _could_not(why: str) -> Outcome:
    return Outcome(UNREADABLE, "error", "failed", (Finding(why),))


def _under_waivers(audited: Audited, policy: Policy, today: date) -> Audited:
    """Count expired waivers of a repository that could not be audited, which no rule met."""
    met = {outcome.rule for outcome in audited.outcomes}
    late = [
        Outcome(waiver["rule"], "error", "expired", waiver=waiver)
        for waiver in policy.get("waivers", [])
        if waiver["repository"] == audited.name
        and waiver["rule"] not in met
        and date.fromisoformat(waiver["until"]) < today
    ]
    return replace(audited, outcomes=(*audited.outcomes, *late))


class _TooLong(Exception):
    pass


class _Limit:
    """Ends a block after some seconds, where the system has alarms."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds

    def __enter__(self) -> None:
        if hasattr(signal, "SIGALRM"):
            signal.signal(signal.SIGALRM, self._ring)
            signal.alarm(self.seconds)

    def __exit__(self, *_: object) -> None:
        if hasattr(signal, "SIGALRM"):
            signal.alarm(0)

    @staticmethod
    def _ring(*_: Any) -> None:
        raise _TooLong


def template_history(template: str) -> dict[str, int]:
    """Give each commit of a template that lies here, with how many came after it.

    Raises:
        BadRepository: it is no clone.
    """
    done = subprocess.run(
        ["git", "-C", template, "rev-list", "--first-parent", "HEAD"],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise BadRepository(f"{template} is no clone of the template: {done.stderr.strip()}")
    return {commit: number for number, commit in enumerate(done.stdout.split())}
