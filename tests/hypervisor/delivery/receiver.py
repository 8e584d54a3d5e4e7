"""A receiver of webhooks on a real port of the loopback: scripted answers, and what it was sent."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


class Got(NamedTuple):
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def event(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


Script = Callable[[Got], tuple[int, dict[str, str]]]


class Receiver:
    """Answers 204 until told otherwise; remembers what it accepted."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.got: list[Got] = []
        self.script: Script = lambda _: (204, {})
        self.body = b""
        self.wait_s = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def ids(self) -> list[str]:
        return [one.event["id"] for one in self.got if one.method == "POST"]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            length = int(self.headers.get("content-length", 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            got = Got(self.command, self.path, headers, self.rfile.read(length))
            receiver.got.append(got)
            time.sleep(receiver.wait_s)
            status, more = receiver.script(got)
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("content-length", str(len(receiver.body)))
            self.end_headers()
            try:
                self.wfile.write(receiver.body if status != 204 else b"")
            except OSError:
                self.close_connection = True

        do_POST = do_OPTIONS = do_GET = answer

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False

        def handle_error(self, *_: object) -> None:
            """A client that hangs up is no fault."""

    server = Server(("127.0.0.1", 0), Handler)
    receiver = Receiver(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
