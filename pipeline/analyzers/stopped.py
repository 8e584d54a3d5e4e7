"""Stopped objects in a zone: who stays in one place for `stopped_s` seconds. Unit: objects.

Definition: an object's place is where its foot was first seen within reach of it: `REACH_M` on the ground or, without
a calibration, `REACH_OF_HEIGHT` of its box's height. It stops once it has been there for `stopped_s`, which counts
under `stopped` at that moment, and it is among `stopped_now` until it has been out of reach for a second.
Limits: who is hidden stays where they were until the track ends; a track that is lost and found under another id
stops anew.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from pipeline.analyzers.by_stay import ByStay
from pipeline.analyzers.zone import Look, Stay
from pipeline.config import ZoneConfig
from pipeline.events import Counted, Level
from pipeline.ground import Ground

REACH_M = 1.0
REACH_OF_HEIGHT = 0.5
AWAY_S = 1.0
"""A single look at a wrong place does not set a standing object in motion."""


@dataclass(slots=True)
class _Place:
    """Where an object has been."""

    at: tuple[float, float]  # metres, or px
    since_s: float
    away_s: float | None = None  # first look out of reach
    stopped: bool = False


class StoppedMeasure:
    """Tell who stops, and how many stand."""

    def __init__(self, zone: ZoneConfig, ground: Ground | None) -> None:
        self._zone = zone
        self._ground = ground
        self._places: ByStay[_Place] = ByStay()
        self._counts: Counter[str] = Counter()

    def look(self, look: Look) -> Iterable[Counted | Level]:
        """Return who stopped, and how many stood since the last look."""
        counts = self._counts
        if look.span_s is not None:
            for name in self._zone.classes:
                yield Level("stopped_now", self._zone.id, name, *look.span_s, counts[name])
        for stay, place in list(self._places.seen(look)):
            yield from self._see(stay, place, look)
        list(self._places.end(look))
        standing = [stay for stay in look.inside if (place := self._places.of(stay)) is not None and place.stopped]
        self._counts = Counter(stay.class_name for stay in standing)

    def _see(self, stay: Stay, place: _Place | None, look: Look) -> Iterable[Counted]:
        at, reach = self._at(stay, look.size)
        if place is None:
            self._places.keep(stay, _Place(at, look.time_s))
        elif math.dist(at, place.at) > reach:
            place.away_s = look.time_s if place.away_s is None else place.away_s
            if look.time_s - place.away_s >= AWAY_S:
                self._places.keep(stay, _Place(at, look.time_s))
        else:
            place.away_s = None
            if not place.stopped and look.time_s - place.since_s >= self._zone.stopped_s:
                place.stopped = True
                stopped_s = place.since_s + self._zone.stopped_s
                yield Counted("stopped", self._zone.id, stay.class_name, stopped_s)

    def _at(self, stay: Stay, size: tuple[int, int]) -> tuple[tuple[float, float], float]:
        """Return where an object is and how far its place reaches, both in metres or both in px."""
        if self._ground is not None:
            x_m, y_m = self._ground.metres(np.array([stay.foot]), size)[0].tolist()
            if not math.isnan(x_m):
                return (x_m, y_m), REACH_M
        return stay.foot, REACH_OF_HEIGHT * stay.height
