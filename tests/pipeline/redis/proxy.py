"""A relay in front of a server that can swallow its answers: the network at its worst."""

import contextlib
import socket
import threading
from pathlib import Path


class Proxy:
    """Relays a Unix socket to another; `deafen` drops what the server answers, though it acts all the same."""

    def __init__(self, path: Path, server: Path) -> None:
        self.url = f"unix://{path}"
        self.received = b""
        self._deaf: set[socket.socket] = set()
        self._server = str(server)
        self._threads: list[threading.Thread] = []
        self._sockets: list[socket.socket] = []
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        self._start(self._accept)

    def deafen(self) -> None:
        """Let nothing come back any more on the connections of now; later ones work."""
        self._deaf.update(self._sockets)

    def close(self) -> None:
        for open_socket in (self._listener, *self._sockets):
            with contextlib.suppress(OSError):
                open_socket.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(2)
        for open_socket in (self._listener, *self._sockets):
            open_socket.close()

    def _start(self, target: object, *arguments: object) -> None:
        self._threads.append(threading.Thread(target=target, args=arguments))  # type: ignore[arg-type]
        self._threads[-1].start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.socket(socket.AF_UNIX)
                self._sockets += [client, server]
                server.connect(self._server)
                self._start(self._relay, client, server, True)
                self._start(self._relay, server, client, False)

    def _relay(self, source: socket.socket, sink: socket.socket, asking: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if asking:
                    self.received += data
                if source not in self._deaf or asking:
                    sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
