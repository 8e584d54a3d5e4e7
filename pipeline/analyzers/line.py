"""Directional crossings of a line, straight or through several points.

Definition: a track crosses when its anchor (foot or centre), last seen beyond the dead band on one side, is seen beyond
it on the other, and the straight way between these two samples cuts the line; near a bend, where it may cut several
pieces, it crosses once if it ends on the other side, and not at all if it does not. Unit: crossings.
Time: interpolated on that way. Whoever comes back counts again, the other way.
Limit: an object whose anchor is hidden on one side of the line is not counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from pipeline.config import LineConfig
from pipeline.events import Crossing, Direction
from pipeline.polyline import Polyline
from pipeline.taxonomy import asked_names
from pipeline.tracks import Tracks

BAND_OF_HEIGHT = 0.05  # of the object's box: the foot of a walking person's box jitters by about so much
BAND_OF_IMAGE = 0.01  # of the image height, at most: near objects are large


class _Sample(NamedTuple):
    """Where an object was."""

    place: tuple[float, float]  # px
    distances: list[float]  # from the line's pieces, px, below 0 on the left hand
    time_s: float


_NOWHERE = _Sample((0.0, 0.0), [], 0.0)


@dataclass(slots=True)
class _Passage:
    """What is known of one track at one line."""

    sample: _Sample | None = None  # the last one outside the band; None: never outside
    last: _Sample = _NOWHERE  # the newest, in the band or not
    last_frame: int = 0
    class_id: int = 0
    confirmed: bool = False
    young: list[Crossing] = field(default_factory=list)  # claimed on confirmation; at most `_MAX_YOUNG`


_MAX_YOUNG = 4


class LineAnalyzer:
    """Count the crossings of one line."""

    def __init__(self, line: LineConfig, labels: tuple[str, ...]) -> None:
        self._line = line
        self._names = asked_names(labels, line.classes)  # by class id; None: not asked for
        self._wanted = np.array([name is not None for name in self._names])
        self._passages: dict[int, _Passage] = {}
        self._size: tuple[int, int] | None = None
        self._path = Polyline(line.path)

    def update(self, tracks: Tracks) -> Iterable[Crossing]:
        """Return the crossings that this frame proves."""
        if tracks.size != self._size:
            self._scale(tracks.size)
        found: list[Crossing] = []
        for track_id in tracks.ended:
            found += self._end(track_id)
        places = (tracks.foot if self._line.anchor == "foot" else tracks.centre).astype(np.float64)
        from_line, from_pieces = self._path.distances(places)
        heights = tracks.xyxy[:, 3] - tracks.xyxy[:, 1]
        outside = from_line > np.minimum(BAND_OF_HEIGHT * heights, BAND_OF_IMAGE * tracks.size[1])
        rows = zip(
            tracks.track_id.tolist(), places.tolist(), from_pieces.tolist(), outside.tolist(),
            tracks.class_id.tolist(), tracks.confirmed.tolist(), strict=True,
        )  # fmt: skip
        for track_id, (x, y), distances, is_outside, class_id, confirmed in rows:
            passage = self._passages.setdefault(track_id, _Passage())
            passage.class_id, passage.confirmed = class_id, confirmed
            passage.last, passage.last_frame = _Sample((x, y), distances, tracks.time_s), tracks.frame_index
            if is_outside:
                found += self._outside(track_id, passage)
            if confirmed and passage.young:
                found += self._claim(passage)
        return found

    def close(self) -> Iterable[Crossing]:
        """Return the crossings of tracks that the end of the recording cuts off within the band."""
        return [crossing for track_id in list(self._passages) for crossing in self._end(track_id)]

    def _scale(self, size: tuple[int, int]) -> None:
        """Lay the line on a picture of this size; what was known in other pixels is dropped."""
        self._size = size
        self._passages.clear()
        self._path = Polyline([(x * size[0], y * size[1]) for x, y in self._line.path])

    def _outside(self, track_id: int, passage: _Passage) -> list[Crossing]:
        """Take a sample outside the band; return the crossing it completes, if the track may count already."""
        crossing = self._crossing(track_id, passage)
        passage.sample = passage.last
        if crossing is None:
            return []
        if passage.confirmed:
            return [crossing] if self._wanted[passage.class_id] else []
        if len(passage.young) < _MAX_YOUNG:
            passage.young.append(crossing)
        return []

    def _crossing(self, track_id: int, passage: _Passage) -> Crossing | None:
        """Return the crossing between the last sample outside and the newest one, None where there is none."""
        before, after = passage.sample, passage.last
        if before is None:
            return None
        crossed = self._path.crossed(before.place, after.place, before.distances, after.distances)
        if crossed is None:
            return None
        to_right, share = crossed
        direction: Direction = "forward" if to_right else "backward"
        time_s = before.time_s + share * (after.time_s - before.time_s)
        name = self._name(passage)
        return Crossing(self._line.id, track_id, name, direction, passage.last_frame, time_s)

    def _name(self, passage: _Passage) -> str:
        return self._line.count_as or self._names[passage.class_id] or ""

    def _claim(self, passage: _Passage) -> list[Crossing]:
        """Return what a track crossed before it was confirmed, under the class it has now."""
        claimed, passage.young = passage.young, []
        if not self._wanted[passage.class_id]:
            return []
        return [replace(crossing, class_name=self._name(passage)) for crossing in claimed]

    def _end(self, track_id: int) -> list[Crossing]:
        """Forget a track; if it ended within the band, having cut the line, it counts."""
        passage = self._passages.pop(track_id, None)
        if passage is None or not passage.confirmed or not self._wanted[passage.class_id]:
            return []
        crossing = self._crossing(track_id, passage)
        return [crossing] if crossing else []
