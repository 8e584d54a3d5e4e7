"""What stands in the simulated city: cameras with their lines and zones, and sensors."""

from collections.abc import Mapping, Sequence
from typing import Any

from parvis.simulated_site import PLACES as FOUR
from parvis.simulated_site import SENSOR, Place
from pipeline.observation import CameraDescription

TIMEZONE = "Europe/Paris"
JAURES, GARE, MARCHE, QUAI, CURIE, PONT = PLACES = (
    *FOUR,
    Place("ecole-curie", "École Marie Curie", (48.8505, 2.5601)),
    Place("pont-vert", "Pont Vert", (48.8521, 2.5478)),
)
"""The first four are those of every simulated city: experiments have their controls among them."""

WALK, ROAD, PATH = "passage", "chaussee", "piste-cyclable"
SQUARE: tuple[tuple[float, float], ...] = ((0.1, 0.4), (0.9, 0.4), (0.9, 0.95), (0.1, 0.95))
GROUND_M2: Mapping[str, float] = {"pave": 420.0, "berge": 600.0, "trottoir": 140.0}
"""Zone that is watched for deposits → its ground."""

BIN_MARKET, BIN_QUAY = "corbeille-marche", "corbeille-quai"
MEASURES: Mapping[str, tuple[str, ...]] = {
    SENSOR: ("no2", "pm25", "pm10", "laeq", "temperature", "precipitation", "wind_speed"),
    BIN_MARKET: ("filling", "battery"),
    BIN_QUAY: ("filling", "battery"),
}
"""Sensor → what it measures, by the names of /v1/series."""


def cameras(timezone: str = TIMEZONE) -> list[CameraDescription]:
    """Return the cameras, in the order of `PLACES`."""
    return [
        CameraDescription.model_validate(
            {
                "id": place.id,
                "name": place.name,
                "location": place.location,
                "timezone": timezone,
                "purpose": "statistics",
                "revision": "simulated",
                "min_step_s": 900,
                "lines": _LINES[place.id],
                "zones": _ZONES.get(place.id, ()),
            }
        )
        for place in PLACES
    ]


def sensors() -> list[dict[str, Any]]:
    """Return what is registered by POST /v1/sensors."""
    where = {SENSOR: JAURES, BIN_MARKET: MARCHE, BIN_QUAY: QUAI}
    named = {SENSOR: "Capteur", BIN_MARKET: "Corbeille", BIN_QUAY: "Corbeille"}
    return [
        {
            "id": sensor,
            "name": f"{named[sensor]} {where[sensor].name}",
            "location": where[sensor].location,
            "measures": [{"measure": one} for one in measures],
            "interval_s": 900,
        }
        for sensor, measures in MEASURES.items()
    ]


def _line(name: str, classes: Sequence[str], measures: Sequence[str] = (), y: float = 0.5) -> dict[str, Any]:
    titles = {WALK: "Passage", ROAD: "Chaussée", PATH: "Piste cyclable"}
    return {
        "id": name,
        "name": titles[name],
        "from": (0.05, y),
        "to": (0.95, y),
        "classes": tuple(classes),
        "directions": {"forward": "entrants", "backward": "sortants"},
        "measures": tuple(measures),
    }


def _zone(name: str, title: str, classes: Sequence[str], measures: Sequence[str]) -> dict[str, Any]:
    zone: dict[str, Any] = {"id": name, "name": title, "points": SQUARE, "classes": classes, "measures": measures}
    if "deposits" in measures:
        zone["deposits"] = {"surface": "pavement", "area_m2": GROUND_M2[name], "service_level_h": 24}
    return zone


_ON_FOOT = ("pedestrian",)
_LINES: Mapping[str, tuple[dict[str, Any], ...]] = {
    JAURES.id: (_line(WALK, _ON_FOOT), _line(ROAD, ("cyclist", "car"), ("speed",), 0.7)),
    GARE.id: (
        _line(WALK, _ON_FOOT),
        _line(ROAD, ("cyclist", "car", "bus", "truck"), ("speed", "headway", "wrong_way"), 0.7),
    ),
    MARCHE.id: (_line(WALK, _ON_FOOT), _line(ROAD, ("cyclist", "car", "bus"), (), 0.7)),
    QUAI.id: (
        _line(WALK, _ON_FOOT),
        _line(ROAD, ("cyclist", "car"), ("speed",), 0.7),
        _line(PATH, ("cyclist",), (), 0.6),
    ),
    CURIE.id: (_line(WALK, _ON_FOOT), _line(ROAD, ("cyclist", "car"), (), 0.7)),
    PONT.id: (_line(WALK, _ON_FOOT), _line(ROAD, ("cyclist", "car"), (), 0.7)),
}
_ZONES: Mapping[str, tuple[dict[str, Any], ...]] = {
    JAURES.id: (_zone("parvis", "Parvis", _ON_FOOT, ("occupancy", "entries", "dwell", "density")),),
    GARE.id: (
        _zone("file", "File au feu", ("car",), ("queue",)),
        _zone("livraison", "Place de livraison", ("car",), ("bay",)),
        _zone("bord", "Bord de chaussée", ("car", "truck"), ("stopped",)),
        _zone("trottoir", "Trottoir", _ON_FOOT, ("deposits",)),
    ),
    MARCHE.id: (
        _zone("place", "Place", _ON_FOOT, ("occupancy", "entries", "dwell", "density", "crowding")),
        _zone("guichet", "Guichet", _ON_FOOT, ("queue",)),
        _zone("pave", "Pavé", _ON_FOOT, ("deposits",)),
    ),
    QUAI.id: (_zone("berge", "Berge", _ON_FOOT, ("occupancy", "dwell", "deposits")),),
}
