"""Occupancy and dwell of a zone.

Occupancy: confirmed objects whose foot is in the polygon, at each look; unit: objects. A hidden object stays
counted until its track ends or it is seen outside.
Dwell: time from the first look inside to the first look outside, if it stays outside for `EXIT_S` (so that
jitter on the border does not cut one stay in two), or to the last look of a track that ends; unit: seconds.
Limit: who was inside before the camera looked, and who is still inside, has no known dwell.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.config import ZoneConfig
from pipeline.events import Dwell, Occupancy
from pipeline.tracks import Tracks

EXIT_S = 1.0


@dataclass(slots=True)
class _Stay:
    """One track in the zone."""

    entered_s: float
    seen_s: float  # last look inside
    left_s: float | None = None  # first look outside since
    class_id: int = 0
    confirmed: bool = False


class ZoneAnalyzer:
    """Measure one zone."""

    def __init__(self, zone: ZoneConfig, labels: tuple[str, ...], longest_gap_s: float = 2.0) -> None:
        self._zone = zone
        self._longest_gap_s = longest_gap_s
        self._labels = labels
        self._wanted = np.array([label in zone.classes for label in labels])
        self._stays: dict[int, _Stay] = {}
        self._size: tuple[int, int] | None = None
        self._polygon: NDArray[np.float64] = np.empty((0, 2))
        self._since_s: float | None = None  # start of the span that `_counts` holds for
        self._counts: dict[str, int] = {}

    def update(self, tracks: Tracks) -> Iterable[Occupancy | Dwell]:
        """Return the span since the last look, by class, and the stays that ended."""
        if tracks.size != self._size:
            self._scale(tracks.size)
        found: list[Occupancy | Dwell] = list(self._span(tracks.time_s))
        found += [stay for track_id in tracks.ended for stay in self._end(track_id)]
        inside = points_in_polygon(tracks.foot, self._polygon)
        rows = zip(
            tracks.track_id.tolist(), inside.tolist(), tracks.class_id.tolist(), tracks.confirmed.tolist(), strict=True
        )
        for track_id, is_inside, class_id, confirmed in rows:
            found += self._look(track_id, is_inside, class_id, confirmed, tracks.time_s)
        self._counts = self._count()
        return found

    def close(self) -> Iterable[Occupancy | Dwell]:
        """Return nothing: who is still inside has not ended a stay."""
        return ()

    @property
    def open_stays(self) -> dict[str, int]:
        """Return how many confirmed objects are inside now, by class."""
        return dict(self._counts)

    def _scale(self, size: tuple[int, int]) -> None:
        self._size = size
        self._stays.clear()
        self._counts = {}
        self._polygon = np.array(self._zone.points) * np.array(size)

    def _span(self, time_s: float) -> Iterable[Occupancy]:
        start_s, self._since_s = self._since_s, time_s
        if start_s is None or not 0 < time_s - start_s <= self._longest_gap_s:
            return
        for name in self._zone.classes:
            yield Occupancy(self._zone.id, name, start_s, time_s, self._counts.get(name, 0))

    def _look(self, track_id: int, inside: bool, class_id: int, confirmed: bool, time_s: float) -> list[Dwell]:
        stay = self._stays.get(track_id)
        if stay is None:
            if inside:
                self._stays[track_id] = _Stay(time_s, time_s, None, class_id, confirmed)
            return []
        stay.class_id, stay.confirmed = class_id, stay.confirmed or confirmed
        if inside:
            stay.seen_s, stay.left_s = time_s, None
            return []
        if stay.left_s is None:
            stay.left_s = time_s
        return self._end(track_id) if time_s - stay.left_s >= EXIT_S else []

    def _end(self, track_id: int) -> list[Dwell]:
        stay = self._stays.pop(track_id, None)
        if stay is None or not stay.confirmed or not self._wanted[stay.class_id]:
            return []
        end_s = stay.left_s if stay.left_s is not None else stay.seen_s
        return [Dwell(self._zone.id, self._labels[stay.class_id], end_s, end_s - stay.entered_s)]

    def _count(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for stay in self._stays.values():
            if stay.confirmed and stay.left_s is None and self._wanted[stay.class_id]:
                name = self._labels[stay.class_id]
                counts[name] = counts.get(name, 0) + 1
        return counts


def points_in_polygon(points: NDArray[np.float32], polygon: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which of the points (N, 2) lie in the polygon (K, 2), by the even-odd rule."""
    x, y = points[:, 0].astype(np.float64)[:, None], points[:, 1].astype(np.float64)[:, None]
    x1, y1 = polygon[:, 0][None, :], polygon[:, 1][None, :]
    x2, y2 = np.roll(polygon[:, 0], -1)[None, :], np.roll(polygon[:, 1], -1)[None, :]
    spans = (y1 > y) != (y2 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at_x = x1 + (y - y1) * (x2 - x1) / (y2 - y1)
    crossed = spans & (x < at_x)
    return np.asarray(crossed.sum(axis=1) % 2 == 1)
