"""Git, with nothing of the caller's repository, hooks or editor in it."""

import os
import subprocess
from pathlib import Path

from course.mistakes import Mistake

SECONDS = 600
IDENTITY = {
    "GIT_AUTHOR_NAME": "course",
    "GIT_AUTHOR_EMAIL": "course@localhost",
    "GIT_COMMITTER_NAME": "course",
    "GIT_COMMITTER_EMAIL": "course@localhost",
}


def git(folder: Path, *arguments: str, **variables: str) -> str:
    """Run Git in a folder; give what it printed.

    Raises:
        Mistake: it failed; with its last line.
    """
    done = run(folder, *arguments, **variables)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or [f"exit {done.returncode}"]
        raise Mistake(f"git {arguments[0]} in {folder}: {said[-1]}")
    return done.stdout


def run(folder: Path, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    """Run Git in a folder, whatever comes of it."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
    return subprocess.run(
        ["git", "-c", f"core.hooksPath={os.devnull}", "-c", "core.autocrlf=false", *arguments],
        cwd=folder,
        env={**kept, "GIT_TERMINAL_PROMPT": "0", "GIT_ADVICE": "0", **IDENTITY, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        timeout=SECONDS,
        check=False,
    )


def is_ancestor(folder: Path, older: str, newer: str) -> bool:
    """Tell whether a commit is another one, or in its history."""
    return run(folder, "merge-base", "--is-ancestor", older, newer).returncode == 0


def tip(folder: Path, ref: str = "refs/heads/main") -> str | None:
    """Give the commit that a ref names; None if there is none."""
    done = run(folder, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
    return done.stdout.strip() or None
