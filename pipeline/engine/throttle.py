"""What stands between a worker and one of its cameras: limits go in, and what the camera costs comes out."""

import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

from models.detections import Detections, Detector, Image
from pipeline.engine import steps
from pipeline.engine.cpu import ThreadTimes
from pipeline.observation import ShedWhy
from pipeline.pace.pacer import Pacer
from pipeline.schedule import Due, Glance, Wanted


@dataclass(frozen=True, slots=True)
class Spent:
    """What a camera did and cost since it began; the difference of two says how it goes."""

    cpu_s: float = 0.0
    detect_s: float = 0.0  # of these, in the detector
    looks: int = 0  # made, after the first one
    due: int = 0  # asked for

    @property
    def look_cpu_ms(self) -> float | None:
        """Return what one look cost in the detector, on average; None before there was one."""
        return round(1e3 * self.detect_s / self.looks, 2) if self.looks else None


class Throttle:
    """Limits and costs of one camera, for as long as its worker has it; safe to use from several threads."""

    def __init__(
        self, small: Callable[[], Detector | None] = lambda: None, turns: threading.Semaphore | None = None
    ) -> None:
        """Begin without a limit.

        Args:
            small: returns the detector with a smaller input, made when it is needed first; None: there is none.
            turns: how many cameras of a worker may look at the same time.
        """
        self.small = small
        self._turns = turns or threading.Semaphore()
        self._smaller: Detector | None = None
        self._threads = ThreadTimes()
        self._lock = threading.Lock()
        self._pacer: Pacer | None = None
        self._due = self._looks = 0
        self._detect_s = 0.0
        self._loaded = False
        self.fps = 0.0  # looks a second that the camera makes when nothing is shed; 0 before it began
        self.step = steps.FULL
        self.why: ShedWhy | None = None

    def watch(self, pacer: Pacer) -> Due:
        """Return the rule of a run that begins, its wishes counted; from now on `pacer` is what is limited."""

        def due(index: int, time_s: float, glance: Glance) -> Wanted:
            self._threads.here()  # the thread that decodes asks, so its time is this camera's
            wanted = pacer(index, time_s, glance)
            self._due += wanted is True  # where the last look stands, nobody has to look
            return wanted

        with self._lock:
            self._pacer = pacer
            self.fps = max(self.fps, 1 / pacer.interval_s)
            pacer.limit_fps = steps.limit_at(self.step, self.fps)
        return due

    def asks(self, fps: float) -> None:
        """Take how often the camera wants to look while nothing is shed: an adaptive rate is known by measuring it."""
        with self._lock:
            if self.step == steps.FULL and self._pacer is not None:
                self.fps = max(fps, 1 / self._pacer.interval_s)

    def to(self, step: int, why: ShedWhy | None) -> None:
        """Go to a step; `why` is None on the way back."""
        with self._lock:
            self.step, self.why = step, why
            if self._pacer is not None:
                self._pacer.limit_fps = steps.limit_at(step, self.fps)

    def detect(self, detector: Detector, image: Image) -> Detections:
        """Look, with the smaller input where the step says so."""
        self._threads.here()
        if self.step >= steps.SMALL:
            self._smaller = self._smaller or self.small() or detector
            detector = self._smaller
        # On a CPU cameras that look at the same time look later, all of them, and each needs memory for it.
        with self._turns if detector.status.device == "cpu" else nullcontext():
            return self._timed(detector, image)

    def _timed(self, detector: Detector, image: Image) -> Detections:
        began_s = time.thread_time()
        try:
            return detector(image)
        finally:
            if self._loaded:  # the first look loads what the later ones use
                self._detect_s += time.thread_time() - began_s
                self._looks += 1
            self._loaded = True

    def belongs(self) -> None:
        """Count the calling thread's time as this camera's from now on."""
        self._threads.here()

    @property
    def spent(self) -> Spent:
        """Return what was done so far."""
        return Spent(self._threads.total_s(), self._detect_s, self._looks, self._due)
