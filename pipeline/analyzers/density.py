"""Density of a zone: how many objects of a class there are on a square metre of its ground. Unit: 1/m².

Formula: occupancy over the area of the zone's polygon laid on the ground. Level of service after J. J. Fruin,
Pedestrian Planning and Design (1971), for walkways. Limits: the calibration's error; a person counts where the foot is,
so the zone should not reach further than feet can be seen.
"""

from collections import Counter
from collections.abc import Iterable

from pipeline.analyzers.zone import Look
from pipeline.config import ZoneConfig
from pipeline.events import Level


class DensityMeasure:
    """Tell how dense it was between two looks."""

    def __init__(self, zone: ZoneConfig, area_m2: float) -> None:
        self._zone = zone
        self._area_m2 = area_m2
        self._counts: Counter[str] = Counter()

    def look(self, look: Look) -> Iterable[Level]:
        """Return the densities of the last look over the span up to this one."""
        counts, self._counts = self._counts, Counter(stay.class_name for stay in look.present)
        if look.span_s is not None:
            for name in self._zone.classes:
                yield Level("density", self._zone.id, name, *look.span_s, counts[name] / self._area_m2)
