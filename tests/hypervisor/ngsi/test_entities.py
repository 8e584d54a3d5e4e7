"""Entities hold to the published models, tell no more than was observed, and are the same every time."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from hypervisor.cameras import shown
from hypervisor.ngsi.entities import VEHICLES, Told, entities_of
from hypervisor.ngsi.forms import CORE_CONTEXT, MODELS, context, simplified
from hypervisor.sensors.ledger import BucketName, sealed_message
from hypervisor.store.values import Message
from hypervisor.wire import Event
from pipeline.observation import CameraDescription, CameraState
from tests.hypervisor.builders import NOON, line
from tests.hypervisor.sensors.builders import sensor

SCHEMAS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in Path(__file__).parent.glob("schemas/*")}
NORMAL = {"Property": "value", "Relationship": "object", "GeoProperty": "value"}


def camera(location: tuple[float, float] | None = (48.8411, 2.55)) -> CameraDescription:
    return CameraDescription(
        id="nord",
        name="Parvis nord",
        purpose="operations",
        location=location,
        revision="0f3ac1e09b7d",
        min_step_s=60,
        lines=(line("entree", "person", "car", "truck", "bicycle"),),
    )


COUNTS = {"person_forward": 3, "person_backward": 4, "car_forward": 12, "truck_forward": 0}


def sealed(status: str = "observed", **counts: int) -> Event:
    """Return the seal of a quarter of an hour at the entree: `person_forward=3`."""
    crossings = [
        {"line": "entree", "class": name.rpartition("_")[0], "direction": name.rpartition("_")[2], "value": n}
        for name, n in (
            counts or {"person_forward": 3, "person_backward": 4, "car_forward": 12, "truck_forward": 0}
        ).items()
    ]
    return Event.model_validate(
        {
            "id": "nord:e1:7",
            "camera_id": "nord",
            "kind": "bucket.sealed",
            "subject": "900",
            "observed_at": datetime.fromtimestamp(NOON, UTC),
            "value": 0.0,
            "unit": "state",
            "bucket": {
                "start": datetime.fromtimestamp(NOON, UTC),
                "end": datetime.fromtimestamp(NOON + 900, UTC),
                "step_s": 900,
                "coverage": 0.98,
                "status": status,
                "crossings": crossings,
            },
        }
    )


def station(*measures: Any, **values: float) -> Message:
    """Return the sealed bucket of a sensor; each measure with one value a minute."""
    one = sensor("air-1", *(measures or values), location=(48.84, 2.55), name="École")
    bucket = {"n": str(15 * len(values))}
    for key, value in values.items():
        bucket |= {f"{key}|n": "15", f"{key}|i": "60", f"{key}|min": str(value), f"{key}|max": str(value)}
        sums = {"laeq": (15 * 10 ** (value / 10), 0.0), "wind_direction": (15 * -1.0, 0.0)}.get(key, (15 * value, 0.0))
        bucket |= {f"{key}|s": str(sums[0]), f"{key}|t": str(sums[1])}
    return sealed_message(one, BucketName("air-1", 900, int(NOON)), bucket)


def opened(**data: Any) -> Message:
    fields = {
        "id": "01kb2",
        "kind": "flow",
        "severity": "high",
        "measure": "occupancy",
        "camera": "nord",
        "zone": "esplanade",
        "opened_at": "2026-03-02T12:00:00+00:00",
        "text": {"fr": "Forte affluence", "en": "Crowding"},
        "figures": {"value": 31, "threshold": 25},
    } | data
    return Message("m1", "alert.opened", NOON, "01kb2", "case-1", ("safety",), ("nord",), fields)


def state() -> Any:
    at = datetime.fromtimestamp(NOON, UTC)
    fields = {"id": "nord", "name": "Parvis nord", "state": "running", "since": at, "purpose": "operations"}
    told = CameraState.model_validate(fields | {"updated_at": at, "last_frame_at": at})
    return shown(camera(), told, NOON, 10.0)


TOLD: dict[str, Told] = {
    "camera": state(),
    "sealed": sealed(),
    "sealed without location": sealed(),
    "air": station(
        pm10=18.4, no2=40.0, co=500.0, temperature=7.5, humidity=81.0, wind_direction=270.0, pressure=1013.0
    ),
    "noise": station(laeq=61.0, lamax=75.0),
    "bin": station(filling=62.0),
    "counter": station({"measure": "passages", "class": "truck", "direction": "forward"}, passages=2.0),
    "people": station(passages=2.0),
    "alert opened": opened(),
    "alert closed": opened(closed_at="2026-03-02T12:30:00+00:00", measure=None, kind="health", camera=None),
    "alert of a sensor": opened(measure="no2", sensor="air-1", kind="sensor"),
}


def made(name: str) -> list[dict[str, Any]]:
    return entities_of(TOLD[name], {"nord": camera(None if name.endswith("without location") else (48.8411, 2.55))})


@pytest.mark.parametrize("name", TOLD)
def test_entities_hold_to_their_models(name: str) -> None:
    entities = made(name)
    assert entities
    for entity in entities:
        validator = Draft202012Validator(SCHEMAS[entity["type"]], format_checker=FormatChecker())
        faults = [fault.message for fault in validator.iter_errors(simplified(entity))]
        assert faults == [], entity


@pytest.mark.parametrize("name", TOLD)
def test_entities_are_in_normalized_form(name: str) -> None:
    for entity in made(name):
        assert re.fullmatch(rf"urn:ngsi-ld:{entity['type']}:parvis:\S+", entity["id"])
        assert entity["@context"][-1] == CORE_CONTEXT
        known = set(entity["@context"][0]) | {"id", "type", "@context", "location", "data"}
        for attribute, value in entity.items():
            assert attribute in known, attribute
            if attribute not in ("id", "type", "@context"):
                assert NORMAL[value["type"]] in value
                assert set(value) <= {"type", "value", "object", "unitCode", "observedAt", "coverage"}
        json.dumps(entity, allow_nan=False)


def test_every_type_has_a_schema_and_terms() -> None:
    assert set(MODELS) - {"WeatherObserved"} == set(SCHEMAS)
    for kind, model in MODELS.items():
        assert context(model)[kind].startswith("https://smartdatamodels.org/dataModel.")


def test_a_wrong_entity_would_be_found() -> None:
    entity = simplified(made("sealed")[0])
    validator = Draft202012Validator(SCHEMAS["CrowdFlowObserved"], format_checker=FormatChecker())
    assert list(validator.iter_errors(entity | {"peopleCount": -1}))
    assert list(validator.iter_errors(entity | {"streamURL": "rtsp://"}))
    assert list(validator.iter_errors({k: v for k, v in entity.items() if k != "dateObserved"}))


def test_a_sealed_bucket_tells_persons_vehicles_and_items() -> None:
    entities = {
        entity["id"].partition(":parvis:")[2]: entity
        for entity in made("sealed")
        if entity["type"] != "ItemFlowObserved"
    }
    assert entities["nord:entree:900"]["peopleCount"] == {
        "type": "Property",
        "value": 7,
        "unitCode": "C62",
        "observedAt": "2026-03-02T12:15:00Z",
    }
    assert entities["nord:entree:car:forward:900"]["intensity"]["value"] == 12  # a number in the period, no rate
    truck = entities["nord:entree:truck:forward:900"]
    assert (truck["vehicleType"]["value"], truck["intensity"]["value"]) == ("lorry", 0)
    assert truck["dateObserved"]["value"] == "2026-03-02T12:00:00Z/2026-03-02T12:15:00Z"
    assert truck["location"]["value"] == {"type": "Point", "coordinates": [2.55, 48.8411]}
    assert truck["coverage"]["value"] == 0.98
    assert len([one for one in made("sealed") if one["type"] == "ItemFlowObserved"]) == 4
    assert not [one for one in made("sealed without location") if one["type"] == "ItemFlowObserved"]


def test_what_was_not_observed_makes_no_entity() -> None:
    assert entities_of(sealed("not_observed"), {"nord": camera()}) == []
    assert entities_of(sealed(), {}) == []  # a camera that may not be told of
    assert entities_of(station("pm10"), {}) == []
    assert entities_of(Message("m", "case.opened", NOON, "c", "c"), {}) == []


def test_figures_of_sensors_have_units_moments_and_the_models_ranges() -> None:
    (entity,) = made("air")
    assert entity["no2"] == {
        "type": "Property",
        "value": 40.0,
        "unitCode": "GQ",
        "observedAt": "2026-03-02T12:15:00Z",
        "coverage": {"type": "Property", "value": 1.0, "unitCode": "C62"},
    }
    assert (entity["relativeHumidity"]["value"], entity["relativeHumidity"]["unitCode"]) == (0.81, "C62")
    assert entity["windDirection"]["value"] == -90
    assert made("bin")[0]["fillingLevel"]["value"] == 0.62


def test_an_alert_is_one_entity_from_opening_to_closing() -> None:
    (begun,), (ended,) = made("alert opened"), made("alert closed")
    assert begun["id"] == ended["id"] == "urn:ngsi-ld:Alert:parvis:01kb2"
    assert (begun["category"]["value"], begun["subCategory"]["value"]) == ("security", "crowdRisk")
    assert "validTo" not in begun
    assert ended["validTo"]["value"]["@value"] == "2026-03-02T12:30:00Z"
    assert begun["description"]["value"] == "Forte affluence"
    assert begun["alertSource"]["object"] == "urn:ngsi-ld:Device:parvis:camera:nord"
    assert made("alert of a sensor")[0]["subCategory"]["value"] == "airPollution"


def test_vehicle_types_are_the_models() -> None:
    known = set(SCHEMAS["TrafficFlowObserved"]["properties"]["vehicleType"]["enum"])
    assert {kind for kind, _ in VEHICLES.values()} <= known
