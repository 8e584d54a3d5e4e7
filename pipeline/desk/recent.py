"""Who was where in the last minutes, in memory only, so that lines and zones can be tried on it before they are saved.

No picture and no score is held, and nothing of it leaves the process but counts. Under `statistics` these are of whole
spans of `min_step_s` only, cut where the camera's own totals are cut: of spans that end at any moment the differences
would tell of single people.
"""

import math
import threading
from collections import deque
from typing import NamedTuple

import numpy as np

from pipeline.config import CameraConfig
from pipeline.tracks import Tracks

KEPT_S = 900.0
"""Under `operations`. Under `statistics` it is two steps: the one that is counted, and the one that runs."""

SEALED_AFTER_S = 10.0
"""As buckets are: what comes later than this after a span's end is left out."""

MOST_ROWS = 1_000_000
"""Objects in pictures, 22 bytes each: beyond, the oldest are forgotten sooner."""

MOST_LOOKS = 100_000

ROW = np.dtype(
    [("number", "<u4"), ("class_id", "u1"), ("confirmed", "?"), ("xyxy", "<f4", (4,))]
)  # of one object in one picture


class Span(NamedTuple):
    """From when to when, seconds since the Unix epoch."""

    from_s: float
    to_s: float


class TooEarly(NamedTuple):
    """Not enough has been seen yet; there is enough after so many seconds."""

    wait_s: float


class Held(NamedTuple):
    """One look as it is held."""

    at_s: float  # seconds since the Unix epoch
    frame: int  # its index
    rows: bytes  # of `ROW`
    ended: frozenset[int]


class Recent:
    """The last minutes of one run; written by the thread that looks, read by another."""

    def __init__(self, kept_s: float, labels: tuple[str, ...], origin_s: float, interval_s: float) -> None:
        """Begin.

        Args:
            kept_s: how long to hold what was seen.
            labels: names of the classes.
            origin_s: seconds since the Unix epoch of the tracks' time 0.
            interval_s: between two looks.
        """
        self.labels, self.interval_s = labels, interval_s
        self._kept_s, self._origin_s = kept_s, origin_s
        self._lock = threading.Lock()
        self._size = (0, 0)
        self._looks: deque[Held] = deque()
        self._rows = 0

    def see(self, tracks: Tracks) -> None:
        """Take one look."""
        rows = np.empty(len(tracks.track_id), ROW)
        rows["number"], rows["class_id"] = tracks.track_id, tracks.class_id
        rows["confirmed"], rows["xyxy"] = tracks.confirmed, tracks.xyxy
        look = Held(self._origin_s + tracks.time_s, tracks.frame_index, rows.tobytes(), tracks.ended)
        with self._lock:
            if tracks.size != self._size:  # boxes are in pixels
                self._looks.clear()
                self._size, self._rows = tracks.size, 0
            self._looks.append(look)
            self._rows += len(rows)
            while self._is_too_much(look.at_s):
                self._rows -= len(self._looks.popleft().rows) // ROW.itemsize

    def _is_too_much(self, now_s: float) -> bool:
        held = self._looks
        return self._rows > MOST_ROWS or len(held) > MOST_LOOKS or held[0].at_s < now_s - self._kept_s

    def span(self, camera: CameraConfig) -> Span | TooEarly:
        """Return the span that may be counted again for a camera."""
        with self._lock:
            if not self._looks:
                return TooEarly(max(1.0, self.interval_s))
            first_s, last_s = self._looks[0].at_s, self._looks[-1].at_s
        if camera.purpose == "operations":
            return Span(first_s, last_s)
        step_s = camera.min_step_s
        to_s = math.floor((last_s - SEALED_AFTER_S) / step_s) * step_s
        if first_s <= to_s - step_s + max(1.0, 2 * self.interval_s):
            return Span(to_s - step_s, to_s)
        return TooEarly(math.ceil(first_s / step_s) * step_s + step_s + SEALED_AFTER_S - last_s)

    def held(self, span: Span) -> tuple[tuple[int, int], list[Held]]:
        """Return the size of the pictures, px, and what was seen in a span, oldest first."""
        with self._lock:
            return self._size, [look for look in self._looks if span.from_s <= look.at_s <= span.to_s]


def kept_s(camera: CameraConfig) -> float:
    """Return how long to hold what is seen of a camera."""
    return KEPT_S if camera.purpose == "operations" else 2.0 * camera.min_step_s + 2 * SEALED_AFTER_S
