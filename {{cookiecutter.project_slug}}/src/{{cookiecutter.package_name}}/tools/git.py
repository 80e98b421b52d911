"""Asking Git."""

import subprocess
from collections.abc import Iterable

from .errors import Refusal

REMOTE = "origin"


def git(*arguments: str) -> str:
    """Run a Git command, and return its output without the last line end.

    Raises:
        Refusal: with the reason that Git gives.
    """
    try:
        answer = subprocess.run(
            ["git", *arguments], capture_output=True, text=True, encoding="utf-8", check=True
        )
    except FileNotFoundError:
        raise Refusal("this needs Git, which is not installed") from None
    except subprocess.CalledProcessError as error:
        verb = next(word for word in arguments if not word.startswith("-"))
        raise Refusal(f"git {verb}: {(error.stderr or error.stdout).strip()}") from None
    return answer.stdout.rstrip("\n")


def literally(paths: Iterable[str]) -> list[str]:
    """Paths that Git takes as they are, whatever brackets and stars are in their names."""
    return [f":(literal){path}" for path in paths]


def head() -> str:
    """The commit that is checked out.

    Raises:
        Refusal: if there is none.
    """
    try:
        return git("rev-parse", "--verify", "--quiet", "HEAD")
    except Refusal:
        raise Refusal("there is no commit here; `git init`, `git add -A`, `git commit`") from None
