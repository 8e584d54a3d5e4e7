"""Occupancy of a zone: how many confirmed objects of a class are inside. Unit: objects.

Each count holds from its look to the next one. Someone hidden stays counted for half a second, or for one look where
looks are further apart. Limit: who is hidden for longer is not counted until seen again.
"""

from collections import Counter
from collections.abc import Iterable

from pipeline.analyzers.zone import Look
from pipeline.config import ZoneConfig
from pipeline.events import Occupancy


class OccupancyMeasure:
    """Tell how many were inside between two looks."""

    def __init__(self, zone: ZoneConfig) -> None:
        self._zone = zone
        self._counts: Counter[str] = Counter()

    def look(self, look: Look) -> Iterable[Occupancy]:
        """Return the counts of the last look over the span up to this one."""
        counts, self._counts = self._counts, Counter(stay.class_name for stay in look.present)
        if look.span_s is not None:
            for name in self._zone.classes:
                yield Occupancy(self._zone.id, name, *look.span_s, counts[name])
