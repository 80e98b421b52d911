"""From SIGTERM to the end, without a request lost.

Whoever sends requests learns only after a while that a process is about to end: from `/ready`, from
`Connection: close`, or from an orchestrator. Until then the process answers as before.
"""

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from uvicorn import Server
from uvicorn.supervisors import Multiprocess

QUIET = 0.5  # seconds without a connection, after which nobody is taken to come any more
STEP = 0.05


class Workers(Multiprocess):
    """Uvicorn's worker processes, of which only they listen once they are to end."""

    def terminate_all(self) -> None:
        """Tell them; the parent's own socket would take connections that nobody answers."""
        super().terminate_all()
        for own in self.sockets:
            own.close()


def drain_at_sigterm(seconds: float, begin: Callable[[], None]) -> None:
    """Put a drain between SIGTERM and uvicorn's shutdown, which closes idle connections at once.

    Args:
        seconds: that it takes at most; it ends when nobody is connected any more.
        begin: called at its start.
    """
    if threading.current_thread() is not threading.main_thread():
        return  # of a test: signals are the main thread's
    server = getattr(signal.getsignal(signal.SIGTERM), "__self__", None)
    if not isinstance(server, Server):
        return
    loop = asyncio.get_running_loop()
    tasks: list[asyncio.Task[None]] = []

    def start() -> None:
        if not tasks:
            begin()
            tasks.append(loop.create_task(_drain(server, seconds)))

    signal.signal(signal.SIGTERM, lambda *_: loop.call_soon_threadsafe(start))


async def _drain(server: Server, seconds: float) -> None:
    await _quiet(server, QUIET, seconds)
    await _stop_listening(server)
    await _quiet(server, STEP, 1)
    server.handle_exit(signal.SIGTERM, None)


async def _quiet(server: Server, quiet: float, seconds: float) -> None:
    """Wait until nobody has been connected for a while.

    Args:
        server: whose connections count.
        quiet: seconds without any.
        seconds: to wait at most.
    """
    start = last = time.monotonic()
    while time.monotonic() < start + seconds and time.monotonic() < last + quiet:
        await asyncio.sleep(STEP)
        if server.server_state.connections:
            last = time.monotonic()


async def _stop_listening(server: Server) -> None:
    """Close the listening sockets, and answer what the system had taken for them until then.

    Closing alone would reset connections that are complete but not accepted.
    """
    loop = asyncio.get_running_loop()
    accepted: list[socket.socket] = []
    for listening in server.servers:
        for sock in listening.sockets:
            with socket.socket(fileno=os.dup(sock.fileno())) as own:
                own.setblocking(False)
                listening.close()
                with suppress(BlockingIOError):
                    while True:
                        accepted.append(own.accept()[0])
    for connection in accepted:
        await loop.connect_accepted_socket(
            lambda: server.config.http_protocol_class(  # type: ignore[call-arg]
                config=server.config,
                server_state=server.server_state,
                app_state=server.lifespan.state,
                _loop=loop,
            ),
            connection,
        )
