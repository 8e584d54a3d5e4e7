"""Crowding of a zone: whether it is fuller than it should be (`crowded`, 0 or 1: its mean is the share of time).

Definition: a zone becomes crowded once `threshold` objects or more, of all its classes together, have been inside for
`for_s` seconds, and is so until `release` or fewer have been inside for as long (hysteresis, so that one person on the
border does not set it on and off). Limits: as of occupancy; the state is known `for_s` late; after time without looks
it begins anew.
"""

from collections.abc import Iterable

from pipeline.analyzers.zone import Look
from pipeline.config import ZoneConfig
from pipeline.events import Level
from pipeline.measures import ALL_CLASSES
from pipeline.places import CrowdingConfig


class CrowdingMeasure:
    """Tell whether the zone was crowded."""

    def __init__(self, zone: ZoneConfig, limits: CrowdingConfig) -> None:
        self._zone = zone
        self._limits = limits
        self._is_crowded = False
        self._since_s: float | None = None  # the count has asked for a change

    def look(self, look: Look) -> Iterable[Level]:
        """Return the state of the last look over the span up to this one."""
        if look.span_s is not None:
            yield Level("crowded", self._zone.id, ALL_CLASSES, *look.span_s, float(self._is_crowded))
        else:
            self._is_crowded, self._since_s = False, None
        n, limits = len(look.present), self._limits
        asks = n <= limits.release if self._is_crowded else n >= limits.threshold
        if not asks:
            self._since_s = None
            return
        self._since_s = look.time_s if self._since_s is None else self._since_s
        if look.time_s - self._since_s >= limits.for_s:
            self._is_crowded, self._since_s = not self._is_crowded, None
