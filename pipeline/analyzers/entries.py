"""Entries into and exits out of a zone. Unit: objects.

An object enters when it was seen outside before, and exits when it is seen outside afterwards. Limit: who appears or
disappears inside (in a doorway, behind a pillar) neither enters nor exits.
"""

from collections.abc import Iterable

from pipeline.analyzers.zone import Look
from pipeline.config import ZoneConfig
from pipeline.events import Counted


class EntriesMeasure:
    """Count who comes in and who goes out."""

    def __init__(self, zone: ZoneConfig) -> None:
        self._zone = zone

    def look(self, look: Look) -> Iterable[Counted]:
        """Return one event for each entry and exit."""
        for stay in look.entered:
            if stay.came_from_outside:
                yield Counted("entries", self._zone.id, stay.class_name, stay.entered_s)
        for stay in look.ended:
            if stay.left_s is not None:
                yield Counted("exits", self._zone.id, stay.class_name, stay.left_s)
