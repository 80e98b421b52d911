"""One task of the pipeline, as an orchestrator starts it: `python -m … TASK`.

TASK is `check`, a stage of dvc.yaml, or what may follow the pipeline: gate, register, promote. In a
shared workspace it runs here. With `workspace: apart` it runs in a clone that is thrown away, and
Git and DVC's remote connect it with the others.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from typing import Any

import yaml

from ..tools.dvc import dvc, remote
from ..tools.errors import Refusal
from ..tools.git import REMOTE, git, head
from ..tools.paths import PARAMS
from .stages import read_stages

PACKAGE = __package__.partition(".")[0]
LATER = ("gate", "register", "promote")
STORAGE = "engine"  # the name of a DVC remote that is given by its address
RECORDED = ("dvc.lock", "params.yaml", "reports")  # of a run, in Git


def settings(file: Path = PARAMS) -> dict[str, Any]:
    """The `engines` group of params.yaml."""
    found: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))["engines"]
    return found


def run(task: str, source: str, commit: str, storage: str) -> None:
    """Run a task.

    Args:
        task: `check`, a stage, or one of `LATER`.
        source: the Git repository to clone; empty: the one that the current folder is a clone of.
        commit: to check out in the clone; empty: the newest.
        storage: a DVC remote's name or address; empty: the default one.

    Raises:
        Refusal: if it can't be run, or fails.
    """
    if not source:
        if settings()["workspace"] == "shared":
            _refuse_unknown(task)
            _run_here(task)
            return
        source, commit = _source(), commit or _committed()
    with _clone(source, commit, storage):
        _refuse_unknown(task)
        if task == "check":
            _check()
        else:
            _run_apart(task)


def _refuse_unknown(task: str) -> None:
    known = ("check", *(stage.name for stage in read_stages()), *LATER)
    if task not in known:
        raise Refusal(f"there is no task {task!r}, only {', '.join(known)}; see dvc.yaml")


def _check() -> None:
    """See that params.yaml is what conf/ composes; print the commit as the last line."""
    _call("tools.config", "--check")
    print(head())


def _run_later(task: str) -> None:
    """Run what follows the pipeline; all but the gate name a commit of what it left."""
    if task != "gate":
        _record()
    _call("registry.commands", task)


def _run_here(task: str) -> None:
    if task == "check":
        _check()
    elif task in LATER:
        _run_later(task)
    else:
        dvc("--wait-for-lock", "repro", "--single-item", task)


def _run_apart(task: str) -> None:
    """Run a task in the clone that is the current folder."""
    if task not in LATER:
        dvc("repro", task, "--pull")
        dvc("push", "--run-cache")
        return
    branch = f"engines/{head()[:12]}"
    if git("ls-remote", REMOTE, f"refs/heads/{branch}"):  # what an earlier one of them left
        git("fetch", "--quiet", REMOTE, branch)
        git("checkout", "--quiet", "-B", branch, "FETCH_HEAD")
    else:
        git("checkout", "--quiet", "-B", branch)
    dvc("repro", "--pull")
    _run_later(task)
    if task != "gate":
        _call("registry.commands", "push")


def _source() -> str:
    """The repository that this one is a clone of.

    Raises:
        Refusal: if there is none.
    """
    if REMOTE not in git("remote").splitlines():
        raise Refusal(
            f"Git has no remote to clone from; `git remote add {REMOTE} <address>` and push, or "
            "`workspace: shared` in conf/engines/default.yaml"
        )
    return git("remote", "get-url", REMOTE)


def _committed() -> str:
    """The commit that is checked out.

    Raises:
        Refusal: if there is more here than it has.
    """
    if files := git("status", "--porcelain", "--untracked-files=no").splitlines():
        names = ", ".join(line[3:] for line in files[:5])
        raise Refusal(f"not committed, so no clone has it: {names}; commit and push, then again")
    return head()


@contextmanager
def _clone(source: str, commit: str, storage: str) -> Iterator[None]:
    """A clone at a commit, which is the current folder, and whose code is what runs.

    Raises:
        Refusal: if it has no such commit, or DVC no such remote.
    """
    with tempfile.TemporaryDirectory(prefix=f"{PACKAGE}-", ignore_cleanup_errors=True) as folder:
        git("clone", "--quiet", "--no-checkout", source, folder)
        path = list(filter(None, [os.environ.get("PYTHONPATH")]))
        with chdir(folder):
            try:
                git("checkout", "--quiet", "--detach", commit or "HEAD")
            except Refusal:
                name = commit[:12] or "HEAD"
                raise Refusal(f"{source} has no commit {name}; push it, then again") from None
            _set_remote(storage)
            os.environ["PYTHONPATH"] = os.pathsep.join([str(Path("src").resolve()), *path])
            try:
                yield
            finally:
                os.environ["PYTHONPATH"] = os.pathsep.join(path)


def _set_remote(storage: str) -> None:
    if "/" in storage:
        dvc("remote", "add", "--quiet", "--local", "--force", "--default", STORAGE, storage)
    elif storage:
        dvc("remote", "default", "--quiet", "--local", storage)
    found = remote()
    if found is None:
        raise Refusal(
            "DVC has no remote, through which the tasks share what they make; "
            "`make remote URL=…` and commit .dvc/config"
        )
    if found.is_beside:
        raise Refusal(
            f"DVC's remote {found.name!r} is a folder beside the repository, which a clone "
            "elsewhere does not see; `make remote URL=…`, commit .dvc/config and push"
        )


def _record() -> None:
    """Commit what the run left, which the registry's tags name."""
    git("add", "--", *(path for path in RECORDED if Path(path).exists()))
    if git("diff", "--cached", "--name-only"):
        git("commit", "--quiet", "--no-verify", "--message", "Train")


def _call(module: str, *words: str) -> None:
    """Run a command of this package, as the checked-out code has it.

    Raises:
        Refusal: if it fails.
    """
    command = [sys.executable, "-m", f"{PACKAGE}.{module}", *words]
    if subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode:
        raise Refusal(f"{' '.join((module, *words))} failed, for the reason above")


def main() -> None:
    """Run the task that the arguments name."""
    parser = argparse.ArgumentParser(description="Run one task of the pipeline.")
    parser.add_argument("task", help="check, a stage of dvc.yaml, gate, register or promote")
    parser.add_argument("--source", default="", help="the Git repository to clone")
    parser.add_argument("--commit", default="", help="what to check out in a clone")
    parser.add_argument("--storage", default="", help="a DVC remote: its name or address")
    given = parser.parse_args()
    try:
        run(given.task, given.source, given.commit, given.storage)
    except Refusal as refusal:
        sys.exit(f"Refused: {refusal}")


if __name__ == "__main__":
    main()
