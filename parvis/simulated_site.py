"""A simulated city as a site: described cameras, and hours that lie in the history as if they had been watched."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby
from typing import NamedTuple

from hypervisor.history.files import HourFiles
from hypervisor.history.kept import start_of
from hypervisor.history.rows import DAY_S, HOUR_S, Row
from parvis.simulated_city import CLASSES, DAY, City, Floats
from pipeline.observation import CameraDescription, LineDescription

SENSOR = "air-1"
LINE = "passage"


class Place(NamedTuple):
    """One camera of the simulated city."""

    id: str
    name: str
    location: tuple[float, float]


PLACES = (
    Place("ecole-jaures", "École Jaurès", (48.8489, 2.5532)),
    Place("avenue-gare", "Avenue de la Gare", (48.8432, 2.5498)),
    Place("place-marche", "Place du Marché", (48.8467, 2.5561)),
    Place("quai-marne", "Quai de Marne", (48.8531, 2.5445)),
)


def descriptions(city: City, timezone: str = "Europe/Paris") -> list[CameraDescription]:
    """Return the cameras: one line each, of all classes, both ways."""
    line = {
        "id": LINE,
        "name": "Passage",
        "from": (0.5, 0.0),
        "to": (0.5, 1.0),
        "classes": tuple(CLASSES),
        "directions": {"forward": "entrants", "backward": "sortants"},
    }
    return [
        CameraDescription(
            id=place.id,
            name=place.name,
            location=place.location,
            timezone=timezone,
            purpose="statistics",
            revision="simulated",
            min_step_s=900,
            lines=(LineDescription.model_validate(line),),
        )
        for place in PLACES[: city.wish.places]
    ]


def rows_of(city: City, day: date) -> Iterator[Row]:
    """Yield the rows of one of the city's days."""
    first = (day - city.wish.first).days * DAY
    for n, place in enumerate(PLACES[: city.wish.places]):
        for hour in range(first, first + DAY):
            covered = float(city.coverage[n, hour])
            if covered > 0:
                at = start_of(day) + (hour - first) * HOUR_S
                for class_name, flows in city.flows.items():
                    yield from _both_ways(place.id, class_name, at, int(flows[n, hour]), covered)
    for measure, values in _sensed(city).items():
        for hour in range(first, first + DAY):
            at = start_of(day) + (hour - first) * HOUR_S
            yield Row(measure, "", SENSOR, "", "", "", at, round(float(values[hour]), 2), 1.0)


def write(city: City, files: HourFiles) -> None:
    """Write the city into the history: months that are over as they would lie there, the days of the last one each."""
    last = city.days()[-1].replace(day=1)
    for month, days in groupby(city.days(), key=lambda day: day.replace(day=1)):
        if month < last:
            files.write_month(month, (row for day in days for row in rows_of(city, day)))
            continue
        for day in days:
            files.write_day(day, rows_of(city, day))


def ending(days: int, now_s: float) -> date:
    """Return the first of so many days of which the last is over."""
    return date(1970, 1, 1) + timedelta(days=int(now_s // DAY_S) - days)


def _both_ways(camera: str, class_name: str, at: int, passages: int, covered: float) -> Iterator[Row]:
    for way, n in (("forward", (passages + 1) // 2), ("backward", passages // 2)):
        yield Row("crossings", camera, "", LINE, class_name, way, at, float(n), round(covered, 4))


def _sensed(city: City) -> dict[str, Floats]:
    """Return what the sensor measures, by the names of /v1/series."""
    return {
        "no2": city.air["no2"],
        "pm25": city.air["pm25"],
        "laeq": city.air["noise"],
        "temperature": city.weather["temperature"],
        "precipitation": city.weather["rain"],
        "wind_speed": city.weather["wind"],
    }
