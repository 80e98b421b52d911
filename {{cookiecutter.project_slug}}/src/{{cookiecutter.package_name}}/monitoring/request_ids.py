"""Ids of requests that the service knows again without keeping them.

An id is a random number and the first bytes of its keyed hash, so nobody can guess or make one. The
key is in the folder of the log, for all processes that write there and those that follow them.
"""

import hashlib
import hmac
import os
import re
import secrets
from contextlib import suppress
from pathlib import Path

KEY = ".key"  # a file in the log's folder
RANDOM, HASHED = 10, 6  # bytes
OF_ROW = re.compile(r"([0-9a-f]{32})\.(0|[1-9][0-9]{0,6})")


class RequestIds:
    """Makes ids and checks them.

    Args:
        key: of the hash.
    """

    def __init__(self, key: bytes) -> None:
        self.key = hashlib.sha256(b"request ids" + key).digest()

    def new(self) -> str:
        """An id for a request: 32 hexadecimal digits."""
        number = secrets.token_bytes(RANDOM)
        return (number + self._hash(number)).hex()

    def row(self, text: str) -> int | None:
        """The row in the id of a prediction; None if the service gave no such id."""
        found = OF_ROW.fullmatch(text)
        if found is None:
            return None
        given = bytes.fromhex(found[1])
        hashed = self._hash(given[:RANDOM])
        return int(found[2]) if hmac.compare_digest(hashed, given[RANDOM:]) else None

    def _hash(self, number: bytes) -> bytes:
        return hashlib.blake2b(number, key=self.key, digest_size=HASHED).digest()


def kept_key(folder: Path) -> bytes:
    """The key in a folder, which is made if there is none.

    Raises:
        OSError: if it can't be read or made.
    """
    keep_key(folder, secrets.token_bytes(32))
    return (folder / KEY).read_bytes()


def keep_key(folder: Path, key: bytes) -> None:
    """Put a key into a folder, unless it has one.

    Raises:
        OSError: if it can't be written.
    """
    if (folder / KEY).exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f"{KEY}.{os.getpid()}"
    try:
        new.write_bytes(key)
        with suppress(FileExistsError):  # another process was first
            os.link(new, folder / KEY)
    finally:
        new.unlink(missing_ok=True)
