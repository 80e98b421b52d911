"""Asking DVC, so that people see what it does, and nothing of it goes on after them."""

import os
import signal
import subprocess
import sys
from collections import deque
from typing import NamedTuple

from dvc.exceptions import DvcException
from dvc.repo import Repo

from .errors import Refusal

KEPT = 30  # lines, for a report
PATIENCE = 10  # seconds, for what has to stop


class Remote(NamedTuple):
    """Where DVC pushes to.

    Attributes:
        url: a folder, if it is no URL.
    """

    name: str
    url: str

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
        return Remote(name, str(repo.config["remote"][name]["url"])) if name else None


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
