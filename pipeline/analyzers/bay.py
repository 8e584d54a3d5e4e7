"""A parking bay: whether a vehicle stands in it (`bay_occupied`, 0 or 1: its mean is the share of time), and how many
came to do so (`bay_turnover`, objects).

Definition: a box covers the bay if its foot lies in it or it overlaps `COVERED` of the bay's area. The bay is occupied
once boxes of one place (`SAME_PLACE` of their union in common) have covered it for `SETTLE_S`, without a break of more
than `BREAK_S`; it is free once none of that place has for `SETTLE_S`. Boxes count whatever their track, because what
stands still flickers in detection, but not those of tracks that moved in the last `MOVED_S`, nor of people. Turnover
counts each time that a bay seen free becomes occupied.
Limits: both changes are known `SETTLE_S` late; one vehicle that follows another within that time is not told apart; a
queue that stands in front of the bay and hides it occupies it; the zone should be the bay's ground, for one vehicle.
"""

import math
from collections.abc import Iterable

import numpy as np

from pipeline.analyzers.zone import points_in_polygon
from pipeline.config import ZoneConfig
from pipeline.events import Counted, Level
from pipeline.geometry import area, clipped
from pipeline.measures import ALL_CLASSES
from pipeline.taxonomy import asked_names
from pipeline.tracks import Tracks

COVERED = 0.4
SAME_PLACE = 0.5
SETTLE_S = 10.0
BREAK_S = 3.0
MOVED_S = 2.0
_PEOPLE = ("person", "pedestrian")

Box = tuple[float, float, float, float]


class BayAnalyzer:
    """Tell whether one bay is occupied."""

    def __init__(self, zone: ZoneConfig, labels: tuple[str, ...], longest_gap_s: float) -> None:
        self._zone = zone
        self._wanted = np.array(
            [name is not None and name not in _PEOPLE for name in asked_names(labels, zone.classes)]
        )
        self._longest_gap_s = longest_gap_s
        self._size: tuple[int, int] | None = None
        self._corners: list[tuple[float, float]] = []
        self._looked_s: float | None = None
        self._places: dict[int, tuple[Box, float]] = {}  # by track: where it is, and when it came there, if it moved
        self._vehicle: Box | None = None  # what covers the bay, or did so last
        self._since_s = 0.0  # it covers it since
        self._seen_s = 0.0  # and did so last
        self._free_since_s: float | None = None
        self._is_occupied = False

    def update(self, tracks: Tracks) -> Iterable[Level | Counted]:
        """Return the state since the last look, and an arrival."""
        if tracks.size != self._size:
            self._size, self._vehicle = tracks.size, None
            self._places.clear()
            self._corners = [(x * tracks.size[0], y * tracks.size[1]) for x, y in self._zone.points]
        for track_id in tracks.ended:
            self._places.pop(track_id, None)
        now_s, looked_s = tracks.time_s, self._looked_s
        self._looked_s = now_s
        if looked_s is not None and 0 < now_s - looked_s <= self._longest_gap_s:
            yield Level("bay_occupied", self._zone.id, ALL_CLASSES, looked_s, now_s, float(self._is_occupied))
        else:
            self._since_s = self._seen_s = now_s  # time without looks proves nothing
        self._free_since_s = now_s if self._free_since_s is None else self._free_since_s
        self._see(self._covering(tracks), now_s)
        if not self._is_occupied and self._vehicle is not None and now_s - self._since_s >= SETTLE_S:
            self._is_occupied = True
            if self._since_s - self._free_since_s >= SETTLE_S:
                yield Counted("bay_turnover", self._zone.id, ALL_CLASSES, now_s)

    def close(self) -> Iterable[Counted]:
        """Return nothing: who has not stood long enough has not come."""
        return ()

    def _see(self, boxes: list[Box], now_s: float) -> None:
        """Take the boxes that cover the bay, the largest cover first."""
        for box in boxes:
            if self._vehicle is not None and _overlap(box, self._vehicle) >= SAME_PLACE:
                self._seen_s = now_s
                return
        patience_s = SETTLE_S if self._is_occupied else BREAK_S
        if self._vehicle is not None and now_s - self._seen_s < patience_s:
            return  # it may only flicker
        if self._is_occupied:
            self._is_occupied, self._free_since_s = False, self._seen_s
        self._vehicle = boxes[0] if boxes else None
        self._since_s = self._seen_s = now_s

    def _covering(self, tracks: Tracks) -> list[Box]:
        """Return the boxes of vehicles that cover the bay, the largest cover first."""
        corners = np.array(self._corners)
        touching = (tracks.xyxy[:, :2] <= corners.max(axis=0)) & (tracks.xyxy[:, 2:] >= corners.min(axis=0))
        rows = np.flatnonzero(self._wanted[tracks.class_id] & touching.all(axis=1))
        if not len(rows):
            return []
        on_it = points_in_polygon(tracks.foot[rows], corners).tolist()
        whole = area(self._corners)
        found: list[tuple[float, Box]] = []
        boxes, ids = tracks.xyxy[rows].tolist(), tracks.track_id[rows].tolist()
        for track_id, box, is_on_it in zip(ids, boxes, on_it, strict=True):
            share = area(clipped(self._corners, box)) / whole
            if not self._moves(track_id, box, tracks.time_s) and (is_on_it or share >= COVERED):
                found.append((share, box))
        return [box for _, box in sorted(found, reverse=True)]

    def _moves(self, track_id: int, box: Box, now_s: float) -> bool:
        """Return whether a track was elsewhere not long ago; of a new one nothing is known."""
        place, came_s = self._places.setdefault(track_id, (box, -math.inf))
        if _overlap(place, box) < SAME_PLACE:
            self._places[track_id] = box, now_s
            return True
        return now_s - came_s < MOVED_S


def _overlap(a: Box, b: Box) -> float:
    """Return the intersection of two boxes over their union."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(0.0, width) * max(0.0, height)
    both = (a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared
    return shared / both if both > 0 else 0.0
