"""Around every request: its id, its size, its time, and headers that browsers heed.

Plain ASGI: a handler-level middleware would cost more than the prediction.
"""

import logging
import re
import time
from collections.abc import Callable
from typing import Any

from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .http import read_headers
from .state import State

log = logging.getLogger(__name__)

ID = re.compile(rb"[\w.:-]{1,64}")
SMALL = 65_536  # bytes that need not be counted: the server reads as many before anyone asks
PATHS = {"/predict", "/health", "/ready", "/model", "/metrics"}
OF_DOCS = {"/", "/docs", "/openapi.json"}
HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
]
# The page of the documentation has a script and a style of its own.
PAGE = (
    b"default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; frame-ancestors 'none'"
)
OF_PAGE = [*HEADERS[:-1], (b"content-security-policy", PAGE)]


class Guard:
    """Middleware.

    Args:
        app: what it surrounds.
        state: with the settings and the metrics.
        paths: that are counted by name.
        new_id: makes a request's id.
    """

    def __init__(
        self, app: ASGIApp, state: State, paths: set[str], new_id: Callable[[], str]
    ) -> None:
        self.app = app
        self.state = state
        self.new_id = new_id
        self.paths = paths
        self.max_bytes = state.settings.max_bytes
        self.max_bytes_in_flight = state.settings.max_bytes_in_flight
        self.in_flight = 0
        self.counters: dict[tuple[str, int], Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        given = read_headers(scope)
        number = self.new_id()
        name = (b"x-request-id", number.encode())
        asked = given.get(b"x-request-id")
        client_id = asked.decode() if asked and ID.fullmatch(asked) else None
        about = {"headers": given, "request_id": number, "client_id": client_id}
        scope["state"] = {**scope.get("state", {}), **about}
        headers = OF_PAGE if scope["path"] == "/docs" else HEADERS
        status = 500
        held = 0  # bytes of this request

        async def answer(message: Message) -> None:
            nonlocal status, held
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *headers, name]
                if self.state.is_draining:
                    message["headers"].append((b"connection", b"close"))
            elif len(message.get("body", b"")) > SMALL and not message.get("more_body"):
                # Its end is sent when the client has read most of it: until then it takes memory.
                held += len(message["body"])
                self.in_flight += len(message["body"])
                await send({**message, "more_body": True})
                message = {"type": "http.response.body"}
            await send(message)

        async def limited() -> Message:
            nonlocal held
            message = await receive()
            size = len(message.get("body", b""))
            held += size
            self.in_flight += size
            if is_large or held > self.max_bytes:
                raise HTTPException(413, f"a request may have {self.max_bytes} bytes")
            if self.in_flight > self.max_bytes_in_flight:
                raise HTTPException(503, "too much is being read at once", {"Retry-After": "1"})
            return message

        length = given.get(b"content-length", b"")  # to which the server itself holds the body
        is_large = length.isdigit() and int(length) > self.max_bytes
        is_small = length.isdigit() and int(length) <= SMALL
        try:
            await self.app(scope, receive if is_small and not is_large else limited, answer)
        except ClientDisconnect:
            status = 499  # as nginx counts them: no fault of the service
        except Exception:
            log.exception("request %s failed", number)
            content = {"detail": "the service failed", "request_id": number}
            failed = Response(to_json(content), 500, media_type="application/json")
            await failed(scope, receive, answer)
        finally:
            self.in_flight -= held
        self._count(scope, status, time.perf_counter() - start)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        path = scope["path"] if scope["path"] in self.paths else "other"  # no label for strays
        counters = self.counters.get((path, status))
        if counters is None:
            metrics = self.state.metrics
            counters = (metrics.requests.labels(path, status), metrics.seconds.labels(path))
            self.counters[path, status] = counters
        requests, histogram = counters
        requests.inc()
        histogram.observe(seconds)
