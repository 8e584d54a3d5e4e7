"""Headway at a line: the time between two crossings that follow each other in the same direction. Unit: seconds.

Formula: time of a crossing less the time of the one before it that way, whatever the classes; told under the class of
the one that follows. Source: headway as in the Highway Capacity Manual (Transportation Research Board).
Limits: nobody follows whoever comes first after a time without looks; a crossing that becomes known more than
`SETTLE_S` after it happened (a young track's) is left out where a later one has been told already.
"""

import heapq
import math
from collections.abc import Iterable, Sequence

from pipeline.config import LineConfig
from pipeline.events import Crossing, Direction, Sampled
from pipeline.tracks import Tracks

SETTLE_S = 5.0
"""Crossings wait so long to be put in order: a young object's past counts when it is confirmed (< `LATENESS_S`)."""


class HeadwayMeasure:
    """Tell the time since the crossing before."""

    def __init__(self, line: LineConfig, longest_gap_s: float) -> None:
        self._line = line
        self._longest_gap_s = longest_gap_s
        self._looked_s = -math.inf
        self._waiting: list[tuple[float, int, Crossing]] = []  # by time; at most what crosses in `SETTLE_S`
        self._number = 0
        self._last_s: dict[Direction, float] = {}

    def look(self, tracks: Tracks, crossings: Sequence[Crossing]) -> Iterable[Sampled]:
        """Return the headways of crossings that none can come before any more."""
        if not 0 <= tracks.time_s - self._looked_s <= self._longest_gap_s:
            yield from self._told_until(math.inf)
            self._last_s.clear()
        self._looked_s = tracks.time_s
        self._take(crossings)
        yield from self._told_until(tracks.time_s - SETTLE_S)

    def close(self, crossings: Sequence[Crossing]) -> Iterable[Sampled]:
        """Return the headways of whatever is left."""
        self._take(crossings)
        return list(self._told_until(math.inf))

    def _take(self, crossings: Sequence[Crossing]) -> None:
        for crossing in crossings:
            self._number += 1
            heapq.heappush(self._waiting, (crossing.time_s, self._number, crossing))

    def _told_until(self, time_s: float) -> Iterable[Sampled]:
        while self._waiting and self._waiting[0][0] <= time_s:
            crossing = heapq.heappop(self._waiting)[2]
            last_s = self._last_s.get(crossing.direction, crossing.time_s)
            if crossing.time_s < last_s:
                continue
            if crossing.direction in self._last_s:
                headway_s = crossing.time_s - last_s
                yield Sampled(
                    "headway", self._line.id, crossing.class_name, crossing.time_s, headway_s, crossing.direction
                )
            self._last_s[crossing.direction] = crossing.time_s
