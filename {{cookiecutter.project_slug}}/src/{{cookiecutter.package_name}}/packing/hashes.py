"""hashes.json: the SHA-256 of each file of a model folder, so that damage is seen."""

import hashlib
import json
from pathlib import Path

from ..tools.errors import Refusal
from ..tools.files import read_json, sha256, write_json

FILE = "hashes.json"


def write_hashes(folder: Path) -> None:
    """Write the hashes of a model folder's files, as the last of them."""
    files = sorted(path for path in folder.iterdir() if path.name != FILE)
    write_json(folder / FILE, {path.name: sha256(path) for path in files})


def check_hashes(folder: Path) -> None:
    """Compare a model folder's files with their hashes.

    Raises:
        Refusal: if a file is missing or has changed.
    """
    for name, expected in read_json(folder / FILE).items():
        path = folder / name
        if not path.is_file():
            raise Refusal(f"{folder} lacks {name}")
        if sha256(path) != expected:
            raise Refusal(f"{path} is not as it was packed: damaged, or edited")


def digest(folder: Path) -> str:
    """One SHA-256 for the whole content of a model folder: that of its sorted hashes."""
    listed = json.dumps(read_json(folder / FILE), sort_keys=True)
    return hashlib.sha256(listed.encode()).hexdigest()
