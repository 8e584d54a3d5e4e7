"""Speed over a line: how fast each object that crosses goes over the ground. Unit: km/h, by direction.

Formula: the places of its feet from one second before the crossing to one second after it, and the nearest ones
beyond where that leaves a side without any; for x and y the median of the slopes between all pairs of them that are
not too close in time (Theil 1950, Sen 1968), so that up to 29 % of them may be wild; the length of that velocity.
Of who turns around and crosses again, each half goes with its crossing. Limits: the calibration's error; the foot of a
box is not quite where it touches the ground; who was seen for less than 0.3 s around the crossing has no speed.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.analyzers.trails import Sample, Trails
from pipeline.config import LineConfig
from pipeline.events import Crossing, Sampled
from pipeline.tracks import Tracks

HALF_S = 1.0
"""A walking person's box swings with each step, twice a second: two seconds hold four steps. Measured: twice as good as
one second (docs/measures.md)."""

LEAST_SPAN_S = 0.3
WAIT_S = 3.0
"""A hidden object's speed is told without waiting longer for samples on the far side."""

_MOST = 40  # samples that are compared pair by pair


@dataclass(slots=True)
class _Pending:
    """A crossing whose second half is not seen yet."""

    crossing: Crossing
    from_s: float = -math.inf  # half-way to the same object's crossing of this line before: it turned around
    until_s: float = math.inf  # half-way to the one after


class SpeedMeasure:
    """Tell how fast each crossing was."""

    def __init__(self, line: LineConfig, trails: Trails) -> None:
        self._line = line
        self._trails = trails
        self._pending: list[_Pending] = []

    def look(self, tracks: Tracks, crossings: Sequence[Crossing]) -> Iterable[Sampled]:
        """Return the speeds that are known now."""
        self._trails.see(tracks)
        for crossing in crossings:
            self._add(crossing)
        waiting, self._pending = self._pending, []
        for one in waiting:
            if self._is_ready(one, tracks):
                yield from self._told(one)
            else:
                self._pending.append(one)

    def close(self, crossings: Sequence[Crossing]) -> Iterable[Sampled]:
        """Return the speeds of whatever is left."""
        for crossing in crossings:
            self._add(crossing)
        return [told for one in self._pending for told in self._told(one)]

    def _add(self, crossing: Crossing) -> None:
        new = _Pending(crossing)
        for one in self._pending:
            if one.crossing.track_id == crossing.track_id:
                turned_s = (one.crossing.time_s + crossing.time_s) / 2
                one.until_s, new.from_s = min(one.until_s, turned_s), max(new.from_s, turned_s)
        self._pending.append(new)

    def _is_ready(self, one: _Pending, tracks: Tracks) -> bool:
        crossing, trail = one.crossing, self._trails.of(one.crossing.track_id)
        seen_s = trail[-1].time_s if trail else -math.inf
        over = crossing.track_id in tracks.ended or tracks.time_s > crossing.time_s + WAIT_S
        return over or seen_s > crossing.time_s + 2 * HALF_S  # who is back by then turned around within the half

    def _told(self, one: _Pending) -> Iterable[Sampled]:
        crossing = one.crossing
        trail = [s for s in self._trails.of(crossing.track_id) if one.from_s <= s.time_s <= one.until_s]
        kmh = speed_kmh(_around(trail, crossing.time_s))
        if kmh is not None:
            yield Sampled("speed", self._line.id, crossing.class_name, crossing.time_s, kmh, crossing.direction)


def _around(trail: Sequence[Sample], time_s: float) -> list[Sample]:
    """Return the samples around a moment, one at least on each side if there is any."""
    before = [sample for sample in trail if sample.time_s <= time_s]
    after = [sample for sample in trail if sample.time_s > time_s]
    near = [s for s in before if s.time_s >= time_s - HALF_S] or before[-1:]
    far = [s for s in after if s.time_s <= time_s + HALF_S] or after[:1]
    return near + far


def speed_kmh(samples: Sequence[Sample]) -> float | None:
    """Return the speed of a movement by the median of slopes, km/h; None if it was seen too shortly."""
    if len(samples) < 2 or samples[-1].time_s - samples[0].time_s < LEAST_SPAN_S:
        return None
    kept = np.array(samples)[:: math.ceil(len(samples) / _MOST)]
    first, second = np.triu_indices(len(kept), 1)
    steps = kept[second] - kept[first]
    far = steps[:, 0] >= steps[:, 0].max() / 3  # neighbours in time tell jitter, not movement
    velocity = np.median(steps[far, 1:] / steps[far, :1], axis=0)
    return float(np.hypot(*velocity)) * 3.6
