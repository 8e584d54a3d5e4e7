"""Who is in a zone: the part that all measures of a zone share.

A track is inside while its foot is in the polygon. It has left once it stays outside for `EXIT_S`, so that jitter on
the border does not cut one stay in two. A hidden object stays inside until its track ends or it is seen outside.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipeline.config import ZoneConfig
from pipeline.events import Event
from pipeline.taxonomy import asked_names
from pipeline.tracks import Tracks

EXIT_S = 1.0
HIDDEN_S = 0.5
"""Who is not seen for longer is no longer present: most tracks that are not seen again have no one behind them."""


@dataclass(slots=True)
class Stay:
    """One track in the zone."""

    track_id: int
    entered_s: float
    before: tuple[float, float] | None  # its foot when last seen outside, px; None: it appeared inside
    first: tuple[float, float] = (0.0, 0.0)  # its foot at the first look inside, px
    seen_s: float = 0.0  # last look inside
    left_s: float | None = None  # first look outside since
    class_name: str = ""  # majority so far
    confirmed: bool = False  # was confirmed once
    foot: tuple[float, float] = (0.0, 0.0)  # at the last look inside, px
    after: tuple[float, float] | None = None  # at the first look outside since, px
    height: float = 0.0  # of the box then, px

    @property
    def came_from_outside(self) -> bool:
        """Return whether it was seen outside before."""
        return self.before is not None

    @property
    def end_s(self) -> float:
        """Return when it left, or was last seen inside."""
        return self.seen_s if self.left_s is None else self.left_s


@dataclass(frozen=True, slots=True)
class Look:
    """What one look tells of a zone; only objects that are confirmed and of the zone's classes."""

    time_s: float
    span_s: tuple[float, float] | None  # since the last look, if that was watched
    inside: tuple[Stay, ...]
    entered: tuple[Stay, ...]  # confirmed since the last look
    ended: tuple[Stay, ...]  # left, or lost while inside (`left_s` tells)
    size: tuple[int, int]  # of the picture, px

    @property
    def present(self) -> tuple[Stay, ...]:
        """Return who is inside and was seen within `HIDDEN_S`, or at the look before this one."""
        since_s = self.time_s - HIDDEN_S if self.span_s is None else min(self.time_s - HIDDEN_S, self.span_s[0])
        return tuple(stay for stay in self.inside if stay.seen_s >= since_s - 1e-6)


class ZoneMeasure(Protocol):
    """One measure of a zone."""

    def look(self, look: Look) -> Iterable[Event]:
        """Return what this look proves."""


class ZoneAnalyzer:
    """Follow who is in a zone, and hand each look to its measures."""

    def __init__(
        self, zone: ZoneConfig, labels: tuple[str, ...], measures: Sequence[ZoneMeasure], longest_gap_s: float = 2.0
    ) -> None:
        self._zone = zone
        self._names = asked_names(labels, zone.classes)  # by class id; None: not asked for
        self._measures = measures
        self._longest_gap_s = longest_gap_s
        self._stays: dict[int, Stay] = {}
        self._outside: dict[int, tuple[float, float]] = {}  # tracks seen outside, and where last, px
        self._size: tuple[int, int] | None = None
        self._polygon: NDArray[np.float64] = np.empty((0, 2))
        self._last_s: float | None = None
        self._entered: list[Stay] = []

    def update(self, tracks: Tracks) -> Iterable[Event]:
        """Return what this look proves."""
        if tracks.size != self._size:
            self._scale(tracks.size)
        ended = [stay for track_id in tracks.ended for stay in self._end(track_id)]
        inside = points_in_polygon(tracks.foot, self._polygon)
        for row, is_inside in enumerate(inside.tolist()):
            ended += self._see(tracks, row, is_inside)
        look = Look(
            tracks.time_s,
            self._span(tracks.time_s),
            tuple(stay for stay in self._stays.values() if stay.left_s is None and self._counts(stay)),
            tuple(self._entered),
            tuple(stay for stay in ended if self._counts(stay)),
            tracks.size,
        )
        self._entered = []
        return [event for measure in self._measures for event in measure.look(look)]

    def close(self) -> Iterable[Event]:
        """Return nothing: who is still inside has not ended a stay."""
        return ()

    @property
    def open_stays(self) -> dict[str, int]:
        """Return how many confirmed objects are inside now, by class."""
        names = [stay.class_name for stay in self._stays.values() if stay.left_s is None and self._counts(stay)]
        return {name: names.count(name) for name in sorted(set(names))}

    def _counts(self, stay: Stay) -> bool:
        return stay.confirmed and bool(stay.class_name)

    def _scale(self, size: tuple[int, int]) -> None:
        """Lay the zone on a picture of this size; what was known in other pixels is dropped."""
        self._size = size
        self._stays.clear()
        self._outside.clear()
        self._polygon = np.array(self._zone.points) * np.array(size)

    def _span(self, time_s: float) -> tuple[float, float] | None:
        start_s, self._last_s = self._last_s, time_s
        watched = start_s is not None and 0 < time_s - start_s <= self._longest_gap_s
        return (start_s, time_s) if watched and start_s is not None else None

    def _see(self, tracks: Tracks, row: int, is_inside: bool) -> list[Stay]:
        """Take one row of the tracks; return the stay that it ends."""
        track_id, time_s = int(tracks.track_id[row]), tracks.time_s
        x1, y1, x2, y2 = tracks.xyxy[row].tolist()
        foot = ((x1 + x2) / 2, y2)
        stay = self._stays.get(track_id)
        if stay is None:
            if not is_inside:
                self._outside[track_id] = foot
                return []
            stay = self._stays[track_id] = Stay(track_id, time_s, self._outside.get(track_id), foot)
        stay.class_name = self._names[tracks.class_id[row]] or ""
        if tracks.confirmed[row] and not stay.confirmed:
            stay.confirmed = True
            self._entered += [stay] if self._counts(stay) else []
        if is_inside:
            stay.seen_s, stay.left_s, stay.foot, stay.height = time_s, None, foot, y2 - y1
            return []
        if stay.left_s is None:
            stay.left_s, stay.after = time_s, foot
        if time_s - stay.left_s < EXIT_S:
            return []
        self._outside[track_id] = foot
        return [self._stays.pop(track_id)]

    def _end(self, track_id: int) -> list[Stay]:
        self._outside.pop(track_id, None)
        stay = self._stays.pop(track_id, None)
        return [] if stay is None else [stay]


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
