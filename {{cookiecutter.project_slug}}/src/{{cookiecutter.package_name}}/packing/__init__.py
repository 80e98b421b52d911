"""The model folder, and the SHA-256 of each of its files, so that damage is seen."""

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..tools.errors import Refusal
from ..tools.files import read_json, sha256, write_json

FILE = "hashes.json"
BYTES = 1_000_000  # what hashes.json has at most, thousands of times what it needs
NOTE = "registration.json"  # the registry's, written when a version is fetched
UNLISTED = (FILE, NOTE)


def write_hashes(folder: Path) -> None:
    """Write the hashes of a model folder's files, as the last of them."""
    files = sorted(path for path in folder.iterdir() if path.name not in UNLISTED)
    write_json(folder / FILE, {path.name: sha256(path) for path in files})


def check_hashes(folder: Path) -> None:
    """Compare a model folder with its hashes: it has these files, as they were, and nothing else.

    Raises:
        Refusal: if a file is missing, has changed or is not listed, or is none.
    """
    listed = listed_in(folder)
    for path in folder.iterdir():
        if path.is_symlink() or not path.is_file():
            raise Refusal(f"{path} is not a plain file, as all of a model folder are")
        if path.name not in (*listed, *UNLISTED):
            raise Refusal(f"{path} is not listed in {FILE}: it was added after packing")
        if path.name == NOTE and path.stat().st_size > BYTES:
            raise Refusal(f"{path} is longer than any note of a registry")
    for name, expected in listed.items():
        path = folder / name
        if not path.is_file():
            raise Refusal(f"{folder} lacks {name}")
        if sha256(path) != expected:
            raise Refusal(f"{path} is not as it was packed: damaged, or edited")


def digest(folder: Path) -> str:
    """One SHA-256 for the whole content of a model folder: that of its sorted hashes."""
    listed = json.dumps(listed_in(folder), sort_keys=True)
    return hashlib.sha256(listed.encode()).hexdigest()


def listed_in(folder: Path) -> dict[str, str]:
    """What hashes.json lists: a hash for each file.

    Raises:
        Refusal: if it lists no files, or what can be none.
    """
    path = folder / FILE
    if not path.is_file():
        raise Refusal(f"{folder} is no model folder: it has no {FILE}")
    content: Any = None
    if path.stat().st_size <= BYTES:
        with suppress(ValueError, RecursionError):
            content = read_json(path)
    if not content or not isinstance(content, dict):
        raise Refusal(f"{path} lists no files")
    for name, value in content.items():
        if name != Path(name).name or name in UNLISTED or not isinstance(value, str):
            raise Refusal(f"{path} lists {name!r}, which is no file of a model folder")
    return content
