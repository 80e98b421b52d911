"""A Git and DVC repository in which the pipeline has run, for tests that need one."""

import subprocess
import sys
from pathlib import Path

from {{ cookiecutter.package_name }}.packing.hashes import write_hashes
from {{ cookiecutter.package_name }}.tools.paths import CANDIDATE, TEST, TRAIN


def git(*words: str) -> None:
    subprocess.run(["git", *words], check=True, capture_output=True)


def dvc(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "dvc", *words, "--quiet"], check=True)


def start() -> None:
    """Record what the pipeline has left in the current folder."""
    git("init")
    git("config", "user.name", "Tester")
    git("config", "user.email", "tester@example.com")
    dvc("init")
    Path(".gitignore").write_text("/models/\n/data/\n/reports/\n/outputs/\n", encoding="utf-8")
    record("first")


def record(message: str) -> None:
    """Commit what a run of the pipeline leaves: the hashes in dvc.lock."""
    outs = [word for path in (CANDIDATE, TRAIN, TEST) for word in ("--outs", str(path))]
    dvc("stage", "add", "--force", "--name", "evaluate", *outs, "true")
    dvc("commit", "--force", "evaluate")
    git("add", "--all")
    git("commit", "--message", message, "--no-verify")


def retrained(note: str) -> None:
    """Another candidate, which differs and scores the same."""
    (CANDIDATE / "README.md").write_text(note, encoding="utf-8")
    write_hashes(CANDIDATE)
