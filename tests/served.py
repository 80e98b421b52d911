"""The service of a rendered repo as people run it: a process, a port, and what it prints."""

import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd  # type: ignore[import-untyped]

from tests.rendered import RenderedRepo, clean_environment

Row = dict[str, Any]

PATIENCE = 60.0  # seconds, on a busy machine


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The body, which has to be JSON."""
        return json.loads(self.text)


@dataclass
class Service:
    """A running one."""

    port: int
    process: subprocess.Popen[bytes]
    output: Path

    @property
    def log(self) -> str:
        """What it printed so far."""
        return self.output.read_text(encoding="utf-8")

    def connection(self) -> http.client.HTTPConnection:
        """A new connection, which stays open from one request to the next."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def get(self, path: str, **headers: str) -> Reply:
        """Ask for a page."""
        return ask(self.connection(), "GET", path, None, headers)

    def post(self, body: Any, path: str = "/predict", **headers: str) -> Reply:
        """Send a body: bytes as they are, an iterator in chunks, anything else as JSON."""
        return ask(self.connection(), "POST", path, body, headers)

    def exchange(self, request: bytes, half_close: bool = False) -> bytes:
        """Send bytes that need not be HTTP; give all that comes back until the service closes."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as sent:
            sent.sendall(request)
            if half_close:
                sent.shutdown(socket.SHUT_WR)
            return b"".join(iter(lambda: sent.recv(65536), b""))

    def metric(self, name: str, **labels: str) -> float:
        """A number of /metrics, summed over the labels that are not given."""
        return sum(
            value
            for found, its, value in samples(self.get("/metrics").text)
            if found == name and labels.items() <= its.items()
        )

    def peak_memory(self) -> int:
        """The most that the process ever took, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) * 1024

    def stop(self) -> int:
        """Tell it to stop, as an orchestrator does; give its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def ask(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: Any = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Make one request; in the names of headers, _ stands for -."""
    if not (body is None or isinstance(body, bytes) or hasattr(body, "__next__")):
        body = json.dumps(body).encode()
    given = {"Content-Type": "application/json"} if body is not None else {}
    given |= {name.replace("_", "-"): value for name, value in (headers or {}).items()}
    connection.request(method, path, body, given)
    reply = connection.getresponse()
    told = {name.lower(): value for name, value in reply.getheaders()}
    return Reply(reply.status, told, reply.read().decode())


def samples(text: str) -> Iterator[tuple[str, dict[str, str], float]]:
    """The lines of Prometheus' text format: name, labels, value."""
    for line in text.splitlines():
        if not line.startswith("#"):
            series, _, value = line.rpartition(" ")
            name, _, labels = series.rstrip("}").partition("{")
            pairs = (pair.split('="', 1) for pair in labels.split('",') if pair)
            yield name, {key: label.rstrip('"') for key, label in pairs}, float(value)


def until(true: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Wait for something; give it."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, f"{what}: not within {seconds} seconds"
        time.sleep(0.05)
    return found


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def python(repo: RenderedRepo, *words: str) -> list[str]:
    """A command of the repo's environment, by a Python of its own."""
    return [str(repo.path / ".venv" / "bin" / "python3"), *words]


def package(repo: RenderedRepo) -> str:
    """The package's name."""
    return next(path.parent.name for path in (repo.path / "src").glob("*/__init__.py"))


def rows_of(repo: RenderedRepo, target: str) -> list[Row]:
    """Give a trained repo's test rows, as a client sends them: without the target."""
    table = pd.read_parquet(repo.path / "data" / "processed" / "test.parquet")
    text = table.drop(columns=target).to_json(orient="records", date_format="iso")
    found: list[Row] = json.loads(text)
    return found


@contextmanager
def serving(
    repo: RenderedRepo, *overrides: str, ready: bool = True, env: Mapping[str, str] | None = None
) -> Iterator[Service]:
    """Run the service; nothing of it is left afterwards.

    Args:
        repo: a repo that is set up.
        overrides: of the configuration.
        ready: wait until it has a model, not only until it lives.
        env: variables of its environment.
    """
    port = free_port()
    words = python(repo, "-m", f"{package(repo)}.serving", f"serving.port={port}", *overrides)
    output = repo.path.parent / f"serving-{port}.log"
    with output.open("wb") as log:
        process = subprocess.Popen(
            words,
            cwd=repo.path,
            env=clean_environment(**(env or {})),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    service = Service(port, process, output)

    def answers() -> bool:
        assert process.poll() is None, service.log
        try:
            return service.get("/ready" if ready else "/health").status == 200
        except OSError:
            return False

    try:
        until(answers, f"the service answers\n{service.log}")
        yield service
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(PATIENCE)
        finally:
            for pid in members(process.pid):
                os.kill(pid, signal.SIGKILL)


def members(session: int) -> list[int]:
    """The processes of a session that live: those that a service started, however deep."""
    listing = subprocess.run(
        ["ps", "-eo", "pid=,sess=,stat="], capture_output=True, text=True, check=True
    )
    rows = (line.split() for line in listing.stdout.splitlines())
    return [int(pid) for pid, own, state in rows if int(own) == session and state[0] != "Z"]
