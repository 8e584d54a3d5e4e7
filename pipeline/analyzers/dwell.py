"""Dwell in a zone: how long each stay lasted. Unit: seconds.

From the first look inside to the first look outside, or to the last look of a track that ends inside. Limit: who was
inside before the camera looked is taken to have come then; who is still inside has no dwell yet.
"""

from collections.abc import Iterable

from pipeline.analyzers.zone import Look
from pipeline.config import ZoneConfig
from pipeline.events import Dwell


class DwellMeasure:
    """Tell the stays that ended."""

    def __init__(self, zone: ZoneConfig) -> None:
        self._zone = zone

    def look(self, look: Look) -> Iterable[Dwell]:
        """Return one event for each stay that ended."""
        for stay in look.ended:
            yield Dwell(self._zone.id, stay.class_name, stay.end_s, stay.end_s - stay.entered_s)
