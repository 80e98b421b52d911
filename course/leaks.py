"""Looks for the solution in every Git object of a starter, reachable or not."""

import subprocess
from collections.abc import Collection, Iterator
from pathlib import Path

from course.git import git, run

SHORTEST = 16  # characters of a line that says something of its own


def telling(lines: Collection[str], common: Collection[str] = ()) -> set[str]:
    """Give the lines of emptied bodies that would give something away."""
    every = {line.strip() for line in lines} - {line.strip() for line in common}
    return {line for line in every if len(line) >= SHORTEST}


def leaks(repo: Path, lines: Collection[str], removed: Collection[str] = ()) -> list[str]:
    """Find the solution in a repository.

    Args:
        repo: of Git.
        lines: of the solution, as `telling` gives them.
        removed: hashes of the contents of files that the starter is without.

    Returns:
        A text for each object that holds some of it: where, and what.
    """
    sought = {line.encode() for line in lines}
    found = []
    for name, kind, content in _objects(repo):
        if kind == "blob" and name in removed:
            found.append(f"{_place(repo, name)} is a file that the starter should be without")
        for number, line in enumerate(content.splitlines(), 1) if kind != "tree" else ():
            if line.strip() in sought:
                text = line.decode(errors="replace").strip()
                found.append(f"{_place(repo, name)}:{number} holds a line of the solution: {text}")
    return found


def _objects(repo: Path) -> Iterator[tuple[str, str, bytes]]:
    """Every object: its hash, kind and content."""
    command = ["git", "cat-file", "--batch-all-objects", "--batch", "--buffer"]
    with subprocess.Popen(command, cwd=repo, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        while header := process.stdout.readline():
            name, kind, size = header.decode().split()
            yield name, kind, process.stdout.read(int(size))
            process.stdout.read(1)


def _place(repo: Path, name: str) -> str:
    """The path of an object, or its hash where no commit names it."""
    for line in run(repo, "rev-list", "--all", "--objects").stdout.splitlines():
        known, _, path = line.partition(" ")
        if known == name and path:
            return path
    return f"the {git(repo, 'cat-file', '-t', name).strip()} {name[:12]}"
