"""The HTTP server process: a bound socket, and an end that waits for no open stream."""

import socket
import sys

import uvicorn
from fastapi import FastAPI

from pipeline.errors import Refused

LOOPBACK = ("127.0.0.1", "localhost", "::1")
UNREAD_MS = 20_000
"""A reader that takes nothing for so long is disconnected by the kernel: nothing else can end a blocked send."""


def listen(host: str, port: int, unread_ms: int = UNREAD_MS) -> socket.socket:
    """Return a socket that listens on an address of this machine only; port 0 takes a free one.

    Raises:
        Refused: if the address is not loopback, or is in use.
    """
    if host not in LOOPBACK:
        raise Refused(f"--host {host}: needs authentication, which is not built yet; expected 127.0.0.1")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if sys.platform == "linux":
        bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, unread_ms)  # accepted ones inherit it
    try:
        bound.bind((host, port))
        bound.listen()  # from here on a client can connect, and nobody else gets the port
    except (OSError, OverflowError) as error:
        bound.close()
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise Refused(f"--port {port}: cannot listen on {host}: {reason}; expected a free port") from None
    return bound


class Server(uvicorn.Server):
    """Uvicorn that ends the event streams first; it would wait for them otherwise."""

    def __init__(self, app: FastAPI) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
        )
        self._hub = app.state.context.hub

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then everything else."""
        self._hub.close()
        await super().shutdown(sockets)


def serve(app: FastAPI, bound: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT."""
    Server(app).run(sockets=[bound])
