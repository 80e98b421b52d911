"""Print what CHANGELOG.md says of pyproject.toml's version; refuse a TAG of another version."""

import os
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def section(changelog: str, version: str) -> str:
    """Give the text below a version's heading; empty if there is none."""
    heading = rf"^## \[?{re.escape(version)}\]?(?: - \d{{4}}-\d\d-\d\d)?\n"
    found = re.search(rf"{heading}(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def notes(root: Path, tag: str) -> str:
    """Give the notes of the release; an empty tag means that of pyproject.toml.

    Raises:
        ValueError: the tag is another version's, or nothing was written about this one.
    """
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    version = project["version"]
    if tag not in ("", f"v{version}"):
        raise ValueError(
            f"The tag {tag!r} is not the version in pyproject.toml, which is {version}; "
            "change one of them, and tag that commit"
        )
    found = section((root / "CHANGELOG.md").read_text(encoding="utf-8"), version)
    if not found:
        raise ValueError(
            f"CHANGELOG.md says nothing under `## {version} - <date>`, and the release's notes are "
            "what stands there; write it, and tag that commit"
        )
    return found


def main(root: Path = ROOT) -> None:
    """Print the notes, or refuse in one line."""
    try:
        text = notes(root, os.environ.get("TAG", ""))
    except ValueError as why:
        sys.exit(str(why))
    sys.stdout.buffer.write(f"{text}\n".encode())


if __name__ == "__main__":
    main()
