"""The log of predictions, as the service writes it: a line a request, before its answer is sent.

A line goes to the operating system by one call, so it is there even if the process is killed in the
next moment. Each process has a file of its own; a file that is full is closed and the next begun,
and of too many files the oldest goes.
"""

import hashlib
import hmac
import os
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, PositiveInt
from pydantic_core import to_json

SALT = "LOG_SALT"  # the environment variable with the secret that hashes are keyed by


class Options(BaseModel):
    """See `log` in conf/monitoring/default.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: str | None = None
    max_bytes: PositiveInt = 50_000_000
    max_files: PositiveInt = 20
    drop: tuple[str, ...] = ()
    hash: tuple[str, ...] = ()


class Journal:
    """The file of one process.

    Args:
        options: where, how much, and which columns are left out or hashed.
    """

    def __init__(self, options: Options) -> None:
        assert options.folder is not None
        self.options = options
        self.folder = Path(options.folder)
        self.is_private = bool(options.drop or options.hash)
        self._salt = os.environ.get(SALT, "").encode()
        self._file: int | None = None
        self._size = 0
        self._lock = threading.Lock()

    def predicted(
        self,
        body: bytes,
        columns: Mapping[str, Sequence[Any]],
        content: bytes,
        variant: str,
        key: str | None,
        seconds: float,
    ) -> None:
        """Write what was asked and answered.

        Args:
            body: the request's, as it came.
            columns: the checked values in it, for columns that are not written as they came.
            content: the answer's.
            variant: which of two models it was.
            key: by which it was chosen.
            seconds: that it took.

        Raises:
            OSError: if the disk takes no more.
        """
        # What came may be in several lines, of which a break never belongs to a value.
        asked = self._private(columns) if self.is_private else body.translate(_ONE_LINE)
        head = to_json({"time": time.time(), "variant": variant, "key": key, "seconds": seconds})
        self._write(b'%b,"asked":%b,"answered":%b}\n' % (head[:-1], asked, content))

    def outcomes(self, feedback: Sequence[Mapping[str, Any]]) -> None:
        """Write what turned out to be true: dicts of id and actual."""
        self._write(to_json({"time": time.time(), "feedback": feedback}) + b"\n")

    def close(self) -> None:
        """End the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _private(self, columns: Mapping[str, Sequence[Any]]) -> bytes:
        kept = {
            name: [self._hashed(value) for value in values] if name in self.options.hash else values
            for name, values in columns.items()
            if name not in self.options.drop
        }
        rows = [dict(zip(kept, row, strict=True)) for row in zip(*kept.values(), strict=True)]
        return to_json(rows)

    def _hashed(self, value: Any) -> str | None:
        if value is None:
            return None
        return hmac.new(self._salt, str(value).encode(), hashlib.sha256).hexdigest()[:16]

    def _write(self, line: bytes) -> None:
        with self._lock:  # large requests are answered in threads
            if self._file is None or self._size + len(line) > self.options.max_bytes:
                self._next()
            assert self._file is not None
            self._size += os.write(self._file, line)

    def _next(self) -> None:
        self.close()
        self.folder.mkdir(parents=True, exist_ok=True)
        name = f"{time.time_ns()}-{os.getpid()}.jsonl"
        mode = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        self._file, self._size = os.open(self.folder / name, mode, 0o640), 0
        files = sorted(self.folder.glob("*.jsonl"))
        for path in files[: -self.options.max_files]:
            path.unlink(missing_ok=True)


_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")
