"""Directional crossings of a line.

Definition: a track crosses when its foot, last seen beyond the dead band on one side, is seen beyond it on the
other, and the straight way between these two samples cuts the finite segment. Unit: crossings.
Time: interpolated on that way. Whoever comes back counts again, the other way.
Limit: an object whose foot is hidden on one side of the line is not counted.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.config import LineConfig
from pipeline.events import Crossing, Direction
from pipeline.tracks import Tracks

BAND_OF_HEIGHT = 0.05  # of the object's box: the foot of a walking person's box jitters by about so much
BAND_OF_IMAGE = 0.01  # of the image height, at most: near objects are large


@dataclass(slots=True)
class _Passage:
    """What is known of one track at one line."""

    side: int = 0  # of the last sample outside the band; 0: never outside
    foot: tuple[float, float] = (0.0, 0.0)  # that sample, px
    time_s: float = 0.0
    last_foot: tuple[float, float] = (0.0, 0.0)  # the newest sample, in the band or not
    last_time_s: float = 0.0
    last_frame: int = 0
    class_id: int = 0
    confirmed: bool = False
    young: list[Crossing] = field(default_factory=list)  # claimed on confirmation; at most `_MAX_YOUNG`


_MAX_YOUNG = 4


class LineAnalyzer:
    """Count the crossings of one line."""

    def __init__(self, line: LineConfig, labels: tuple[str, ...]) -> None:
        self._line = line
        self._labels = labels
        self._wanted = np.array([label in line.classes for label in labels])
        self._passages: dict[int, _Passage] = {}
        self._size: tuple[int, int] | None = None
        self._start = self._along = (0.0, 0.0)
        self._length = 1.0

    def update(self, tracks: Tracks) -> Iterable[Crossing]:
        """Return the crossings that this frame proves."""
        if tracks.size != self._size:
            self._scale(tracks.size)
        found: list[Crossing] = []
        for track_id in tracks.ended:
            found += self._end(track_id)
        feet = tracks.foot.astype(np.float64)
        distances = self._signed_distance(feet)
        heights = tracks.xyxy[:, 3] - tracks.xyxy[:, 1]
        bands = np.minimum(BAND_OF_HEIGHT * heights, BAND_OF_IMAGE * tracks.size[1])
        rows = zip(
            tracks.track_id.tolist(), feet.tolist(), distances.tolist(), bands.tolist(),
            tracks.class_id.tolist(), tracks.confirmed.tolist(), strict=True,
        )  # fmt: skip
        for track_id, (x, y), distance, band, class_id, confirmed in rows:
            passage = self._passages.setdefault(track_id, _Passage())
            passage.class_id, passage.confirmed = class_id, confirmed
            passage.last_foot, passage.last_time_s, passage.last_frame = (x, y), tracks.time_s, tracks.frame_index
            if abs(distance) > band:
                found += self._outside(track_id, passage, 1 if distance > 0 else -1)
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
        (ax, ay), (bx, by) = self._line.start, self._line.end
        self._start = (ax * size[0], ay * size[1])
        self._along = ((bx - ax) * size[0], (by - ay) * size[1])
        self._length = float(np.hypot(*self._along))

    def _signed_distance(self, feet: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the distances (N,) of points (N, 2) from the infinite line, px; below 0 on the left hand."""
        (ax, ay), (dx, dy) = self._start, self._along
        return np.asarray((dx * (feet[:, 1] - ay) - dy * (feet[:, 0] - ax)) / self._length)

    def _outside(self, track_id: int, passage: _Passage, side: int) -> list[Crossing]:
        """Take a sample outside the band; return the crossing it completes, if the track may count already."""
        crossing = self._crossing(track_id, passage, side) if passage.side == -side else None
        passage.side, passage.foot, passage.time_s = side, passage.last_foot, passage.last_time_s
        if crossing is None:
            return []
        if passage.confirmed:
            return [crossing] if self._wanted[passage.class_id] else []
        if len(passage.young) < _MAX_YOUNG:
            passage.young.append(crossing)
        return []

    def _crossing(self, track_id: int, passage: _Passage, side: int) -> Crossing | None:
        """Return the crossing from the last sample outside to the newest one, None where it misses the segment."""
        before, after = self._signed_distance(np.array([passage.foot, passage.last_foot])).tolist()
        share = before / (before - after) if before != after else 0.5
        x = passage.foot[0] + share * (passage.last_foot[0] - passage.foot[0])
        y = passage.foot[1] + share * (passage.last_foot[1] - passage.foot[1])
        (ax, ay), (dx, dy) = self._start, self._along
        if not 0.0 <= ((x - ax) * dx + (y - ay) * dy) / self._length**2 <= 1.0:
            return None
        direction: Direction = "forward" if side > 0 else "backward"
        time_s = passage.time_s + share * (passage.last_time_s - passage.time_s)
        class_name = self._labels[passage.class_id]
        return Crossing(self._line.id, track_id, class_name, direction, passage.last_frame, time_s)

    def _claim(self, passage: _Passage) -> list[Crossing]:
        """Return what a track crossed before it was confirmed, under the class it has now."""
        claimed, passage.young = passage.young, []
        if not self._wanted[passage.class_id]:
            return []
        name = self._labels[passage.class_id]
        return [Crossing(c.line_id, c.track_id, name, c.direction, c.frame_index, c.time_s) for c in claimed]

    def _end(self, track_id: int) -> list[Crossing]:
        """Forget a track; if it ended within the band, having cut the line, it counts."""
        passage = self._passages.pop(track_id, None)
        if passage is None or not passage.confirmed or not passage.side or not self._wanted[passage.class_id]:
            return []
        distance = self._signed_distance(np.array([passage.last_foot]))[0]
        if distance * passage.side >= 0:
            return []
        crossing = self._crossing(track_id, passage, -passage.side)
        return [crossing] if crossing else []
