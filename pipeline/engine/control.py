"""What a supervisor and its workers say to each other: JSON lines over the worker's standard input and output.

An order is the whole wish, never a difference: a worker that was started again is told the same once more.
"""

import logging
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from pipeline.config import SiteFile

MOST_REPORTS = 100
"""Reports that wait for a supervisor that does not read; the oldest go first."""

_log = logging.getLogger(__name__)


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Order(_Message):
    """Which configuration a worker follows, and which of its cameras it watches."""

    number: int  # rises from order to order
    path: Path  # of the configuration: relative sources start there
    site: SiteFile
    cameras: tuple[str, ...]


class CameraReport(_Message):
    """How a camera of a worker is."""

    cost: float  # CPU seconds a second, as if nothing were shed; 0: not measured yet
    step: int  # of load shedding
    lasting: bool  # it can be moved
    over: bool | None = None  # None: it is being watched; else it has ended, and whether all of it was seen
    look_cpu_ms: float | None = None  # CPU time in the detector for one look, since it began; None: no look yet


class Report(_Message):
    """What a worker says every second; cameras that it has let go of are not in it."""

    order: int  # number of the latest order that is followed
    cpu: float  # CPU seconds a second
    cameras: dict[str, CameraReport]


class Link(Protocol):
    """A worker, as its supervisor sees it."""

    def poll(self) -> int | None:
        """Return its exit code; None while it lives."""

    def send(self, order: Order) -> None:
        """Tell it what to do; a worker that is gone hears nothing."""

    def reports(self) -> list[Report]:
        """Return what it has said since the last call."""

    def kill(self) -> None:
        """End it at once."""


class PipeLink:
    """A worker process with pipes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.process = process
        self._stdin, self._stdout = process.stdin, process.stdout
        self._said: queue.Queue[Report] = queue.Queue(MOST_REPORTS)
        threading.Thread(target=self._listen, name="worker-reports", daemon=True).start()

    def poll(self) -> int | None:
        """Return its exit code; None while it lives."""
        return self.process.poll()

    def send(self, order: Order) -> None:
        """Tell it what to do."""
        try:
            self._stdin.write(order.model_dump_json(by_alias=True).encode() + b"\n")
            self._stdin.flush()
        except (OSError, ValueError):  # it has died: whoever polls it will see, and tell the next one
            return

    def reports(self) -> list[Report]:
        """Return what it has said since the last call."""
        said = []
        while not self._said.empty():
            said.append(self._said.get_nowait())
        return said

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()

    def _listen(self) -> None:
        with self._stdout:
            for line in self._stdout:
                try:
                    report = Report.model_validate_json(line)
                except ValidationError:
                    _log.error("a worker said something that is no report (%d bytes)", len(line))
                    continue
                while self._said.full():
                    self._said.get_nowait()
                self._said.put(report)
        with suppress(OSError):  # of what it did not read any more
            self._stdin.close()


def take_over_output() -> IO[str]:
    """Return where reports go: standard output, which from now on leads to standard error for everybody else.

    What a library prints must not fall among the reports.
    """
    sys.stdout.flush()
    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return out


def listen(stream: IO[str], obey: Callable[[Order | None], None]) -> threading.Thread:
    """Read orders on a thread of its own; None: there is nobody any more who gives any."""

    def read() -> None:
        try:
            for line in stream:
                obey(Order.model_validate_json(line))
        finally:  # also after an order that cannot be read: whoever obeys nobody would look like a quiet street
            obey(None)

    thread = threading.Thread(target=read, name="orders", daemon=True)
    thread.start()
    return thread
