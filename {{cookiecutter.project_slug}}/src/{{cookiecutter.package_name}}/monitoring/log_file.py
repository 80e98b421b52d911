"""A folder of JSON lines: each process appends to a file of its own.

A line goes to the operating system by one call, so it is there even if the process is killed in the
next moment. A file that is full or a day old is closed and the next begun. Then closed files go,
oldest first, until the folder keeps to its size and age. A process holds a lock on its file, so no
other one deletes it.
"""

import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

if sys.platform != "win32":  # Windows deletes no open file, so it needs no lock
    import fcntl

DAY = 86_400  # seconds
HEAD = 80  # bytes at most of a line's time and order
ATTEMPTS = 3  # at writing a line where files are deleted


class LogFile:
    """The file of one process.

    Args:
        folder: of the files of all processes.
        max_bytes: of one file.
        keep_bytes: of all files together; each process may exceed it by its open file.
        keep_days: after which a file that nobody writes to any more is deleted; None: never.
        prepare: makes the folder, if it is not there.
    """

    def __init__(
        self,
        folder: Path,
        max_bytes: int,
        keep_bytes: int,
        keep_days: float | None,
        prepare: Callable[[], object],
    ) -> None:
        self.folder = folder
        self.prepare = prepare
        self.max_bytes = max_bytes
        self.keep_bytes = keep_bytes
        self.keep_days = keep_days
        self._file: int | None = None
        self._name = ""
        self._size = 0
        self._begun = 0.0
        self._clock = Clock()
        self._lock = threading.Lock()

    def append(self, fields: bytes) -> None:
        """Write a line.

        Args:
            fields: of a JSON object, without its first brace, on one line.

        Raises:
            OSError: if the disk takes no more; nothing of the line is left then.
        """
        with self._lock:  # large requests are answered in threads
            is_full = self._size + len(fields) + HEAD > self.max_bytes
            if self._file is None or is_full or time.monotonic() - self._begun > DAY:
                self._next()
            for _ in range(ATTEMPTS):
                if self._write(fields):
                    return
                self._next()  # somebody deleted the file
        raise OSError(f"files in {self.folder} are deleted as soon as they are begun")

    def close(self) -> None:
        """End the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _write(self, fields: bytes) -> bool:
        """Write a line; return whether its file is still there."""
        assert self._file is not None
        line = b'{"time":%.6f,"order":%d,%b\n' % (time.time(), self._clock.now(), fields)
        try:
            written = os.write(self._file, line)
            while written < len(line):  # a disk that is almost full takes a part
                written += os.write(self._file, line[written:])
        except OSError:
            self._take_back()
            raise
        self._size += len(line)
        return os.path.exists(self._name)  # noqa: PTH110 (a fifth of the time of Path's)

    def _take_back(self) -> None:
        """Remove a part of a line."""
        assert self._file is not None
        try:
            os.ftruncate(self._file, self._size)
        except OSError:
            self.close()  # the next line is not to follow it

    def _next(self) -> None:
        self.close()
        self.prepare()
        self._clock.not_before(self._delete_old())
        while self._file is None:
            path = self.folder / f"{self._clock.now():019d}.jsonl"
            try:
                self._file = os.open(path, _NEW, 0o640)
            except FileExistsError:  # two processes in the same moment
                continue
            _lock(self._file)
            if not path.exists():  # deleted before it was locked
                self.close()
        self._name, self._size, self._begun = str(path), 0, time.monotonic()

    def _delete_old(self) -> int:
        """Delete what is too much or too old; return when the newest file was last changed."""
        files = list(_found(self.folder))
        surplus = sum(size for _, size, _ in files) - self.keep_bytes
        oldest = -math.inf if self.keep_days is None else self._clock.past(self.keep_days * DAY)
        for path, size, changed in files:
            if (surplus > 0 or changed < oldest) and _delete(path):
                surplus -= size
        return max((changed for *_, changed in files), default=0)


class Clock:
    """Nanoseconds since 1970 that go on at their pace where the system's clock is set back."""

    def __init__(self) -> None:
        self._last = self._first = time.time_ns()
        self._then = self._begun = time.monotonic_ns()

    def now(self) -> int:
        """The present, later than every other that was given."""
        then, self._then = self._then, time.monotonic_ns()
        self._last = max(time.time_ns(), self._last + max(1, self._then - then))
        return self._last

    def not_before(self, moment: int) -> None:
        """Go on from a moment, if it is not past."""
        self._last = max(self._last, moment)

    def past(self, seconds: float) -> float:
        """A moment so long ago; a system's clock that is set ahead does not bring it nearer."""
        passed = time.monotonic_ns() - self._begun
        return min(time.time_ns(), self._first + passed) - seconds * 1e9


def log_files(folder: Path) -> list[Path]:
    """All files in the order in which they were begun, whatever the system's clock said."""
    return sorted(folder.glob("*.jsonl"))


def _found(folder: Path) -> Iterator[tuple[Path, int, int]]:
    """Each file, its size, and when it was last changed, which is not before it was begun."""
    for path in log_files(folder):
        number = path.stem.partition("-")[0]  # former names end with a process
        begun = int(number) if number.isdecimal() else 0
        with suppress(FileNotFoundError):  # another process deletes, too
            status = path.stat()
            yield path, status.st_size, max(begun, status.st_mtime_ns)


_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND


def _lock(file: int, wait: bool = True) -> None:
    if sys.platform != "win32":
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))


def _delete(path: Path) -> bool:
    """Delete a file, unless a process has it open for writing; return whether it is gone."""
    try:
        if sys.platform == "win32":
            path.unlink()
        else:
            with path.open("rb+") as file:
                _lock(file.fileno(), wait=False)
                path.unlink()
    except OSError:
        return False
    return True
