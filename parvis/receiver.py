"""A receiver of signed webhooks, as a city's service would run one: it believes nothing that is not signed."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

MOST_BYTES = 256 * 1024
TOLERANCE_S = 300.0

Told = Callable[[str, dict[str, Any]], None]
"""Called with a service and each event that it is told, once."""


def is_signed(headers: Any, body: bytes, secret: str, now_s: float) -> bool:
    """Tell whether a request was signed with a secret just now (Standard Webhooks, `v1`)."""
    event_id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not at.isdigit() or abs(now_s - int(at)) > TOLERANCE_S:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, f"{event_id}.{at}.".encode() + body, hashlib.sha256)).decode()
    given = [one.partition(",")[2] for one in headers.get("webhook-signature", "").split() if one.startswith("v1,")]
    return any(hmac.compare_digest(one, expected) for one in given)


class Receiver(threading.Thread):
    """Listens on a free port of this machine, under `/<service>`, and keeps what it is told by kind."""

    def __init__(self, told: Told) -> None:
        super().__init__(name="receiver", daemon=True)
        self.secrets: dict[str, str] = {}
        self.refused = 0
        self._told, self._seen, self._lock = told, set[tuple[str, str]](), threading.Lock()
        self._events: list[tuple[str, dict[str, Any]]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True

    def run(self) -> None:
        """Serve until `close`."""
        self._server.serve_forever(poll_interval=0.1)

    def url(self, service: str) -> str:
        """Return where a service is told."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/{service}"

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()

    def take(self, service: str, headers: Any, body: bytes) -> int:
        """Take a request; return the status to answer with."""
        secret = self.secrets.get(service)
        if secret is None or not is_signed(headers, body, secret, time.time()):
            self.refused += 1
            return 401
        event = json.loads(body)
        with self._lock:
            if (service, event["id"]) in self._seen:
                return 204  # told already: a repeat is no second event
            self._seen.add((service, event["id"]))
            self._events.append((service, event))
        self._told(service, event)
        return 204

    def find(self, service: str, kind: str) -> dict[str, Any] | None:
        """Return the first event of a kind that a service was told, such as `alert.opened`."""
        with self._lock:
            return next((one for name, one in self._events if name == service and one["type"].endswith(kind)), None)


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            status = 413
            if length <= MOST_BYTES:
                body = self.rfile.read(length)
                status = receiver.take(self.path.strip("/"), self.headers, body)
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Stay silent: the demonstration tells what matters."""

    return Handler
