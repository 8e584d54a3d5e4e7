"""A receiver of signed webhooks, as a city's service would run one: it believes nothing that is not signed."""

import base64
import hashlib
import hmac
import json
import threading
import time
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, NamedTuple

MOST_BYTES = 256 * 1024
TOLERANCE_S = 300.0
MOST_REFUSED = 1000

Told = Callable[[str, dict[str, Any]], None]
"""Called with a service and each event that it is told, once."""


Fault = Literal["unknown", "unsigned", "late"]
"""Why a request was refused: nobody's address (yet), no signature with its secret, or signed at another time."""


class Refusal(NamedTuple):
    """A request that was not believed, and at whose address."""

    service: str
    fault: Fault


def fault_of(headers: Any, body: bytes, secret: str, now_s: float) -> Fault | None:
    """Return what is wrong with a request; None: it was signed with the secret just now (Standard Webhooks, `v1`).

    One that is `late` was signed with the secret, and waited somewhere: its sender signs anew when it repeats it.
    """
    event_id, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    expected = base64.b64encode(hmac.digest(key, f"{event_id}.{at}.".encode() + body, hashlib.sha256)).decode()
    given = [one.partition(",")[2] for one in headers.get("webhook-signature", "").split() if one.startswith("v1,")]
    if not any(hmac.compare_digest(one, expected) for one in given):
        return "unsigned"
    return None if at.isdigit() and abs(now_s - int(at)) <= TOLERANCE_S else "late"


class Receiver(threading.Thread):
    """Listens on a free port of this machine, under `/<service>`, and keeps what it is told by kind."""

    def __init__(self, told: Told) -> None:
        super().__init__(name="receiver", daemon=True)
        self.secrets: dict[str, str] = {}
        self.refused: deque[Refusal] = deque(maxlen=MOST_REFUSED)
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
        fault = "unknown" if secret is None else fault_of(headers, body, secret, time.time())
        if fault is not None:
            self.refused.append(Refusal(service, fault))
            return 401
        event = json.loads(body)
        with self._lock:
            if (service, event["id"]) in self._seen:
                return 204  # told already: a repeat is no second event
            self._seen.add((service, event["id"]))
            self._events.append((service, event))
        self._told(service, event)
        return 204

    def find(self, service: str, kind: str, case: str | None = None) -> dict[str, Any] | None:
        """Return the first event of a kind that a service was told, such as `alert.opened`; maybe only of one case."""
        return next((one for one in self.told(service, case) if one["type"].endswith(kind)), None)

    def told(self, service: str, case: str | None = None) -> list[dict[str, Any]]:
        """Return the events that a service was told, in the order of their arrival; maybe only of one case."""
        with self._lock:
            events = [one for name, one in self._events if name == service]
        return [one for one in events if case is None or case_of(one) == case]


def case_of(event: dict[str, Any]) -> str | None:
    """Return the case that an event tells of: an alert names its case, and a case is one."""
    data = event.get("data") or {}
    found: str | None = data.get("case") or (data.get("id") if ".case." in event["type"] else None)
    return found


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
