"""Which sensors stand near a camera or place. Distances are known from positions, or not at all: nobody guesses.

| measures | near is | why |
|---|---|---|
| air | 2 km | an urban background station stands for several square kilometres (Directive 2008/50/EC, annex III B) |
| noise | 300 m | beyond, other streets are louder (an assumption) |
| weather | 10 km | daily rain and warmth of one town are much alike; showers are not (an assumption) |
"""

from collections.abc import Iterable, Sequence

from pydantic import Field

from hypervisor.distance import Position, metres
from hypervisor.sensors.measures import MEASURES
from hypervisor.strict import Bilingual, Body, Many

WEATHER = frozenset({"precipitation", "temperature", "wind_speed", "wind_direction", "humidity", "pressure"})
WEATHER_M, NOISE_M, AIR_M = 10_000.0, 300.0, 2_000.0


class Beside(Body):
    """A sensor, and how far it is."""

    sensor: str
    name: str
    measures: Many[str]
    distance_m: float | None = Field(description="to the nearest of the positions; null: not known")
    near: Many[str] = Field(description="measures that it is near enough for")


class Nearby(Body):
    """Sensors by distance, those of unknown position last."""

    items: Many[Beside]
    why_none: Bilingual | None = Field(default=None, description="why nothing can be said to be near")
    next: None = None


NO_POSITION = Bilingual(
    fr="La position du lieu n’est pas connue : choisissez le capteur, ou renseignez `location`.",
    en="The position of the place is not known: choose the sensor yourself, or fill in `location`.",
)
NO_SENSOR = Bilingual(
    fr="Aucun capteur assez proche n’a de position connue : choisissez-le vous-même.",
    en="No sensor of known position is near enough: choose one yourself.",
)


def reach_m(measure: str) -> float:
    """Return up to which distance a sensor of a measure stands for a place, metres."""
    if measure in WEATHER:
        return WEATHER_M
    row = MEASURES.get(measure)
    return NOISE_M if row is not None and row.dimension == "sound level" else AIR_M


def distance(some: Iterable[Position | None], other: Position | None) -> float | None:
    """Return the distance to the nearest of some positions; None where one side is not known."""
    known = [one for one in some if one is not None]
    return None if other is None or not known else min(metres(one, other) for one in known)


def nearby(of: Sequence[Position | None], sensors: Iterable[tuple[str, str, Sequence[str], Position | None]]) -> Nearby:
    """Return sensors by their distance.

    Args:
        of: positions of the camera, or of those of a place; None is not known.
        sensors: id, name, measures and position of each.
    """
    items = []
    for sensor, name, measures, position in sensors:
        far = distance(of, position)
        near = tuple(one for one in measures if far is not None and far <= reach_m(one))
        rounded = None if far is None else round(far, 1)
        items.append(Beside(sensor=sensor, name=name, measures=tuple(measures), distance_m=rounded, near=near))
    items.sort(key=lambda one: (one.distance_m is None, one.distance_m or 0.0, one.sensor))
    if all(one is None for one in of):
        return Nearby(items=tuple(items), why_none=NO_POSITION)
    return Nearby(items=tuple(items), why_none=None if any(one.near for one in items) else NO_SENSOR)
