"""The HTTP server process: a bound socket, and an end that waits for no open stream."""

import socket
import sys
from collections.abc import Sequence

import uvicorn
from fastapi import FastAPI

from pipeline.errors import Refused

LOOPBACK = ("127.0.0.1", "localhost", "::1")
UNREAD_MS = 20_000
"""A reader that takes nothing for so long is disconnected by the kernel: nothing else can end a blocked send."""


def listen(host: str, port: int, unread_ms: int = UNREAD_MS) -> socket.socket:
    """Return a socket that listens on an address; port 0 takes a free one.

    Raises:
        Refused: if the address is in use, or not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, because asyncio switches Nagle's algorithm off only then: answers in two parts (head and
    # body, an event after another) would wait 40 ms for an acknowledgement now and then.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
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

    def __init__(self, app: FastAPI, trusted_proxies: Sequence[str] = ()) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=1,
                # Uvicorn alone would believe what any process on this machine says of where it comes from.
                proxy_headers=bool(trusted_proxies),
                forwarded_allow_ips=list(trusted_proxies),
            )
        )
        self._hub, self._viewers = app.state.context.hub, app.state.context.viewers

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then everything else."""
        self._hub.close()
        self._viewers.close()
        await super().shutdown(sockets)


def serve(app: FastAPI, bound: socket.socket, trusted_proxies: Sequence[str] = ()) -> None:
    """Serve until SIGTERM or SIGINT; `X-Forwarded-For` and `-Proto` are believed of these addresses only."""
    Server(app, trusted_proxies).run(sockets=[bound])
