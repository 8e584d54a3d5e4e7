"""The ladder of devices: sessions per input shape on the best device that works, one step down when it fails.

Nothing here knows ONNX Runtime: whoever builds the ladder says how a session is opened. After a rest the better devices
are tried again, beside the work and without holding it up; the rest doubles each time, so that a device which fails
once a minute does not cost a rebuild a minute. A process whose driver has given it up cannot get a card back: its tries
go on failing, a few an hour, and the status says so.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from models.detections import DetectorStatus
from models.errors import DeviceError, ModelError, SessionError
from models.heads.head import FloatArray, Head
from models.letterbox import Canvas

log = logging.getLogger(__name__)

Size = tuple[int, int]

SESSIONS_MAX = 6
"""Shapes kept open; the one used longest ago is closed. A session of a small model holds some 40 MB."""

FIRST_REST_S = 60.0
MOST_REST_S = 3600.0
"""A device that failed is tried again after the first, then after twice as long each time, up to the second."""

SOUND_S = 600.0
"""A device that has worked for so long again is trusted as at the start."""


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """A model on one device, for one input shape; several threads may run it at once."""

    device: str
    size: Size  # (width, height) of the input, px
    head: Head
    run: Callable[[Canvas], list[FloatArray]]  # a prepared picture → outputs; raises SessionError if the device fails
    variant: str = "whole"  # which form of the model: models/variants.py
    reason: str = ""  # why that one


OpenSession = Callable[[str, Size], Session]
"""(device, input size in px) → a session that has run once. Raises SessionError if the device refuses."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the configuration asks for."""

    model: str
    device: str  # "auto" or a device


class SessionLadder:
    """Answers from the best device that works. Safe for several threads."""

    def __init__(
        self,
        wish: Wish,
        devices: Sequence[str],
        opener: OpenSession,
        missing: str | None = None,
        monotonic_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """Start on the first device.

        Args:
            wish: what was asked for.
            devices: best first, at least one.
            opener: opens a session; for a device that failed, from a thread of its own.
            missing: why the wanted device is not among `devices`, if so.
            monotonic_s: seconds that never go back.
        """
        self._devices = tuple(devices)
        self._open = opener
        self._missing = missing
        self._lock = threading.Lock()  # guards all below
        self._step = 0
        self._faults: dict[str, str] = {}  # device → why it is not used
        self._sessions: OrderedDict[Size, Session] = OrderedDict()
        self._rest = Rest(monotonic_s)
        self._returning = False
        self._status = DetectorStatus(wish.model, self._devices[0], wish.device, missing)
        if missing:
            log.warning("model %s: runs on %s: %s", wish.model, self._devices[0], missing)

    @property
    def status(self) -> DetectorStatus:
        """Where it runs now."""
        return self._status

    def session(self, size: Size) -> Session:
        """Return the session for an input size, opened if need be, on the best device that opens it.

        Raises:
            DeviceError: if no device is left.
        """
        with self._lock:
            self._consider_return()
            while size not in self._sessions:
                try:
                    self._keep(self._open(self._devices[self._step], size))
                except SessionError as error:
                    self._step_down(error)
            self._sessions.move_to_end(size)
            return self._sessions[size]

    def run(self, session: Session, canvas: Canvas) -> tuple[list[FloatArray], Head]:
        """Return the outputs and their head; where the session's device fails, the next one answers the same picture.

        Raises:
            DeviceError: if no device is left.
        """
        while True:
            try:
                return session.run(canvas), session.head
            except SessionError as error:
                with self._lock:
                    # Another thread may have met the same failure and stepped down already.
                    if session.device == self._devices[self._step]:
                        self._step_down(error)
                session = self.session(session.size)

    def close(self, size: Size) -> None:
        """Forget the session for an input size; it is opened again when asked for."""
        with self._lock:
            self._sessions.pop(size, None)

    def _keep(self, session: Session) -> None:
        self._sessions[session.size] = session
        self._show(session)
        if len(self._sessions) > SESSIONS_MAX:
            self._sessions.popitem(last=False)

    def _show(self, session: Session) -> None:
        self._status = replace(self._status, variant=session.variant, variant_reason=session.reason or None)

    def _step_down(self, error: SessionError) -> None:
        failed = self._devices[self._step]
        if self._step + 1 == len(self._devices):
            raise DeviceError(f"model {self._status.model}: no device is left: {failed}: {error}") from error
        self._step += 1
        self._sessions.clear()
        self._faults[failed] = str(error)
        self._rest.begin()
        self._tell()
        log.warning("model %s: now on %s: %s", self._status.model, self._status.device, self._status.fallback_reason)

    def _tell(self) -> None:
        reasons = [self._missing] if self._missing else []
        reasons += [f"{device}: {self._faults[device]}" for device in self._devices[: self._step]]
        device, reason = self._devices[self._step], "; ".join(reasons) or None
        self._status = replace(self._status, device=device, fallback_reason=reason)

    def _consider_return(self) -> None:
        if self._step and self._sessions and not self._returning and self._rest.is_over:
            self._returning = True
            args = (self._devices[: self._step], list(self._sessions))
            threading.Thread(target=self._return, args=args, name="parvis-return", daemon=True).start()

    def _return(self, better: Sequence[str], sizes: Sequence[Size]) -> None:
        """Try the better devices, best first, with every shape in use, and go over to the first that takes them."""
        for step, device in enumerate(better):
            try:
                opened = {size: self._open(device, size) for size in sizes}
            except (SessionError, ModelError) as error:
                with self._lock:
                    self._faults[device] = str(error)
                continue
            with self._lock:
                self._step = step
                self._sessions = OrderedDict(opened)
                self._show(next(reversed(self._sessions.values())))
                self._returning = False
                self._rest.end()
                if step:  # a better one still fails, and is tried again
                    self._rest.begin()
                self._tell()
            log.warning("model %s: back on %s", self._status.model, device)
            return
        with self._lock:
            self._returning = False
            self._rest.begin()
            self._tell()


class Rest:
    """How long a device that failed is left alone: longer each time, unless it has worked well in between."""

    def __init__(self, monotonic_s: Callable[[], float]) -> None:
        self._monotonic_s = monotonic_s
        self._length_s = 0.0
        self._until_s = 0.0
        self._worked_s: float | None = None  # since when the device has worked again

    @property
    def is_over(self) -> bool:
        """Whether the device may be tried again."""
        return self._monotonic_s() >= self._until_s

    def begin(self) -> None:
        """Note a failure."""
        now_s = self._monotonic_s()
        if self._worked_s is not None and now_s - self._worked_s >= SOUND_S:
            self._length_s = 0.0
        self._worked_s = None
        self._length_s = min(MOST_REST_S, max(FIRST_REST_S, 2 * self._length_s))
        self._until_s = now_s + self._length_s

    def end(self) -> None:
        """Note that it works again."""
        self._worked_s = self._monotonic_s()
