"""The files of the log: nothing that was written is lost, and what is deleted is old and closed."""

import json
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from {{ cookiecutter.package_name }}.monitoring.log_file import LogFile, log_files

HOUR = 3600
POSIX = pytest.mark.skipif(sys.platform == "win32", reason="POSIX only")


def opened(folder: Path, **limits: Any) -> LogFile:
    """The file of a process."""
    given = {"max_bytes": 10_000, "keep_bytes": 10**9, "keep_days": None, **limits}
    return LogFile(folder, **given, prepare=partial(folder.mkdir, parents=True, exist_ok=True))


def write(file: LogFile, number: int) -> None:
    """Write a line with a number in it."""
    file.append(b'"number":%d}' % number)


def lines(folder: Path) -> list[dict[str, Any]]:
    """All lines, file by file."""
    return [json.loads(line) for path in log_files(folder) for line in path.read_bytes().split()]


def numbers(folder: Path) -> list[int]:
    """What was written, file by file."""
    return [line["number"] for line in lines(folder)]


class SetClock:
    """The system's clock, which is ahead by so many seconds."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self.real = time.time_ns

    def time_ns(self) -> int:
        return self.real() + int(self.ahead * 1e9)

    def time(self) -> float:
        return self.time_ns() / 1e9


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> SetClock:
    """A clock that a test sets."""
    fake = SetClock()
    monkeypatch.setattr(time, "time_ns", fake.time_ns)
    monkeypatch.setattr(time, "time", fake.time)
    return fake


def test_restarts_lose_nothing(tmp_path: Path) -> None:
    for start in range(25):
        file = opened(tmp_path)
        for number in range(10):
            write(file, 10 * start + number)
        file.close()
    assert numbers(tmp_path) == list(range(250))


def test_files_go_by_their_bytes_the_oldest_first(tmp_path: Path) -> None:
    file = opened(tmp_path, max_bytes=1000, keep_bytes=3000)
    for number in range(500):
        write(file, number)
    file.close()
    sizes = [path.stat().st_size for path in log_files(tmp_path)]
    assert max(sizes) <= 1000
    assert 2000 < sum(sizes) <= 4000
    found = numbers(tmp_path)
    assert found == list(range(found[0], 500))


def test_files_go_by_their_age(tmp_path: Path) -> None:
    for number in range(3):
        file = opened(tmp_path)
        write(file, number)
        file.close()
    old, *_ = log_files(tmp_path)
    past = time.time() - 8 * 24 * HOUR
    os.utime(old.rename(tmp_path / f"{int(past * 1e9):019d}.jsonl"), (past, past))
    file = opened(tmp_path, keep_days=7)
    write(file, 3)
    file.close()
    assert numbers(tmp_path) == [1, 2, 3]


def test_a_file_is_closed_after_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = opened(tmp_path)
    write(file, 0)
    write(file, 1)
    later = time.monotonic() + 25 * HOUR
    monkeypatch.setattr(time, "monotonic", lambda: later)
    write(file, 2)
    file.close()
    assert [len(path.read_bytes().splitlines()) for path in log_files(tmp_path)] == [2, 1]


def test_a_busy_process_leaves_a_quiet_one_its_file(tmp_path: Path) -> None:
    quiet, busy = opened(tmp_path), opened(tmp_path, max_bytes=500, keep_bytes=500, keep_days=1)
    write(quiet, -1)
    (live,) = log_files(tmp_path)
    os.utime(live, (0, 0))
    for number in range(200):
        write(busy, number)
    assert live.exists()
    write(quiet, -2)
    quiet.close()
    busy.close()
    assert [line["number"] for line in map(json.loads, live.read_text().splitlines())] == [-1, -2]
    assert len(log_files(tmp_path)) <= 4
    # Now it is nobody's.
    last = opened(tmp_path, keep_bytes=1)
    write(last, 0)
    last.close()
    assert not live.exists()


@pytest.mark.parametrize("step", [-HOUR, -(10**6), HOUR])
def test_a_clock_that_is_set_changes_no_order(tmp_path: Path, clock: SetClock, step: float) -> None:
    file, number = opened(tmp_path, max_bytes=500), 0
    for _ in range(3):  # within a file, from file to file, and from start to start
        for _ in range(4):
            for number in range(number + 1, number + 4):  # noqa: B020
                write(file, number)
            clock.ahead += step
        file.close()
        file = opened(tmp_path, max_bytes=500)
    assert numbers(tmp_path) == list(range(1, number + 1))
    orders = [line["order"] for line in lines(tmp_path)]
    assert orders == sorted(set(orders))


def test_a_clock_that_is_set_back_deletes_no_newer_file(tmp_path: Path, clock: SetClock) -> None:
    limits = {"max_bytes": 500, "keep_bytes": 1500, "keep_days": 1}
    for number in range(200):
        if number % 20 == 0:
            clock.ahead -= HOUR
            file = opened(tmp_path, **limits)
        write(file, number)
        if number % 20 == 19:
            file.close()
    found = numbers(tmp_path)
    assert found == list(range(found[0], 200))


def test_a_clock_that_is_set_ahead_deletes_nothing(tmp_path: Path, clock: SetClock) -> None:
    file = opened(tmp_path, max_bytes=500, keep_days=1)
    for number in range(100):
        clock.ahead += 24 * HOUR
        write(file, number)
    file.close()
    assert numbers(tmp_path) == list(range(100))


def test_threads_lose_nothing_where_a_file_ends(tmp_path: Path) -> None:
    file = opened(tmp_path, max_bytes=1000)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(partial(write, file), range(500)))
    file.close()
    found = lines(tmp_path)
    assert sorted(line["number"] for line in found) == list(range(500))
    orders = [line["order"] for line in found]
    assert orders == sorted(set(orders))


WRITES = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_log_file import opened, write
file = opened(Path(sys.argv[1]), max_bytes=2000, keep_bytes=10**7)
for number in range(500):
    write(file, number)
"""


def test_processes_lose_nothing_side_by_side(tmp_path: Path) -> None:
    words = [sys.executable, "-c", WRITES, str(tmp_path), str(Path(__file__).parent)]
    processes = [subprocess.Popen(words) for _ in range(3)]
    assert [process.wait(60) for process in processes] == [0, 0, 0]
    assert sorted(numbers(tmp_path)) == sorted([*range(500)] * 3)


FILLS = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_log_file import opened, write
file = opened(Path(sys.argv[1]))
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
for number in range(100):
    try:
        write(file, number)
    except OSError:
        print(number)
    if number == 50:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
"""


@POSIX
def test_a_file_that_takes_no_more_has_no_torn_line(tmp_path: Path) -> None:
    words = [sys.executable, "-c", FILLS, str(tmp_path), str(Path(__file__).parent)]
    done = subprocess.run(words, check=True, capture_output=True, text=True)
    refused = [int(number) for number in done.stdout.split()]
    assert 20 < len(refused) < 51
    assert sorted(numbers(tmp_path) + refused) == list(range(100))


def test_a_short_write_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.write
    monkeypatch.setattr(os, "write", lambda file, line: real(file, line[:7]))
    file = opened(tmp_path)
    for number in range(20):
        write(file, number)
    file.close()
    assert numbers(tmp_path) == list(range(20))


def test_a_part_that_can_t_be_taken_back_spoils_no_other_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def torn(file: int, line: bytes) -> int:
        if len(line) < 20:
            raise OSError("No space left on device")
        return real(file, line[:-10])

    def fails(*_: Any) -> None:
        raise OSError("Input/output error")

    real = os.write
    file = opened(tmp_path)
    write(file, 0)
    with monkeypatch.context() as patch:
        patch.setattr(os, "write", torn)
        patch.setattr(os, "ftruncate", fails)
        with pytest.raises(OSError, match="No space"):
            write(file, 1)
    write(file, 2)
    file.close()
    first, second = (path.read_bytes().splitlines() for path in log_files(tmp_path))
    assert [json.loads(line)["number"] for line in (first[0], *second)] == [0, 2]


@POSIX
def test_files_that_somebody_deletes_are_begun_again(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    file = opened(folder)
    for number in range(6):
        write(file, number)
        if number == 1:
            shutil.rmtree(folder)
        elif number == 3:
            for path in log_files(folder):
                path.unlink()
    file.close()
    assert numbers(folder) == [4, 5]


def test_files_that_never_stay_are_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = opened(tmp_path)
    monkeypatch.setattr(os.path, "exists", lambda _: False)
    with pytest.raises(OSError, match="deleted"):
        write(file, 0)
    file.close()


def test_former_files_are_the_oldest(tmp_path: Path) -> None:
    (tmp_path / f"{time.time_ns()}-17.jsonl").write_text('{"number":0}\n')
    (tmp_path / "strange.jsonl").touch()
    file = opened(tmp_path)
    write(file, 1)
    file.close()
    assert numbers(tmp_path) == [0, 1]
