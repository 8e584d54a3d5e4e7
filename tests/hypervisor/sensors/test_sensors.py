"""Sensors: registered, changed, removed, and seen by those who may."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.hypervisor.conftest import Clock
from tests.hypervisor.sensors.builders import body, value

OTHER = {"X-Service": "mobility"}


def test_a_sensor_is_registered_read_changed_and_removed(services: TestClient) -> None:
    answer = services.post("/v1/sensors", json=body(name="École", location=[48.84, 2.55]))
    assert answer.status_code == 201, answer.text
    assert (answer.headers["etag"], answer.headers["location"]) == ('"1"', "/v1/sensors/air-1")
    assert answer.json()["service"] == "environment"
    assert answer.json()["state"] == "new"
    assert services.get("/v1/sensors").json()["items"][0]["id"] == "air-1"
    changed = services.put("/v1/sensors/air-1", json=body(interval_s=300), headers={"If-Match": '"1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert services.get("/v1/sensors/air-1").json()["interval_s"] == 300
    stale = services.put("/v1/sensors/air-1", json=body(), headers={"If-Match": '"1"'})
    assert stale.status_code == 412
    assert services.put("/v1/sensors/air-1", json=body()).status_code == 428
    assert services.delete("/v1/sensors/air-1", headers={"If-Match": '"2"'}).status_code == 204
    assert services.get("/v1/sensors/air-1").status_code == 404


def test_an_id_and_an_entity_are_taken_once(services: TestClient) -> None:
    entity = "urn:ngsi-ld:AirQualityObserved:nord"
    services.post("/v1/sensors", json=body(entity=entity))
    assert services.post("/v1/sensors", json=body()).json()["type"] == "urn:parvis:problem:state-conflict"
    assert services.post("/v1/sensors", json=body("air-2", entity=entity)).status_code == 409


def test_a_sensor_of_another_service_is_read_if_it_is_shared_and_never_written(services: TestClient) -> None:
    services.post("/v1/sensors", json=body("open"))
    services.post("/v1/sensors", json=body("closed", shared=False))
    assert [one["id"] for one in services.get("/v1/sensors", headers=OTHER).json()["items"]] == ["open"]
    assert services.get("/v1/sensors/closed", headers=OTHER).status_code == 404
    match = OTHER | {"If-Match": '"1"'}
    assert services.put("/v1/sensors/open", json=body("open"), headers=match).status_code == 404
    assert services.delete("/v1/sensors/open", headers=match).status_code == 404
    sent = services.post("/v1/sensors/open/values", json={"values": [value(1)]}, headers=OTHER)
    assert sent.status_code == 404
    many = services.post("/v1/sensor-values", json={"values": [value(1, sensor="open")]}, headers=OTHER)
    assert many.status_code == 422
    assert "'open' is unknown here" in many.text


def test_a_key_without_the_scope_is_refused(services: TestClient) -> None:
    assert services.post("/v1/sensors", json=body(), headers={"X-Without": "sensors:write"}).status_code == 403
    assert services.get("/v1/sensors", headers={"X-Without": "sensors:read"}).status_code == 403
    asked = services.get("/v1/series?measure=pm10", headers={"X-Without": "sensors:read"})
    assert asked.json()["type"] == "urn:parvis:problem:not-allowed"


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"measures": []}, "at least 1"),
        ({"measures": [{"measure": "happiness"}]}, "is not measured by sensors; expected one of pm1, pm25"),
        ({"measures": [{"measure": "pm10", "unit": "dB"}]}, "does not measure mass concentration"),
        ({"measures": [{"measure": "pm10"}, {"measure": "pm10"}]}, "is there twice; expected one, or channels"),
        ({"interval_s": 0}, "greater than or equal to 1"),
        ({"interval_s": 3600}, "announce_s: 900 is shorter than interval_s"),
        ({"location": [148.84, 2.55]}, "expected [latitude"),
        ({"reference": {"temperature_c": "20"}}, "valid number"),
        ({"interval_s": "60"}, "valid integer"),
        ({"shared": 1}, "valid boolean"),
        ({"location": ["48.8", "2.5"]}, "valid number"),
        ({"colour": "red"}, "Extra inputs are not permitted"),
        ({"entity": "nord"}, "should match pattern"),
        ({"adapter": "acme"}, "'sensor-community' or 'ttn-v3'"),
        ({"csv": {"time": "t", "columns": {"x": {"measure": "no2"}}}}, "is not among the sensor's measures"),
        ({"csv": {"time": "t", "timezone": "Mars", "columns": {"x": {"measure": "pm10"}}}}, "unknown time zone"),
    ],
)
def test_a_wrong_registration_is_refused_with_the_reason(services: TestClient, members: Any, said: str) -> None:
    answer = services.post("/v1/sensors", json=body() | members)
    assert answer.status_code == 422
    assert said in answer.text


def test_a_sensor_that_stops_is_called_silent(services: TestClient, clock: Clock) -> None:
    services.post("/v1/sensors", json=body())
    services.post("/v1/sensors/air-1/values", json={"values": [value(18.4)]})
    shown = services.get("/v1/sensors/air-1").json()
    assert shown["state"] == "reporting"
    assert [(one["measure"], one["value"], one["unit"]) for one in shown["last"]] == [("pm10", 18.4, "ug/m3")]
    clock.now_s += 181
    assert services.get("/v1/sensors/air-1").json()["state"] == "silent"


def test_every_change_is_in_the_audit_log(services: TestClient, run: Any) -> None:
    services.post("/v1/sensors", json=body())
    services.put("/v1/sensors/air-1", json=body(), headers={"If-Match": '"1"'})
    services.delete("/v1/sensors/air-1", headers={"If-Match": '"2"'})

    async def story(store: Any, ledger: Any) -> list[str]:
        return [line.text for line in await store.audit("0-0", 10)]

    lines = run(story)
    assert [name in line for name, line in zip(("register", "change", "remove"), lines, strict=True)] == [True] * 3
    assert all('"key:k-environment"' in line for line in lines)


def test_the_machines_owner_may_register_one_too(api: TestClient) -> None:
    assert api.post("/v1/sensors", json=body()).json()["service"] is None
    assert api.post("/v1/sensors/air-1/values", json={"values": [value(1.5)]}).json()["kept"] == 1
    assert api.get("/v1/sensors/air-1").json()["service"] is None
