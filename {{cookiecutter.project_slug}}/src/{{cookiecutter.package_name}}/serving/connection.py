"""HTTP connections that a slow or endless client can neither fill nor keep.

Uvicorn bounds how long an idle connection stays after a response. What it leaves open is bounded
here: the head of a request, the time that a client takes to send one or to read its answer, and the
number of connections.
"""

import asyncio
from enum import Enum
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

MAX_HEAD = 16_384  # bytes that may come without completing a head or bringing a body; Node's, too
MAX_PIPELINED = 16  # requests that may wait behind one that is being answered
HEAD_SECONDS = 10.0  # for a whole head
BODY_SECONDS = 10.0  # in which a body must bring `BODY_BYTES` more
BODY_BYTES = 5_000
READ_SECONDS = 30.0  # for a client to read what was sent


class Phase(Enum):
    """What a client has to send before its request is complete."""

    HEAD = 1
    BODY = 2
    NOTHING = 3


class Connection(HttpToolsProtocol):
    """Uvicorn's protocol, with limits.

    A new connection beyond the maximum takes the place of the one that has waited longest for a
    complete request, so connections that ask for nothing shut nobody out.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Uvicorn would answer 503 beyond it, to whoever is alive and comes late.
        self.max_connections, self.limit_concurrency = self.limit_concurrency, None
        self.phase = Phase.HEAD
        self.waiting_since = self.loop.time()
        self._idle_bytes = 0  # since a head was completed, or part of a body came
        self._body_bytes = 0  # since the deadline was set
        self._deadline: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    @property
    def is_waiting(self) -> bool:
        """Return whether the client has to send more before there is something to do."""
        return self.phase is not Phase.NOTHING or self.cycle.response_complete

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Make room if there is none, and wait for a head."""
        if self.max_connections and len(self.connections) >= self.max_connections:
            self._make_room()
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._late)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the deadlines."""
        self._cancel()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what came, a piece at a time; end the connection if it leads nowhere."""
        if len(data) > MAX_HEAD:
            for start in range(0, len(data), MAX_HEAD):
                if not self.transport.is_closing():
                    self.data_received(data[start : start + MAX_HEAD])
            return
        self._idle_bytes += len(data)
        super().data_received(data)
        if self.phase is Phase.NOTHING:
            self._cancel()
        elif self._idle_bytes > MAX_HEAD:
            self._refuse(431, b"the head of a request may have %d bytes" % MAX_HEAD)
        elif self._deadline is None and not self.transport.is_closing():
            seconds = HEAD_SECONDS if self.phase is Phase.HEAD else BODY_SECONDS
            self._deadline = self.loop.call_later(seconds, self._late)

    def on_message_begin(self) -> None:
        """Begin a head."""
        if len(self.pipeline) >= MAX_PIPELINED:
            raise ValueError("too many pipelined requests")
        self.phase = Phase.HEAD
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """End a head; a body has a deadline of its own."""
        self.phase = Phase.BODY
        self._idle_bytes = self._body_bytes = 0
        self._cancel()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Note that it came."""
        self._idle_bytes = 0
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request."""
        self.phase = Phase.NOTHING
        self._idle_bytes = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, as long as uvicorn does."""
        self.waiting_since = self.loop.time()
        super().on_response_complete()

    def pause_writing(self) -> None:
        """Give the client some time to read."""
        super().pause_writing()
        if self._unread is None:
            self._unread = self.loop.call_later(READ_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        """Take back the deadline for reading."""
        super().resume_writing()
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _make_room(self) -> None:
        """End the connection that has waited longest; those that have sent a head go last."""
        ours = (each for each in self.connections if isinstance(each, Connection))
        waiting = [each for each in ours if each.is_waiting]
        if waiting:
            longest = min(waiting, key=lambda each: (each.phase is Phase.BODY, each.waiting_since))
            longest.transport.abort()

    def _late(self) -> None:
        self._deadline = None
        answered = self.cycle is not None and self.cycle.response_complete
        comes = self.flow.read_paused or self._body_bytes >= BODY_BYTES
        if self.phase is Phase.BODY and comes and not answered:
            self._body_bytes = 0
            self._deadline = self.loop.call_later(BODY_SECONDS, self._late)
        else:
            self._refuse(408, b"the request took too long to come")

    def _cancel(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _refuse(self, status: int, reason: bytes) -> None:
        """Say why, unless a response has begun, and end the connection."""
        if self.transport.is_closing():
            return
        if self.phase is Phase.HEAD:
            free = self.cycle is None or self.cycle.response_complete
        else:
            free = not self.cycle.response_started
        if free:
            head = b"content-type: text/plain\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
            self.transport.write(STATUS_LINE[status] + head % len(reason) + reason)
        self.transport.close()
