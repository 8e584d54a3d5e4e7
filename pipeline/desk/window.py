"""What a camera's own thread hands out to who asks for pictures: nothing unless somebody asks, and never more than one.

Closed, it costs one comparison a look. Open, it takes hold of a picture now and then; who came too late for the one
before it misses that, and the thread that looks waits for nobody.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from models.detections import Detections, Detector, Image
from pipeline.config import CameraConfig
from pipeline.desk.recent import Recent, kept_s
from pipeline.frame import Frame
from pipeline.kept_tracks import Keeper
from pipeline.tracks import Tracks

Track = Callable[[Frame, Detections], Tracks]


@dataclass(frozen=True, slots=True, eq=False)
class Sight:
    """One picture, and what the detector found in it."""

    image: Image  # as the source gave it, masks black; nobody writes into it
    found: Detections
    at_s: float  # seconds since the Unix epoch
    seen_s: float  # monotonic


@dataclass(frozen=True, slots=True)
class _Both:
    """Hands tracks to two who take them."""

    recent: Recent
    keeper: Keeper

    def see(self, tracks: Tracks) -> None:
        """Take one look."""
        self.recent.see(tracks)
        self.keeper.see(tracks)

    def close(self) -> None:
        """End."""
        self.keeper.close()


class Window:
    """Of one watch of a camera; `camera` tells how it is configured now, `aimed` what looks, and where."""

    def __init__(
        self,
        camera: Callable[[], CameraConfig],
        aimed: Callable[[], Detector],
        detector: Detector,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._camera, self._aimed, self._clock = camera, aimed, clock
        self.detector = detector
        self.recent: Recent | None = None
        self._origin_s = 0.0
        self._until_s = float("-inf")
        self._gap_s = self._taken_s = 0.0
        self._wake: threading.Event | None = None  # of who asked; None: closed
        self._sight: Sight | None = None

    @property
    def camera(self) -> CameraConfig:
        """Return how the camera is configured now."""
        return self._camera()

    @property
    def looks_everywhere(self) -> bool:
        """Return whether the detector sees the whole picture."""
        return self._aimed() is self.detector

    def beside(self, keeper: Keeper, origin_s: float, interval_s: float) -> Keeper:
        """Begin a run; return what takes its tracks for the last minutes, and for who keeps them besides."""
        self._origin_s = origin_s
        self.recent = Recent(kept_s(self.camera), self.detector.labels, origin_s, interval_s)
        return _Both(self.recent, keeper)

    def before(self, track: Track) -> Track:
        """Return the tracker's function with a hand on the picture before each call."""

        def hand_and_track(frame: Frame, found: Detections) -> Tracks:
            if self._wake is not None and frame.image is not None:
                self._hand(frame, found, self._wake)
            return track(frame, found)

        return hand_and_track

    def open(self, until_s: float, gap_s: float, wake: threading.Event) -> None:
        """Hand out a picture every `gap_s` at most until then (monotonic), and set `wake` for each."""
        self._until_s, self._gap_s, self._wake = until_s, gap_s, wake

    def close(self) -> None:
        """Hand out nothing any more."""
        self._wake = self._sight = None

    def take(self) -> Sight | None:
        """Return the newest picture that nobody took yet."""
        sight, self._sight = self._sight, None
        return sight

    def _hand(self, frame: Frame, found: Detections, wake: threading.Event) -> None:
        now_s = self._clock()
        if now_s > self._until_s:
            self.close()
        elif now_s - self._taken_s >= self._gap_s and frame.image is not None:
            self._taken_s = now_s
            self._sight = Sight(frame.image, found, self._origin_s + frame.time_s, now_s)
            wake.set()
