"""Speed through a zone: how fast each object goes over the ground while it is inside. Unit: km/h, one value a stay.

Formula: the length of its way, from place to place at least one second apart, over the time that this took: waiting
counts, as in a travel time. Limits: the calibration's error; who stands still seems to move a little, because boxes
jitter (0.1 to 0.3 m/s); stays of less than one second have no speed.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pipeline.analyzers.by_stay import ByStay
from pipeline.analyzers.zone import Look
from pipeline.config import ZoneConfig
from pipeline.events import Sampled
from pipeline.ground import Ground

STEP_S = 1.0


@dataclass(slots=True)
class _Way:
    """How far an object came."""

    began_s: float
    last_s: float
    place: tuple[float, float]  # then, metres
    length_m: float = 0.0


class ZoneSpeedMeasure:
    """Tell how fast each stay was."""

    def __init__(self, zone: ZoneConfig, ground: Ground) -> None:
        self._zone = zone
        self._ground = ground
        self._ways: ByStay[_Way] = ByStay()

    def look(self, look: Look) -> Iterable[Sampled]:
        """Return one value for each stay that ended."""
        seen = list(self._ways.seen(look))
        feet = np.array([stay.foot for stay, _ in seen]).reshape(-1, 2)
        for (stay, way), (x_m, y_m) in zip(seen, self._ground.metres(feet, look.size).tolist(), strict=True):
            if math.isnan(x_m):
                continue
            if way is None:
                self._ways.keep(stay, _Way(look.time_s, look.time_s, (x_m, y_m)))
            elif look.time_s - way.last_s >= STEP_S:
                way.length_m += math.dist(way.place, (x_m, y_m))
                way.last_s, way.place = look.time_s, (x_m, y_m)
        for stay, way in self._ways.end(look):
            if way.last_s > way.began_s:
                kmh = way.length_m / (way.last_s - way.began_s) * 3.6
                yield Sampled("zone_speed", self._zone.id, stay.class_name, stay.end_s, kmh)
