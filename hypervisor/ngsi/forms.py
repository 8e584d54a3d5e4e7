"""The normalized form: properties, relationships, places, ids and contexts."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

Entity = dict[str, Any]

CORE_CONTEXT = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"
MODELS: Mapping[str, str] = {
    "CrowdFlowObserved": "Transportation",
    "TrafficFlowObserved": "Transportation",
    "ItemFlowObserved": "Transportation",
    "Alert": "Alert",
    "AirQualityObserved": "Environment",
    "NoiseLevelObserved": "Environment",
    "WeatherObserved": "Weather",
    "WasteContainer": "WasteManagement",
    "Device": "Device",
}
"""Type → the data model that defines it, and the file of its terms in `contexts/`."""


@cache
def context(model: str) -> Mapping[str, str]:
    """Return the terms of a data model, as published, and Parvis's own `coverage`."""
    text = files("hypervisor.ngsi").joinpath(f"contexts/{model}.jsonld").read_text("utf-8")
    terms: dict[str, str] = json.loads(text)["@context"]
    return terms


def finished(entity: Entity) -> Entity:
    """Return an entity with the terms that it uses in its `@context`: no broker has to fetch anything for them."""
    terms = context(MODELS[entity["type"]])
    used = {entity["type"], *entity} | {name for one in entity.values() if isinstance(one, dict) for name in one}
    return entity | {"@context": [{term: terms[term] for term in sorted(used & terms.keys())}, CORE_CONTEXT]}


def urn(kind: str, local: str) -> str:
    """Return the id of an entity."""
    return f"urn:ngsi-ld:{kind}:parvis:{local}"


def prop(value: Any, unit_code: str | None = None, observed_at: str | None = None) -> dict[str, Any]:
    """Return a property; `unit_code` is a UN/CEFACT code."""
    found: dict[str, Any] = {"type": "Property", "value": value}
    if unit_code is not None:
        found["unitCode"] = unit_code
    if observed_at is not None:
        found["observedAt"] = observed_at
    return found


def link(target: str) -> dict[str, Any]:
    """Return a relationship."""
    return {"type": "Relationship", "object": target}


def geo(location: tuple[float, float]) -> dict[str, Any]:
    """Return a place; `location` is latitude, longitude, GeoJSON wants them the other way round."""
    return {"type": "GeoProperty", "value": {"type": "Point", "coordinates": [location[1], location[0]]}}


def instant(at: datetime | float | str) -> dict[str, Any]:
    """Return a property that is a moment."""
    return {"type": "Property", "value": {"@type": "DateTime", "@value": moment(at)}}


def moment(at: datetime | float | str) -> str:
    """Return a moment as NGSI-LD writes it: UTC, with Z."""
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    if not isinstance(at, datetime):
        at = datetime.fromtimestamp(at, UTC)
    text = at.astimezone(UTC).isoformat(timespec="milliseconds" if at.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def simplified(entity: Entity) -> dict[str, Any]:
    """Return an entity as key-values: what the models' JSON schemas describe."""
    found: dict[str, Any] = {}
    for name, attribute in entity.items():
        if name in ("id", "type"):
            found[name] = attribute
        elif isinstance(attribute, dict):
            value = attribute.get("object", attribute.get("value"))
            found[name] = value["@value"] if isinstance(value, dict) and "@value" in value else value
    return found
