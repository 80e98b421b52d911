"""Clients that are slow, endless, many or large, against a running service; and its end under load.

While each attack goes on, `/health` answers, others are predicted for, and memory stays bounded.
"""

import http.client
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.rendered import RenderedRepo
from tests.served import Row, Service, ask, members, serving, until

pytestmark = pytest.mark.slow

POST = b"POST /predict HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
MEGABYTE = 1_000_000
PATIENT = 0.1  # seconds for /health, at the median, on a machine that has nothing else to do


@pytest.fixture
def attacked(repo: RenderedRepo) -> Iterator[Service]:
    """Give a service to one attack alone."""
    with serving(repo) as running:
        yield running


# --- what is measured ---


def resident(pid: int) -> int:
    """Return the bytes of memory that a process has."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * 1024


@contextmanager
def threads(act: Callable[[threading.Event, int], None], number: int) -> Iterator[None]:
    """Run a function in threads until the block ends; a connection that breaks is made again."""
    done = threading.Event()

    def run(which: int) -> None:
        while not done.is_set():
            with suppress(OSError, http.client.HTTPException):
                act(done, which)

    running = [threading.Thread(target=run, args=(which,)) for which in range(number)]
    for thread in running:
        thread.start()
    try:
        yield
    finally:
        done.set()
        for thread in running:
            thread.join()


# A process of its own, which does not wait for the attack's threads.
ASK = """
import http.client, json, sys, time
port, seconds, body, times = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3].encode(), []
def ask(*words):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request(*words)
    reply = connection.getresponse()
    assert reply.status == 200, (reply.status, reply.read())
    reply.read()
    connection.close()
end = time.monotonic() + seconds
while time.monotonic() < end:
    start = time.perf_counter()
    ask("GET", "/health")
    times.append(time.perf_counter() - start)
    ask("POST", "/predict", body, {"Content-Type": "application/json"})
    time.sleep(0.02)
print(json.dumps(times))
"""


def check(service: Service, row: Row, idle: int, seconds: float = 2) -> None:
    """Ask as others do while an attack goes on.

    Args:
        service: under attack.
        row: to predict for.
        idle: bytes of memory that it took before.
        seconds: to go on for.
    """
    words = [sys.executable, "-c", ASK, str(service.port), str(seconds), json.dumps(row)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as asking:
        most = 0
        while asking.poll() is None:
            most = max(most, resident(service.process.pid))
            time.sleep(0.01)
        assert asking.stdout is not None
        output = asking.stdout.read()
    assert asking.returncode == 0
    times: list[float] = json.loads(output)
    print(
        f"/health: {statistics.median(times) * 1000:.0f} ms, at most {max(times) * 1000:.0f}; "
        f"{idle / MEGABYTE:.0f} MB, at most {most / MEGABYTE:.0f}"
    )
    busy = max(1, os.getloadavg()[0] / (os.cpu_count() or 1))  # other tests take their share
    assert statistics.median(times) < PATIENT * busy
    assert most < 2 * idle


def connected(service: Service) -> socket.socket:
    """Make a connection."""
    return socket.create_connection(("127.0.0.1", service.port), 10)


# --- endless ---

CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
ENDLESS = {
    "one header": (b"GET / HTTP/1.1\r\nX: ", b"a" * 65_536),
    "headers": (b"GET / HTTP/1.1\r\n", b"X: a\r\n" * 10_000),
    "an address": (b"GET /", b"a" * 65_536),
    "a chunk's extension": (CHUNKED + b"1;", b"a" * 65_536),
    "trailers": (CHUNKED + b"2\r\n{}\r\n0\r\n", b"X: a\r\n" * 10_000),
    "one trailer": (CHUNKED + b"2\r\n{}\r\n0\r\nX: ", b"a" * 65_536),
    "requests": (b"", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 2_000),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_endless_heads_hold_up_nobody(attacked: Service, rows: list[Row], kind: str) -> None:
    head, more = ENDLESS[kind]

    def stream(done: threading.Event, _: int) -> None:
        with connected(attacked) as sent:
            sent.sendall(head)
            while not done.is_set():
                sent.sendall(more)

    idle = resident(attacked.process.pid)
    with threads(stream, 4):
        check(attacked, rows[0], idle)


# --- slow ---


def test_half_open_connections_shut_nobody_out(attacked: Service, rows: list[Row]) -> None:
    idle = resident(attacked.process.pid)
    sockets = []
    try:
        for number in range(1_200):
            sockets.append(connected(attacked))
            sockets[-1].sendall(b"" if number % 2 else b"GET /health HTTP/1.1\r\nHost: x\r\n")
        check(attacked, rows[0], idle)
        until(lambda: all(map(closed, sockets)), "they are all closed", seconds=15)
    finally:
        for each in sockets:
            each.close()


def closed(connection: socket.socket) -> bool:
    """Whether the service has ended a connection."""
    connection.setblocking(False)
    try:
        while connection.recv(65_536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        pass
    return True


def test_slow_bodies_hold_up_nobody(attacked: Service, rows: list[Row]) -> None:
    idle = resident(attacked.process.pid)
    sockets = [connected(attacked) for _ in range(300)]
    try:
        for each in sockets:
            each.sendall(POST + b"Content-Length: 1000\r\n\r\n[")
        check(attacked, rows[0], idle)
        for each in sockets:
            with suppress(OSError):
                each.sendall(b" ")
        until(lambda: all(map(closed, sockets)), "they are all closed", seconds=15)
    finally:
        for each in sockets:
            each.close()


def test_clients_that_read_nothing_fill_no_memory(attacked: Service, rows: list[Row]) -> None:
    body = json.dumps(rows[:1] * 2_000).encode()
    head = POST + b"Content-Length: %d\r\n\r\n" % len(body)

    def ask_and_wait(done: threading.Event, _: int) -> None:
        with connected(attacked) as sent:
            sent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            while not done.is_set():
                sent.settimeout(0.5)
                sent.sendall(head + body)

    idle = resident(attacked.process.pid)
    with threads(ask_and_wait, 8):
        check(attacked, rows[0], idle, seconds=5)


# --- large ---


LARGE = {
    "empty rows": b"[" + b"{}," * 3_300_000 + b"{}]",
    "lists in a row": b'[{"wind":[' + b"[]," * 3_300_000 + b"[]]}]",
    "numbers": b"[" + b"1," * 4_900_000 + b"1]",
    "fields": b"{" + b",".join(b'"%07x":1' % number for number in range(800_000)) + b"}",
    "a string": b'[{"weather":"' + b"a" * 9_900_000 + b'"}]',
}


@pytest.mark.parametrize("kind", LARGE)
def test_many_large_bodies_hold_up_nobody(attacked: Service, rows: list[Row], kind: str) -> None:
    statuses = set()

    def send(done: threading.Event, _: int) -> None:
        reply = attacked.post(LARGE[kind])
        statuses.add(reply.status)
        if reply.status == 503:
            assert int(reply.headers["retry-after"]) > 0
        done.wait(0.1)

    idle = resident(attacked.process.pid)
    with threads(send, 12):
        check(attacked, rows[0], idle)
    assert statuses & {413, 422}, statuses


def test_many_large_bodies_of_good_rows_hold_up_nobody(attacked: Service, rows: list[Row]) -> None:
    statuses = set()
    body = json.dumps(rows[:1] * 10_000, indent=60).encode()
    assert len(body) > 8 * MEGABYTE

    def send(done: threading.Event, _: int) -> None:
        statuses.add(attacked.post(body).status)
        done.wait(0.1)

    idle = resident(attacked.process.pid)
    with threads(send, 12):
        check(attacked, rows[0], idle)
    assert 200 in statuses


def test_where_many_wait_the_next_is_told_to_come_again(
    repo: RenderedRepo, rows: list[Row]
) -> None:
    statuses: list[tuple[int, str | None]] = []
    body = rows[:1] * 500

    def send(_done: threading.Event, _: int) -> None:
        reply = service.post(body)
        statuses.append((reply.status, reply.headers.get("retry-after")))

    with serving(repo, "serving.max_waiting=2") as service, threads(send, 12):
        time.sleep(2)
    assert set(statuses) == {(200, None), (503, "1")}


# --- the end ---


@pytest.mark.parametrize("workers", [1, 2])
def test_sigterm_under_load_fails_no_request(
    repo: RenderedRepo, rows: list[Row], workers: int
) -> None:
    failed: list[str] = []
    answered = [0] * 8
    closing = [0] * 8

    def keep_asking(done: threading.Event, which: int) -> None:
        connection = service.connection()
        while not done.is_set():
            try:
                reply = ask(connection, "POST", "/predict", rows[0])
            except ConnectionRefusedError:
                done.wait(0.2)  # it has gone, and whoever asks elsewhere loses nothing
                return
            except (OSError, http.client.HTTPException) as error:
                failed.append(repr(error))
                return
            assert reply.status == 200
            answered[which] += 1
            closing[which] += reply.headers.get("connection") == "close"
            if which % 2:
                connection.close()  # and makes a new one for the next request

    settings = (f"serving.workers={workers}", "serving.drain_seconds=3")
    with serving(repo, *settings) as service:
        session = service.process.pid
        with threads(keep_asking, 8):
            until(lambda: min(answered) > 50, "all have been answered")
            service.process.send_signal(signal.SIGTERM)
            until(lambda: service.process.poll() is not None, "it ends", seconds=20)
        assert service.process.returncode == 0
        assert not members(session)
    print(sum(answered), sum(closing), failed)
    assert failed == []
    assert min(closing) > 0, "while it drains, each answer says that the connection ends"


def test_a_worker_that_ends_alone_shuts_nobody_out(repo: RenderedRepo, rows: list[Row]) -> None:
    def listening(session: int) -> set[int]:
        return {
            pid
            for pid in members(session)
            if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
        }

    with serving(repo, "serving.workers=2", "serving.drain_seconds=1") as service:
        session = service.process.pid
        until(lambda: service.log.count("startup complete") == 2, "both workers run")
        former = min(listening(session))
        os.kill(former, signal.SIGTERM)
        while former in listening(session):
            assert service.post(rows[0]).status == 200
        for _ in range(20):
            assert service.post(rows[0]).status == 200
        until(lambda: len(listening(session)) == 2, "another takes its place")


# --- the process beside it ---


def follower(session: int) -> int | None:
    """Find the process that follows the registry."""
    for pid in members(session):
        with suppress(OSError):
            if b"rain.serving.follow" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
    return None


def test_what_follows_the_registry_is_started_again(repo: RenderedRepo) -> None:
    with serving(repo, "serving.reload_seconds=1") as service:
        session = service.process.pid
        former = until(lambda: follower(session), "it runs")
        os.kill(former, signal.SIGKILL)
        killed = time.time()
        until(lambda: follower(session) not in (None, former), "another runs", seconds=10)
        until(
            lambda: service.metric("registry_checked_timestamp_seconds") > killed,
            "the other has looked",
        )
        assert service.get("/ready").json["registry_checked_seconds_ago"] < 30
        assert service.stop() == 0
        until(lambda: not members(session), "no process is left", seconds=5)
