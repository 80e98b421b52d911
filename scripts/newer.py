"""Say in Markdown what is newer than in the last green run: `newer.py green.txt now.txt`."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path


def versions(file: Path) -> dict[str, set[str]]:
    """Read `name==version` lines; a name may have several versions, in several environments."""
    found: dict[str, set[str]] = {}
    for line in file.read_text(encoding="utf-8").splitlines():
        name, equal, version = line.partition("==")
        if equal:
            found.setdefault(name.strip(), set()).add(version.split(";")[0].strip())
    return found


def changes(green: Path, now: Path) -> Iterator[str]:
    """Give a table of what differs, or a sentence why there is none."""
    if not now.exists():
        yield "The newest versions could not be told: they do not go together, as its log says."
        return
    if not green.exists():
        yield "There is no earlier green run to compare its versions with."
        return
    old, new = versions(green), versions(now)
    differing = [name for name in sorted(old | new) if old.get(name) != new.get(name)]
    if not differing:
        yield "Its versions are those of the last green run: look at the commits since."
        return
    yield "| package | last green run | this run |"
    yield "| --- | --- | --- |"
    for name in differing:
        before, after = (", ".join(sorted(all_.get(name, {"-"}))) for all_ in (old, new))
        yield f"| {name} | {before} | {after} |"


def main() -> None:
    """Print what an issue about a failed night says."""
    server, repository, run = (
        os.environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")
    )
    print(f"The tests failed in {server}/{repository}/actions/runs/{run}.\n")
    green, now = map(Path, sys.argv[1:])
    print("\n".join(changes(green, now)))


if __name__ == "__main__":
    main()
