"""A hypervisor on a real port, and a reader of its event stream."""

import http.client
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from fastapi import FastAPI

from hypervisor.server import Server, listen
from hypervisor.settings import Settings
from tests.hypervisor.builders import application

WAIT_S = 5.0


@contextmanager
def running(url: str, settings: Settings | None = None, port: int = 0, unread_ms: int = 20_000) -> Iterator[int]:
    """Serve in a thread, everybody let in; yield the port."""
    with serving(application(url, settings), port, unread_ms) as number:
        yield number


@contextmanager
def serving(app: FastAPI, port: int = 0, unread_ms: int = 20_000) -> Iterator[int]:
    """Serve an application in a thread; yield the port."""
    bound = listen("127.0.0.1", port, unread_ms)
    server = Server(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [bound]})
    thread.start()
    try:
        until(lambda: server.started)
        yield bound.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(WAIT_S)
        assert not thread.is_alive(), "the server did not end"


def until(condition: Any, wait_s: float = WAIT_S) -> None:
    """Wait for something that happens in another thread or process."""
    end = time.monotonic() + wait_s
    while not condition():
        assert time.monotonic() < end, "did not happen in time"
        time.sleep(0.01)


class Sent(NamedTuple):
    """One block of an event stream."""

    event: str
    data: dict[str, Any]
    id: str


class Stream:
    """An open /v1/stream."""

    def __init__(
        self, port: int, query: str = "", after: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S)
        headers = {**(headers or {}), **({"Last-Event-ID": after} if after else {})}
        self._connection.request("GET", f"/v1/stream{query}", headers=headers)
        self.answer = self._connection.getresponse()
        assert self.answer.status == 200, self.answer.read()
        self.opening = self.block()  # retry and id, no data
        self.last_id = self.opening["id"]

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def block(self) -> dict[str, str]:
        """Return the fields of the next block; a comment is the field ''. Empty at the end of the stream."""
        fields: dict[str, str] = {}
        while row := self.answer.readline():
            text = row.decode().rstrip("\n")
            if not text:
                return fields
            name, _, value = text.partition(": ")
            fields[name.rstrip(":")] = value
        return fields

    def next(self) -> Sent:
        """Return the next event; comments are passed over."""
        end = time.monotonic() + WAIT_S
        while True:
            fields = self.block()
            assert fields, "the stream ended"
            assert time.monotonic() < end, "only comments came"
            self.last_id = fields.get("id", self.last_id)
            if "data" in fields:
                return Sent(fields["event"], json.loads(fields["data"]), self.last_id)

    def take(self, n: int) -> list[Sent]:
        """Return the next `n` events."""
        return [self.next() for _ in range(n)]

    def rest(self) -> list[dict[str, str]]:
        """Return all blocks up to the end of the stream."""
        blocks = []
        while block := self.block():
            blocks.append(block)
        return blocks

    def close(self) -> None:
        """Hang up."""
        self.answer.close()
        self._connection.close()
