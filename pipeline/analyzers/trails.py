"""Where each object was on the ground in the last seconds: shared by all measures of a camera that need it."""

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

from pipeline.ground import Ground
from pipeline.tracks import Tracks

KEEP_S = 4.0
"""Longer than any measure looks back, and than an object stays young."""

_KEEP_SAMPLES = 8  # however old: at two looks a second or fewer, seconds hold too little


class Sample(NamedTuple):
    """Where an object was."""

    time_s: float
    x_m: float
    y_m: float


class Trails:
    """Follow the feet of all objects over the ground."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._trails: dict[int, deque[Sample]] = {}
        self._seen: Tracks | None = None

    def see(self, tracks: Tracks) -> None:
        """Take a look; each measure may bring the same one. What ended in the look before is forgotten."""
        if tracks is self._seen:
            return
        if self._seen is not None:
            for track_id in self._seen.ended:
                self._trails.pop(track_id, None)
            if self._seen.size != tracks.size:
                self._trails.clear()
        self._seen = tracks
        places = self._ground.metres(tracks.foot, tracks.size).tolist()
        for track_id, (x_m, y_m) in zip(tracks.track_id.tolist(), places, strict=True):
            if x_m == x_m:  # not NaN: before the horizon
                self._add(track_id, Sample(tracks.time_s, x_m, y_m))

    def of(self, track_id: int) -> Sequence[Sample]:
        """Return the newest samples of an object, oldest first."""
        return self._trails.get(track_id, ())

    def _add(self, track_id: int, sample: Sample) -> None:
        trail = self._trails.setdefault(track_id, deque())
        if trail and sample.time_s <= trail[-1].time_s:
            return  # a camera's clock that repeats or jumps back
        trail.append(sample)
        while len(trail) > _KEEP_SAMPLES and trail[0].time_s < sample.time_s - KEEP_S:
            trail.popleft()
