"""Files: reading, hashing, and writing so that a crash leaves the former content.

As a command it copies a folder in the place of another, whole or not at all: `SOURCE TARGET`.
"""

import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` (for a file or a folder) that takes its place on success."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}-") as folder:
        new = Path(folder) / path.name
        yield new
        if path.is_dir():
            shutil.move(path, Path(folder) / "former")
        new.replace(path)


def replace_folder(source: Path, target: Path) -> None:
    """Copy a folder, in the place of what is there."""
    with replacing(target) as new:
        shutil.copytree(source, new)


def write_text(path: Path, text: str) -> None:
    """Write UTF-8 text with Unix line ends."""
    with replacing(path) as new:
        new.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, content: Any) -> None:
    """Write JSON that people can read and Git can compare."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n")


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text(encoding="utf-8"))


def sha256(path: Path) -> str:
    """A file's SHA-256, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


if __name__ == "__main__":
    replace_folder(*map(Path, sys.argv[1:]))
