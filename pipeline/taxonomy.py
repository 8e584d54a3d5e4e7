"""City classes: what people call road users, and what detectors and public formats call them (standard library only).

A line or zone may ask for detector classes (`person`, `car`) or for city classes (`pedestrian`, `cyclist`); the result
uses the name that was asked for. A rider is a `bicycle` or `cyclist`, never a `person` or `pedestrian`.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CityClass:
    """One kind of road user."""

    labels: tuple[str, ...]  # detector classes (COCO) that count as it
    mobility_type: str  # of the French schema etalab/schema-comptage-mobilites
    vehicle_type: str | None  # of Smart Data Models TrafficFlowObserved; None: not a vehicle there


CITY: dict[str, CityClass] = {
    "pedestrian": CityClass(("person",), "PEDESTRIAN", None),
    "cyclist": CityClass(("bicycle",), "BIKE", "bicycle"),
    "motorcyclist": CityClass(("motorcycle",), "TWO WHEELS MOTORIZED", "motorcycle"),
    "car": CityClass(("car",), "CAR", "car"),
    "van": CityClass((), "VAN", "van"),  # the default model calls vans cars or trucks
    "bus": CityClass(("bus",), "BUS", "bus"),
    "truck": CityClass(("truck",), "TRUCK", "lorry"),
    "tram": CityClass(("train",), "TRAMWAY", "tram"),
}
"""City name → what it is."""


_SYNONYMS = {
    "rider": "cyclist",
    "bike": "cyclist",
    "motorbike": "motorcyclist",
    "van": "car",
    "pickup": "car",
    "vehicle": "car",
    "lorry": "truck",
    "people": "pedestrian",
}
"""Names that truths and other systems use."""


def labels_of(name: str) -> tuple[str, ...]:
    """Return the detector classes that count as `name`: those of a city class, or itself."""
    return CITY[name].labels if name in CITY and CITY[name].labels else (name,)


def asked_names(labels: Iterable[str], classes: Iterable[str]) -> tuple[str | None, ...]:
    """Return for each detector label under which of the asked `classes` it counts; None: under none.

    >>> asked_names(("person", "car", "dog"), ("pedestrian", "car"))
    ('pedestrian', 'car', None)
    """
    by_label = {label: name for name in reversed(tuple(classes)) for label in labels_of(name)}
    return tuple(by_label.get(label) for label in labels)


def nearest_labels(name: str) -> tuple[str, ...]:
    """Return the detector classes that come nearest to any name of a road user: a van looks like a car."""
    return labels_of(_SYNONYMS.get(name, name))


def city_name(name: str) -> str:
    """Return the city class of a detector label or city name; other names as they are."""
    name = _SYNONYMS.get(name, name) if name != "van" else name
    if name in CITY:
        return name
    return next((city for city, row in CITY.items() if name in row.labels), name)
