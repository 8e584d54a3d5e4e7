"""The ladder of devices: sessions per input shape on the best device that works, one step down when it fails.

Nothing here knows ONNX Runtime: whoever builds the ladder says how a session is opened. A step down is for good,
until the process starts again: a device that fails once a minute would otherwise cost a rebuild a minute.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from models.detections import DetectorStatus
from models.errors import DeviceError, SessionError
from models.heads.head import FloatArray, Head
from models.letterbox import Canvas

log = logging.getLogger(__name__)

Size = tuple[int, int]

SESSIONS_MAX = 6
"""Shapes kept open; the one used longest ago is closed. A session of a small model holds some 40 MB."""


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

    def __init__(self, wish: Wish, devices: Sequence[str], opener: OpenSession, missing: str | None = None) -> None:
        """Start on the first device.

        Args:
            wish: what was asked for.
            devices: best first, at least one.
            opener: opens a session.
            missing: why the wanted device is not among `devices`, if so.
        """
        self._devices = tuple(devices)
        self._open = opener
        self._lock = threading.Lock()
        self._step = 0
        self._sessions: OrderedDict[Size, Session] = OrderedDict()
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
        self._status = replace(self._status, variant=session.variant, variant_reason=session.reason or None)
        if len(self._sessions) > SESSIONS_MAX:
            self._sessions.popitem(last=False)

    def _step_down(self, error: SessionError) -> None:
        failed = self._devices[self._step]
        if self._step + 1 == len(self._devices):
            raise DeviceError(f"model {self._status.model}: no device is left: {failed}: {error}") from error
        self._step += 1
        self._sessions.clear()
        reasons = [self._status.fallback_reason, f"{failed}: {error}"]
        status = replace(
            self._status,
            device=self._devices[self._step],
            fallback_reason="; ".join(reason for reason in reasons if reason),
        )
        self._status = status
        log.warning("model %s: now on %s: %s", status.model, status.device, status.fallback_reason)
