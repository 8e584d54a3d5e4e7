"""The thread that reads one live camera: connects, grabs, and connects again."""

import threading
from collections.abc import Sequence
from typing import Protocol

from pipeline.sources.capture import Capture
from pipeline.sources.contract import Clock

OPEN_TIMEOUT_S = 10.0
"""A camera that has not answered by then is tried again."""

OPEN_STEPS = 2
"""Opening connects, then finds out what is sent; each may take the time-out."""

GRACE_S = 2.0
"""The watchdog and the libraries' own time-outs keep this distance, so that it is clear which comes first."""


class Connect(Protocol):
    """Opens a live source."""

    def __call__(self, target: str, open_timeout_s: float, read_timeout_s: float) -> Capture | None:
        """Return an open capture whose `grab` gives up after its time-out; None if nobody answers."""


class Listener(Protocol):
    """What a reader tells, from its own thread."""

    def attempting(self, reader: "Reader") -> None:
        """A connection is being opened."""

    def grabbed(self, reader: "Reader", capture: Capture) -> None:
        """A frame has come; `capture` can retrieve it."""

    def lost(self, reader: "Reader", why: str) -> float:
        """There is no connection (any more); return how long to wait before the next attempt, s."""


class Reader:
    """One thread that reads until it is told to stop.

    The library may block inside: whoever watches looks at `overdue`, calls `stop` and starts another reader. The
    blocked thread ends when its time-out lets it go.
    """

    def __init__(
        self, targets: Sequence[str], stall_s: float, connect: Connect, clock: Clock, listener: Listener
    ) -> None:
        self._targets = targets  # the first one that answers is read
        self.target = targets[0]
        self._stall_s = stall_s
        self._connect = connect
        self._clock = clock
        self._listener = listener
        self._stopped = threading.Event()
        self._limit_s: float | None = None  # how long the present step may last; None: it is no step of the library's
        self._step_began_s = 0.0
        self._opened_s = 0.0
        self._thread = threading.Thread(target=self._run, name="parvis-reader", daemon=True)

    def start(self, delay_s: float = 0.0) -> None:
        """Begin, after a delay."""
        self._delay_s = delay_s
        self._thread.start()

    def stop(self) -> None:
        """Tell it to end; it does so as soon as the library returns."""
        self._stopped.set()

    def join(self, timeout_s: float) -> None:
        """Wait for its end, but no longer than this."""
        self._thread.join(timeout_s)

    @property
    def alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    @property
    def overdue(self) -> bool:
        """Whether the library has kept it waiting longer than it may."""
        limit_s = self._limit_s
        return limit_s is not None and self._clock.monotonic_s() - self._step_began_s > limit_s

    @property
    def sound_s(self) -> float:
        """How long the present connection has brought frames."""
        return self._step_began_s - self._opened_s

    def _run(self) -> None:
        self._clock.wait(self._stopped, self._delay_s)
        while not self._stopped.is_set():
            self._listener.attempting(self)
            why = self._attempt()
            self._limit_s = None
            self._clock.wait(self._stopped, self._listener.lost(self, why))

    def _attempt(self) -> str:
        capture = self._first_answer()
        if capture is None:
            return "cannot be opened (no answer, wrong address or password, or no video)"
        self._step(self._stall_s)
        self._opened_s = self._step_began_s
        try:
            while not self._stopped.is_set() and capture.grab():
                self._step(self._stall_s)
                self._listener.grabbed(self, capture)
        finally:
            capture.release()
        return "the stream broke off"

    def _first_answer(self) -> Capture | None:
        for target in self._targets:
            self.target = target
            self._step(OPEN_STEPS * OPEN_TIMEOUT_S + GRACE_S)
            self._opened_s = self._step_began_s
            capture = self._connect(target, OPEN_TIMEOUT_S, self._stall_s + GRACE_S)
            if capture is not None or self._stopped.is_set():
                return capture
        return None

    def _step(self, limit_s: float) -> None:
        self._step_began_s = self._clock.monotonic_s()
        self._limit_s = limit_s
