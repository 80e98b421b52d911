"""What GitHub would know: issues, pull requests, images, and which token may do what."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

LEVELS = ("none", "read", "write")


class Hub:
    """A file of JSON that the runner, the stand-ins and `gh` share."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def made(cls, path: Path, repo: Path, name: str) -> "Hub":
        """Make one that knows nothing but its repository."""
        empty: dict[str, Any] = {"repo": str(repo), "name": name, "tokens": {}, "api": {}}
        for kind in "calls issues prs labels releases images attested dispatched".split():
            empty[kind] = []
        path.write_text(json.dumps(empty), encoding="utf-8")
        return cls(path)

    def read(self) -> dict[str, Any]:
        """Give all that is known."""
        found: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return found

    @contextmanager
    def change(self) -> Iterator[dict[str, Any]]:
        """Give all that is known, to change it."""
        known = self.read()
        yield known
        self.path.write_text(json.dumps(known, indent=1), encoding="utf-8")

    def refusal(self, token: str, *needed: str) -> str | None:
        """Say why a token may not do what needs "contents: write". None if it may.

        A token that a person made may do everything; a job's, what its permissions say.
        """
        tokens = self.read()["tokens"]
        if token not in tokens:
            return "HTTP 401: Bad credentials"
        granted = tokens[token]
        for scope, level in (one.split(": ") for one in needed):
            if granted is not None and not _suffices(granted.get(scope, "none"), level):
                return f"HTTP 403: Resource not accessible by integration ({scope}: {level})"
        return None


def _suffices(granted: str, needed: str) -> bool:
    return LEVELS.index(granted) >= LEVELS.index(needed)
