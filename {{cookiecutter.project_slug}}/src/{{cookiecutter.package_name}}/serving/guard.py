"""Around every request: its id, its size, its time, and headers that browsers heed.

Plain ASGI: a handler-level middleware would cost more than the prediction.
"""

import logging
import re
import time
from typing import Any
from uuid import uuid4

from pydantic_core import to_json
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .metrics import Metrics

log = logging.getLogger(__name__)

ID = re.compile(rb"[\w.:-]{1,64}")
PATHS = {"/predict", "/health", "/ready", "/model", "/metrics"}
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
        metrics: where requests are counted.
        max_bytes: of a request's body.
        paths: that are counted by name.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, max_bytes: int, paths: set[str]) -> None:
        self.app = app
        self.paths = paths
        self.metrics = metrics
        self.max_bytes = max_bytes
        self.counters: dict[tuple[str, int], Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        given = dict(scope["headers"])
        asked = given.get(b"x-request-id", b"")
        number = asked if ID.fullmatch(asked) else uuid4().hex.encode()
        scope.setdefault("state", {})["request_id"] = number.decode()
        headers = OF_PAGE if scope["path"] == "/docs" else HEADERS
        status = 500

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], *headers, (b"x-request-id", number)]
            await send(message)

        try:
            await self.app(scope, self._limited(given, receive), answer)
        except ClientDisconnect:
            status = 499  # as nginx counts them: no fault of the service
        except Exception:
            log.exception("request %s failed", number.decode())
            content = {"detail": "the service failed", "request_id": number.decode()}
            failed = Response(to_json(content), 500, media_type="application/json")
            await failed(scope, receive, answer)
        self._count(scope, status, time.perf_counter() - start)

    def _limited(self, headers: dict[bytes, bytes], receive: Receive) -> Receive:
        """`receive`, which refuses a body that is too large."""
        length = headers.get(b"content-length", b"")
        if length.isdigit() and int(length) <= self.max_bytes:
            return receive  # the server itself holds it to this length
        seen = 0

        async def limited() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if length.isdigit() or seen > self.max_bytes:
                raise HTTPException(413, f"a request may have {self.max_bytes} bytes")
            return message

        return limited

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        path = (
            scope["path"] if scope["path"] in self.paths else "other"
        )  # no label for each stray path
        key = (path, status)
        if key not in self.counters:
            self.counters[key] = (
                self.metrics.requests.labels(path, status),
                self.metrics.seconds.labels(path),
            )
        requests, histogram = self.counters[key]
        requests.inc()
        histogram.observe(seconds)
