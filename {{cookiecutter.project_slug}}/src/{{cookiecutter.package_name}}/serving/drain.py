"""From SIGTERM to the end, without a request lost.

Whoever sends requests learns only after a while that a process is about to end: from `/ready`, from
`Connection: close`, or from an orchestrator. Until then the process answers as before.
"""

import asyncio
import ctypes
import os
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from uvicorn import Server
from uvicorn.supervisors import Multiprocess

QUIET = 0.5  # seconds without a connection, after which nobody is taken to come any more
STEP = 0.05
ATTACH_FILTER, DETACH_FILTER = 26, 27  # Linux's options of a socket, which Python has no names for
# A Berkeley Packet Filter: load the flags of a TCP header, drop a SYN, take the rest.
NO_SYN = [(0x30, 0, 0, 13), (0x45, 0, 1, 0x02), (0x06, 0, 0, 0), (0x06, 0, 0, 0xFFFFFFFF)]


class Workers(Multiprocess):
    """Uvicorn's worker processes, of which only they listen once they are to end."""

    def keep_subprocess_alive(self) -> None:
        """Replace a worker that ended alone, and lift the filter that it left on the socket."""
        super().keep_subprocess_alive()
        for own in self.sockets:
            with suppress(OSError):  # there is none
                own.setsockopt(socket.SOL_SOCKET, DETACH_FILTER, 0)

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

    Closing alone would reset connections that are complete but not accepted. Whoever connects after
    the filter tries again, as TCP does, and is refused once the socket is closed.
    """
    loop = asyncio.get_running_loop()
    accepted: list[socket.socket] = []
    for listening in server.servers:
        for sock in listening.sockets:
            with socket.socket(fileno=os.dup(sock.fileno())) as own:
                own.setblocking(False)
                listening.close()
                if sys.platform == "linux":  # elsewhere, who connects in the last moment is reset
                    _drop_newcomers(own)
                    await asyncio.sleep(STEP)  # for connections that are half made
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


def _drop_newcomers(listening: socket.socket) -> None:
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in NO_SYN))
    address = struct.pack("HP", len(NO_SYN), ctypes.addressof(program))
    with suppress(OSError):  # a sandbox may have no such option
        listening.setsockopt(socket.SOL_SOCKET, ATTACH_FILTER, address)
