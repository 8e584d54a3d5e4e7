"""Occupancy of a zone: how many confirmed objects of a class are inside. Unit: objects.

Each count holds from its look to the next one. Limit: someone hidden stays counted until the track ends.
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
        counts, self._counts = self._counts, Counter(stay.class_name for stay in look.inside)
        if look.span_s is not None:
            for name in self._zone.classes:
                yield Occupancy(self._zone.id, name, *look.span_s, counts[name])
