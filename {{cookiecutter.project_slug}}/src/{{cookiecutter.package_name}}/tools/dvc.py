"""Asking DVC, so that people see what it does, and nothing of it goes on after them.

As a command (`make lock-check`) it checks that dvc.lock matches the code, the parameters and the
data. That compares hashes, so it needs no data, and runs nothing.
"""

import os
import signal
import subprocess
import sys
from collections import deque
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from dvc.config_schema import RelPath
from dvc.exceptions import DvcException
from dvc.repo import Repo
from dvc.repo.reproduce import get_active_graph, plan_repro
from dvc.stage import PipelineStage

from .errors import Refusal
from .git import git

LOCK = Path("dvc.lock")
KEPT = 30  # lines, for a report
PATIENCE = 10  # seconds, for what has to stop


class Remote(NamedTuple):
    """Where DVC pushes to.

    Attributes:
        url: a folder, if it is no URL.
        is_beside: whether the configuration names that folder from where the repository is.
    """

    name: str
    url: str
    is_beside: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of this machine."""
        return "://" not in self.url


class Broke(Refusal):
    """A command of DVC's failed.

    Attributes:
        lines: the last that it printed.
    """

    def __init__(self, words: tuple[str, ...], lines: list[str]) -> None:
        self.lines = lines
        super().__init__(f"`dvc {' '.join(words)}` failed: {_reason(lines)}")


def dvc(*words: str) -> None:
    """Run a command of DVC's.

    Raises:
        Broke: if it fails.
    """
    print(f"$ dvc {' '.join(words)}", flush=True)
    lines: deque[str] = deque(maxlen=KEPT)
    with subprocess.Popen(
        [sys.executable, "-m", "dvc", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        text=True,
        encoding="utf-8",
        errors="replace",
        start_new_session=True,  # so that it can be stopped with the stages that it runs
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                print(line, end="", flush=True)
                lines.append(line.rstrip())
        except BaseException:
            _stop(process)
            raise
    if process.returncode:
        raise Broke(words, [line for line in lines if line])


def push_of(commit: str, target: str, to: Remote) -> None:
    """Push a file or folder as it was at a commit, to a remote of today.

    `dvc push --all-tags` would push it to the remote that the commit's own configuration names.

    Args:
        commit: with the file's hash.
        target: path of the file or folder.
        to: the remote.

    Raises:
        Refusal: if it can't be pushed.
    """
    try:
        with Repo.open(".", rev=commit) as repo:
            repo.push(targets=[target], remote=to.name)
    except DvcException as error:
        raise Refusal(f"{target} of {commit[:7]} can't be pushed: {error}") from None


def remote() -> Remote | None:
    """The default remote, if there is one."""
    with Repo() as repo:
        name = repo.config["core"].get("remote")
        url = repo.config["remote"][name]["url"] if name else ""
        return Remote(name, str(url), isinstance(url, RelPath)) if name else None


def recorded(commit: str) -> dict[str, str]:
    """DVC's hash of each output, by path, as dvc.lock was at a commit."""
    if not git("ls-tree", commit, "--", LOCK.as_posix()):
        return {}
    stages = yaml.safe_load(git("show", f"{commit}:./{LOCK}"))["stages"].values()
    return {out["path"]: out["md5"] for stage in stages for out in stage.get("outs", [])}


def refuse_other_files(commit: str, *paths: Path) -> None:
    """See that files are here as dvc.lock names them at a commit.

    Args:
        commit: whose dvc.lock counts, whatever the one that is here says.
        paths: of outputs of the pipeline.

    Raises:
        Refusal: for the first that is another one.
    """
    names = recorded(commit)
    with Repo() as repo:
        outs = {Path(out.fspath).resolve(): out for out in repo.index.outs}
        for path in paths:
            name, out = path.as_posix(), outs.get(path.resolve())
            if name not in names or out is None:
                raise Refusal(f"dvc.lock names no {name}; run `make pipeline` and commit")
            here = out.get_hash().value if out.exists else None
            if here == names[name]:
                continue
            if out.hash_info.value != names[name]:
                raise Refusal(
                    f"the run that made {name} is not committed; run `git add -A && git commit -m "
                    "'Train'`, then again (or `git restore dvc.lock`, `dvc checkout`)"
                )
            found = "is not here" if here is None else "is not the one that dvc.lock names"
            raise Refusal(f"{name} {found}; run `dvc checkout`, then again")


def stale() -> list[str]:
    """The stages that `dvc repro` would run, in its order.

    `dvc repro --dry --allow-missing` fails at the first of them where the data are not here.
    """
    changed: list[Any] = []
    with Repo() as repo, repo.lock:
        graph = get_active_graph(repo.index.graph)
        for stage in plan_repro(graph):
            before = list(graph.successors(stage))
            # What a stage makes may be another thing then, so those that follow run as well.
            if any(one in changed for one in before) or stage.changed(True, before):
                changed.append(stage)
    return [stage.name for stage in changed if isinstance(stage, PipelineStage)]


def check_lock() -> int:
    """Say which stages would run, if any would."""
    if not LOCK.exists():
        print("dvc.lock is not there yet: nothing was trained. Next: make pipeline")
        return 0
    if names := stale():
        print(
            f"dvc.lock is not what the code gives: {', '.join(names)} would run; "
            "`make pipeline`, commit dvc.lock"
        )
        return 1
    return 0


def _reason(lines: list[str]) -> str:
    """The reason in a stage's or DVC's output."""
    for start in ("Refused: ", "ERROR: "):
        if found := [line for line in lines if line.startswith(start)]:
            return found[-1].removeprefix(start).removesuffix(":")
    return lines[-1] if lines else "it printed nothing"


def _stop(process: subprocess.Popen[str]) -> None:
    if not hasattr(os, "killpg"):
        process.kill()
        return
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(check_lock())
