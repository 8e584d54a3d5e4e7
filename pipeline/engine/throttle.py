"""What stands between a worker and one of its cameras: limits go in, and what the camera costs comes out."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from models.detections import Detections, Detector, Image
from pipeline.engine import steps
from pipeline.engine.cpu import ThreadTimes


class Paced(Protocol):
    """A rule for looks that can be limited from any thread."""

    limit_fps: float | None  # looks a second at most; 0: none at all; None: no limit

    @property
    def fps(self) -> float:
        """Looks a second that it would make without a limit."""


@dataclass(frozen=True, slots=True)
class Spent:
    """What a camera did and cost since it began; the difference of two says how it goes."""

    cpu_s: float = 0.0
    detect_s: float = 0.0  # of these, in the detector
    looks: int = 0  # made
    due: int = 0  # asked for


class Limited:
    """A `Due` with a limit: the rule of today (`every`, `at_rate`), thinned out on an even grid of time.

    It stands where the adaptive rule will, and is what limits any rule that knows no limit of its own.
    """

    def __init__(self, rule: Callable[..., bool], fps: float) -> None:
        self._rule, self._fps = rule, fps
        self.limit_fps: float | None = None
        self._next_s = float("-inf")

    @property
    def fps(self) -> float:
        """Looks a second that the rule makes."""
        return self._fps

    def __call__(self, index: int, time_s: float, *more: object) -> bool:
        """Return whether this frame is wanted; what the rule is given beyond number and time is handed on."""
        limit_fps = self.limit_fps
        if not self._rule(index, time_s, *more):
            return False
        if limit_fps is None:
            return True
        if limit_fps <= 0:
            return False
        period_s = 1.0 / limit_fps
        if time_s < self._next_s - 2 * period_s:  # the clock stepped back
            self._next_s = time_s
        # Frames come on a grid of their own: one that is a little early is better than the next one.
        if time_s < self._next_s - 0.5 / max(self._fps, limit_fps):
            return False
        self._next_s = max(self._next_s + period_s, time_s + period_s * 0.5)
        return True


class Throttle:
    """Limits and costs of one camera, for as long as its worker has it; safe to use from several threads."""

    def __init__(self, small: Callable[[], Detector | None] = lambda: None) -> None:
        """`small` returns the detector with a smaller input, made when it is needed first; None: there is none."""
        self.small = small
        self._smaller: Detector | None = None
        self._threads = ThreadTimes()
        self._lock = threading.Lock()
        self._paced: Paced | None = None
        self._due = self._looks = 0
        self._detect_s = 0.0
        self.step = steps.FULL
        self.reason: str | None = None

    @property
    def fps(self) -> float:
        """Looks a second that the camera makes when nothing is shed; 0 before it began."""
        paced = self._paced
        return paced.fps if paced is not None else 0.0

    def watch(self, rule: Callable[..., bool], paced: Paced) -> Callable[..., bool]:
        """Return the rule of a run that begins, its wishes counted; `paced` is what limits it."""

        def due(index: int, time_s: float, *more: object) -> bool:
            self._threads.here()  # the thread that decodes asks, so its time is this camera's
            wanted = rule(index, time_s, *more)
            self._due += wanted
            return wanted

        with self._lock:
            self._paced = paced
            paced.limit_fps = steps.limit_at(self.step, paced.fps)
        return due

    def to(self, step: int, reason: str | None) -> None:
        """Go to a step; `reason` is for people, None at step 0."""
        with self._lock:
            self.step, self.reason = step, reason
            if self._paced is not None:
                self._paced.limit_fps = steps.limit_at(step, self._paced.fps)

    def detect(self, detector: Detector, image: Image) -> Detections:
        """Look, with the smaller input where the step says so."""
        self._threads.here()
        if self.step >= steps.SMALL:
            self._smaller = self._smaller or self.small() or detector
            detector = self._smaller
        began_s = time.thread_time()
        try:
            return detector(image)
        finally:
            self._detect_s += time.thread_time() - began_s
            self._looks += 1

    def belongs(self) -> None:
        """Count the calling thread's time as this camera's from now on."""
        self._threads.here()

    @property
    def spent(self) -> Spent:
        """Return what was done so far."""
        return Spent(self._threads.total_s(), self._detect_s, self._looks, self._due)
