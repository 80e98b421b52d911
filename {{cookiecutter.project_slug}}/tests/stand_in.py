"""A server that answers as orchestrators document it, and keeps what it was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Asked = list[tuple[str, str | None, dict[str, Any]]]


class StandIn(ThreadingHTTPServer):
    """It listens on this machine, at a port of its own."""

    asked: Asked

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Takes every POST, but those to /wrong."""

    server: StandIn

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append((self.path, self.headers["Authorization"], body))
        if self.path.startswith("/wrong"):
            self.send_error(403)
            return
        self.send_response(201)
        self.end_headers()
        answer = {"access_token": "t", "dag_run_id": "manual__1", "run_id": "2"}
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def standing_in() -> Iterator[StandIn]:
    """One that runs."""
    with StandIn() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
