"""The prediction log of a real service: whatever happens, an acknowledged prediction is in it."""

import contextlib
import http.client
import json
import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.rendered import RenderedRepo
from tests.served import Reply, Row, Service, ask, members, python, serving, until

resource = pytest.importorskip("resource", reason="limits of a process are POSIX's")

pytestmark = pytest.mark.slow

READ = """
import json, pathlib, sys
from rain.monitoring import store
from rain.data.schema import Schema
found = store.read(pathlib.Path(sys.argv[1]), Schema.load())
print(found[["id", "actual"]].to_json(orient="values"))
"""


def read(repo: RenderedRepo, folder: Path) -> dict[str, Any]:
    """Give the outcome of each prediction in the log, by its id, oldest first."""
    pairs = json.loads(repo.run(*python(repo, "-c", READ, str(folder))).stdout)
    found: dict[str, Any] = dict(pairs)
    assert len(found) == len(pairs), "a prediction is there twice"
    return found


def lines(folder: Path) -> list[dict[str, Any]]:
    """Give the lines of the log; each has to be whole."""
    files = sorted(folder.glob("*.jsonl"))
    return [json.loads(line) for path in files for line in path.read_bytes().splitlines()]


def logging_to(folder: Path, **log: object) -> tuple[str, ...]:
    """The settings of a service that logs there."""
    options = {"folder": folder, **log}
    words = (f"monitoring.log.{name}={value}" for name, value in options.items())
    return ("serving.model=candidate", *words)


@contextmanager
def clients(service: Service, body: Any, number: int = 6) -> Iterator[list[str]]:
    """Ask without pause until the end or until nobody answers; give ids that were acknowledged."""
    acknowledged: list[str] = []
    done = threading.Event()

    def run() -> None:
        connection = service.connection()
        while not done.is_set():
            try:
                reply = ask(connection, "POST", "/predict", body)
            except (OSError, http.client.HTTPException):
                return
            if reply.status == 200:
                found = reply.json
                rows = range(len(found["predictions"]))
                acknowledged.extend(f"{found['request_id']}.{row}" for row in rows)

    threads = [threading.Thread(target=run) for _ in range(number)]
    for thread in threads:
        thread.start()
    try:
        yield acknowledged
    finally:
        done.set()
        for thread in threads:
            thread.join()


def predict(service: Service, row: Row, times: int) -> list[str]:
    """Ask so many times; give the ids of the predictions."""
    replies = [service.post(row) for _ in range(times)]
    assert {reply.status for reply in replies} <= {200}
    return [f"{reply.json['request_id']}.0" for reply in replies]


def kill(service: Service) -> None:
    """End all processes of a service as `kill -9` does."""
    for pid in members(service.process.pid):
        os.kill(pid, signal.SIGKILL)


# --- what survives ---


@pytest.mark.parametrize("workers", [1, 2])
def test_what_a_client_was_told_is_in_the_log_after_a_kill(
    repo: RenderedRepo, rows: list[Row], tmp_path: Path, workers: int
) -> None:
    options = (*logging_to(tmp_path / "log"), f"serving.workers={workers}")
    with serving(repo, *options) as service, clients(service, rows[:2]) as acknowledged:
        time.sleep(2)
        kill(service)
    assert len(acknowledged) > 100
    assert set(acknowledged) <= read(repo, tmp_path / "log").keys()


RESTARTED = """
import json, sys
from pathlib import Path
from fastapi.testclient import TestClient
from rain.serving.app import create_app
from rain.serving.settings import Settings
target = "rain.monitoring.prediction_log.prediction_log"
log = {"_target_": target, "options": {"folder": sys.argv[1]}}
settings = Settings(model="test", folder="models/candidate", log=log)
row = json.load(sys.stdin)
for start in range(int(sys.argv[2])):
    with TestClient(create_app(settings)) as client:
        for _ in range(10):
            answer = client.post("/predict", json=row).raise_for_status().json()
            print(answer["request_id"] + ".0", flush=True)
"""


def test_restarts_lose_nothing(repo: RenderedRepo, rows: list[Row], tmp_path: Path) -> None:
    """23 starts of the application, and two of the whole service, one of which is killed."""
    folder, words = tmp_path / "log", python(repo, "-c", RESTARTED, str(tmp_path / "log"), "23")
    row = json.dumps(rows[0])
    done = subprocess.run(
        words, cwd=repo.path, input=row, capture_output=True, text=True, check=True
    )
    acknowledged = done.stdout.split()
    for start in range(2):
        with serving(repo, *logging_to(folder)) as service:
            acknowledged += predict(service, rows[0], 10)
            if start == 0:
                kill(service)
    assert len(acknowledged) == 250
    assert list(read(repo, folder)) == acknowledged


def test_rotation_under_load_loses_nothing_that_is_to_be_kept(
    repo: RenderedRepo, rows: list[Row], tmp_path: Path
) -> None:
    limits = {"max_bytes": 5_000, "keep_bytes": 50_000_000}
    options = (*logging_to(tmp_path / "log", **limits), "serving.workers=2")
    with serving(repo, *options) as service, clients(service, rows[:3]) as acknowledged:
        until(lambda: len(list((tmp_path / "log").glob("*.jsonl"))) > 30, "many files")
    assert set(acknowledged) == read(repo, tmp_path / "log").keys()


def test_a_busy_worker_deletes_what_is_old_and_no_live_file_of_a_quiet_one(
    repo: RenderedRepo, rows: list[Row], tmp_path: Path
) -> None:
    folder, limits = tmp_path / "log", {"max_bytes": 5_000, "keep_bytes": 20_000}
    with serving(repo, *logging_to(folder)) as quiet:
        told = predict(quiet, rows[0], 3)
        with serving(repo, *logging_to(folder, **limits)) as busy:
            last = predict(busy, rows[0], 200)
            told += predict(quiet, rows[0], 3)
            last += predict(busy, rows[0], 5)
    size = sum(path.stat().st_size for path in folder.glob("*.jsonl"))
    assert size < 20_000 + 5_000 + 5_000
    found = read(repo, folder)
    assert set(told) <= found.keys()
    kept = [number for number in found if number not in told]
    assert 5 < len(kept) < 100
    assert kept == last[-len(kept) :]


def test_a_folder_that_is_deleted_under_load_is_made_again(
    repo: RenderedRepo, rows: list[Row], tmp_path: Path
) -> None:
    folder = tmp_path / "log"
    options = (*logging_to(folder), "serving.workers=2")
    with serving(repo, *options) as service, clients(service, rows[0]) as acknowledged:
        until(lambda: len(acknowledged) > 100, "it answers")
        shutil.rmtree(folder)
        gone = len(acknowledged)
        until(lambda: len(acknowledged) > gone + 100, "it goes on")
        for path in folder.glob("*.jsonl"):
            path.unlink(missing_ok=True)
        gone = len(acknowledged)
        until(lambda: len(acknowledged) > gone + 100, "it goes on again")
        assert service.metric("log_failures_total") == 0
    # Of each client the request under way may be in a file that was deleted, and be told late.
    assert len(set(acknowledged[gone:]) - read(repo, folder).keys()) <= 6
    with serving(repo, *logging_to(folder)) as service:  # which knows the former's ids
        outcome = {"id": acknowledged[-1], "actual": "yes"}
        assert service.post(outcome, path="/feedback").status == 200


SET_BACK = """
import sys, time
real, ahead = time.time_ns, [0]
time.time_ns = lambda: real() + ahead[0] * 10**9
time.time = lambda: time.time_ns() / 1e9
from rain.monitoring.journal import Journal, Options
from rain.serving.log import Answered
for start in range(6):
    options = Options(folder=sys.argv[1], max_bytes=2_000, keep_bytes=6_000, keep_days=1)
    journal = Journal(options)
    for number in range(10):
        content = '{"model_version":"v","request_id":"%d-%d","predictions":[{"prediction":"no"}]}'
        content = (content % (start, number)).encode()
        journal.predicted(Answered(b"{}", {}, content, "champion", None, 0.0))
        ahead[0] -= 7 * 60
    journal.close()
    ahead[0] -= 5 * 24 * 3600
"""


def test_a_clock_that_is_set_back_deletes_no_newer_prediction_and_changes_no_order(
    repo: RenderedRepo, tmp_path: Path
) -> None:
    """Nobody may set the machine's clock in a test, so the journal runs with one that is set."""
    repo.run(*python(repo, "-c", SET_BACK, str(tmp_path / "log")))
    every = [f"{start}-{number}.0" for start in range(6) for number in range(10)]
    kept = list(read(repo, tmp_path / "log"))
    assert 20 < len(kept) < 60
    assert kept == every[-len(kept) :]


# --- a full disk ---


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A disk of 64 kilobytes; skip the test where nobody may mount one."""
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if subprocess.run(words, capture_output=True, check=False).returncode:
        pytest.skip("nobody may mount a disk here")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def limit(service: Service, size: int) -> None:
    """Let no file of the service's processes grow beyond a size; -1: any."""
    for pid in members(service.process.pid):
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, -1))


def fill(service: Service, row: Row) -> list[Reply]:
    """Ask until the log takes no more, and three times after; give the replies."""
    replies = []
    while service.metric("log_failures_total", kind="prediction") < 4:
        replies.append(service.post(row))
        assert len(replies) < 500, "the disk takes everything"
    return replies


@pytest.mark.parametrize("required", [False, True])
@pytest.mark.parametrize("disk", ["small", "limited"])
def test_on_a_full_disk_every_answer_is_logged_or_counted(
    repo: RenderedRepo, rows: list[Row], tmp_path: Path, disk: str, required: bool
) -> None:
    folder = tmp_path / "log"
    is_small = disk == "small"
    options = logging_to(folder, required=str(required).lower())
    with (
        small_disk(folder) if is_small else contextlib.nullcontext(),
        serving(repo, *options) as service,
    ):
        if not is_small:
            limit(service, 20_000)
        replies = fill(service, rows[0])
        given = [f"{reply.json['request_id']}.0" for reply in replies if reply.status == 200]
        outcomes = iter(given)

        def tell() -> Reply:
            outcome = {"id": next(outcomes), "actual": "yes"}
            return service.post(outcome, path="/feedback")

        refused = next(reply for reply in iter(tell, None) if reply.status != 200)
        assert (refused.status, refused.json["detail"]) == (503, "the outcome can't be logged")
        failures = service.metric("log_failures_total", kind="prediction")
        if is_small:
            subprocess.run(["mount", "-o", "remount,size=1m", str(folder)], check=True)
        else:
            limit(service, -1)
        given += predict(service, rows[0], 3)
        assert tell().status == 200
        assert service.metric("log_failures_total", kind="prediction") == failures
        assert "Traceback" not in service.log
        written = lines(folder)  # none is torn
        found = read(repo, folder)
    assert len(written) > len(found) > 20
    if required:
        assert list(found) == given
        refusals = [reply for reply in replies if reply.status != 200]
        assert {reply.status for reply in refusals} == {503}
        assert {reply.json["detail"] for reply in refusals} == {"the prediction can't be logged"}
        assert len(refusals) == failures
    else:
        assert found.keys() < set(given)
        assert len(given) - len(found) == failures
        assert list(found)[-3:] == given[-3:]


# --- ids ---


def test_a_client_s_id_replaces_neither_prediction_nor_outcome_of_another(
    repo: RenderedRepo, rows: list[Row], tmp_path: Path
) -> None:
    with serving(repo, *logging_to(tmp_path / "log")) as service:
        victims = [service.post(rows[0], X_Request_Id=f"order-{n}").json for n in range(5)]
        ids = [f"{victim['request_id']}.0" for victim in victims]
        for number in ids:
            told = {"id": number, "actual": "yes"}
            assert service.post(told, path="/feedback").status == 200
        statuses = set()
        for n, victim in enumerate(victims):
            for name in (f"order-{n}", victim["request_id"]):
                service.post(rows[1], X_Request_Id=name)
                wrong = {"id": f"{name}.0", "actual": "no"}
                statuses.add(service.post(wrong, path="/feedback").status)
        assert statuses == {404, 409}
    found = read(repo, tmp_path / "log")
    assert [found[number] for number in ids] == ["yes"] * 5
    assert len(found) == 15
    assert len({line["answered"]["client_id"] for line in lines(tmp_path / "log")[:5]}) == 5


def test_what_is_too_long_or_made_up_is_refused_and_not_kept(
    repo: RenderedRepo, rows: list[Row], tmp_path: Path
) -> None:
    folder = tmp_path / "log"
    with serving(repo, *logging_to(folder)) as service:
        (number,) = predict(service, rows[0], 1)
        size, memory = len(lines(folder)), service.peak_memory()
        long = {"id": "7" * 900_000, "actual": "yes"}
        assert service.post(long, path="/feedback").status == 422
        unknown = [{"id": f"{n:032x}.0", "actual": "yes"} for n in range(10_000)]
        for _ in range(10):
            assert service.post(unknown, path="/feedback").status == 404
        many = [{"id": number, "actual": "yes"}] * 10_001
        assert service.post(many, path="/feedback").status == 413
        with contextlib.suppress(OSError):  # the server may hang up before it has read that
            assert 400 <= service.post(rows[0], X_Key="k" * 60_000).status < 500
        assert 400 <= service.post(rows[0], X_Key="k" * 300).status < 500
        assert len(lines(folder)) == size
        assert service.peak_memory() - memory < 50_000_000
