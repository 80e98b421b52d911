"""Load on a server: a process of its own, asked by wrk."""

import http.client
import json
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

SCRIPT = Path(__file__).with_name("serving.lua")
PATIENCE = 120  # seconds until a server must have answered


class Failed(Exception):
    """A server that did not start, or did not answer as it should."""


@dataclass(frozen=True)
class Figures:
    """What is measured of a server: seconds, requests a second, milliseconds, megabytes."""

    cold: float  # from its start to its first right answer
    rate: float  # one row a request
    p50: float
    p99: float
    many_rate: float  # many rows a request
    many_p50: float
    many_p99: float
    memory: float


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Server:
    """A server's process and all that it starts, from `with` to its end."""

    def __init__(
        self, command: list[str], port: int, cwd: Path, env: Mapping[str, str], log: Path
    ) -> None:
        """Start it."""
        self.port = port
        self.log = log
        with log.open("wb") as output:
            self.started = time.perf_counter()
            self.process = subprocess.Popen(
                command,
                cwd=cwd,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> Self:
        """Nothing more: the process runs."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End it, gently if it lets us, and what it leaves behind."""
        tree = _tree(self.process.pid)
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pid in tree.keys() & _processes().keys():
            subprocess.run(["kill", f"-{signal.SIGKILL}", str(pid)], check=False)

    def ask(self, path: str, body: bytes) -> Any:
        """POST a body and give the answer.

        Raises:
            OSError: if nobody listens yet.
            Failed: if the answer is no success.
        """
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("POST", path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        if response.status != 200:
            raise Failed(f"{path} answered {response.status}: {content[:500]!r}")
        return json.loads(content)

    def wait(self, path: str, body: bytes, right: Callable[[Any], bool]) -> float:
        """Ask until the answer is right; give the seconds since the process was started.

        Raises:
            Failed: if it ends, or takes too long.
        """
        problem = "it did not listen"
        while time.perf_counter() < self.started + PATIENCE:
            try:
                answer = self.ask(path, body)
                if right(answer):
                    return time.perf_counter() - self.started
                problem = f"it answered {str(answer)[:500]}"
            except (OSError, http.client.HTTPException):
                pass
            except Failed as failed:  # some listen before their model is loaded
                problem = str(failed)
            if self.process.poll() is not None:
                break
            time.sleep(0.01)
        raise Failed(f"{problem}; its last words: {self.log.read_text()[-2000:]}")

    def memory(self) -> float:
        """Resident megabytes of the process and all below it."""
        return sum(_tree(self.process.pid).values()) / 1024

    def load(self, path: str, bodies: Path, seconds: float, connections: int) -> dict[str, float]:
        """Send the bodies of a file (one a line) in turn, as fast as they are answered.

        Returns:
            Requests a second as `rate`, and milliseconds as `p50` and `p99`.

        Raises:
            Failed: if a request did.
        """
        url = f"http://127.0.0.1:{self.port}{path}"
        options = ["-t1", f"-c{connections}", f"-d{seconds:.0f}s", "--timeout", "30s"]
        command = [wrk(), *options, "-s", str(SCRIPT), url, "--", str(bodies)]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        # The last requests, which wrk gave up, are still to be answered.
        self.ask(path, bodies.read_bytes().splitlines()[0])
        figures: dict[str, float] = json.loads(output.splitlines()[-1])
        if figures.pop("errors") or not figures["rate"]:
            raise Failed(f"{path} failed under load: {output}; {self.log.read_text()[-2000:]}")
        return figures


def wrk() -> str:
    """Find wrk.

    Raises:
        Failed: if it is not installed.
    """
    found = shutil.which("wrk")
    if not found:
        raise Failed("wrk makes the load: `apt-get install wrk` (or `brew install wrk`)")
    return found


def _processes() -> dict[int, tuple[int, int]]:
    """Parent and resident kilobytes of each process."""
    listed = subprocess.run(
        ["ps", "-e", "-o", "pid=,ppid=,rss="], capture_output=True, text=True, check=True
    )
    rows = [[int(word) for word in line.split()] for line in listed.stdout.splitlines()]
    return {pid: (parent, size) for pid, parent, size in rows}


def _tree(root: int) -> dict[int, int]:
    """Resident kilobytes of a process and of each below it."""
    processes = _processes()
    found: dict[int, int] = {}
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        if pid in processes:
            found[pid] = processes[pid][1]
            waiting += [child for child, (parent, _) in processes.items() if parent == pid]
    return found
