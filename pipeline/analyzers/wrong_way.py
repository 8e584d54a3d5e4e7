"""Wrong-way movement: crossings of a line in the direction that its `wrong_way` names. Unit: crossings.

They count among the line's crossings too. Limit: as for crossings; who only faces the wrong way is not counted.
"""

from collections.abc import Iterable, Sequence

from pipeline.config import LineConfig
from pipeline.events import Counted, Crossing
from pipeline.tracks import Tracks


class WrongWayMeasure:
    """Tell the crossings that go the wrong way."""

    def __init__(self, line: LineConfig) -> None:
        self._line = line

    def look(self, tracks: Tracks, crossings: Sequence[Crossing]) -> Iterable[Counted]:
        """Return one event for each crossing that way."""
        return self.close(crossings)

    def close(self, crossings: Sequence[Crossing]) -> Iterable[Counted]:
        """Return the same of the crossings that the end of the recording cut off."""
        for crossing in crossings:
            if crossing.direction == self._line.wrong_way:
                yield Counted("wrong_way", self._line.id, crossing.class_name, crossing.time_s)
