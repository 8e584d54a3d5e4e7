"""Makers' messages, as they really look, and notifications of context brokers."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from hypervisor.sensors.adapters import ADAPTERS
from hypervisor.sensors.values import Unreadable
from tests.hypervisor.builders import NOON
from tests.hypervisor.sensors.builders import at, body, sensor
from tests.hypervisor.sensors.test_intake import HOUR, points

STATION = {
    "esp8266id": "15431562",
    "software_version": "NRZ-2020-133",
    "sensordatavalues": [
        {"value_type": "SDS_P1", "value": "12.40"},
        {"value_type": "SDS_P2", "value": "6.13"},
        {"value_type": "BME280_temperature", "value": "21.82"},
        {"value_type": "BME280_pressure", "value": "100938.94"},
        {"value_type": "BME280_humidity", "value": "41.33"},
        {"value_type": "samples", "value": "5033822"},
        {"value_type": "signal", "value": "-69"},
    ],
}
"""What a station of sensor.community posts to an API of one's own."""

UPLINK = {
    "end_device_ids": {
        "device_id": "eui-70b3d57ed005a1b2",
        "application_ids": {"application_id": "ville"},
        "dev_eui": "70B3D57ED005A1B2",
    },
    "correlation_ids": ["gs:uplink:01H"],
    "received_at": "2026-03-02T11:59:30.210873Z",
    "uplink_message": {
        "f_port": 2,
        "f_cnt": 4711,
        "frm_payload": "AQIDBA==",
        "decoded_payload": {"filling": 62, "battery": 3.6, "rssi": -101},
        "normalized_payload": [{"air": {"temperature": 7.5, "relativeHumidity": 81}}],
        "received_at": "2026-03-02T11:59:30.002161Z",
        "settings": {"data_rate": {"lora": {"spreading_factor": 7}}},
    },
}
"""What The Things Stack v3 posts to a webhook."""


def test_a_station_of_sensor_community_posts_as_it_is(services: TestClient) -> None:
    services.post(
        "/v1/sensors",
        json=body("air-1", "pm10", "pm25", "temperature", "pressure", adapter="sensor-community", device="15431562"),
    )
    report = services.post("/v1/sensors/air-1/payload", json=STATION).json()
    assert (report["kept"], report["refused"]) == (4, 0)
    last = {one["measure"]: one["value"] for one in services.get("/v1/sensors/air-1").json()["last"]}
    assert last == {"pm10": 12.4, "pm25": 6.13, "temperature": 21.82, "pressure": 1009.3894}


def test_values_of_its_api_have_a_moment_of_their_own() -> None:
    message = {
        "timestamp": "2026-03-02 11:58:03",
        "sensor": {"id": 41, "sensor_type": {"name": "SDS011"}},
        "sensordatavalues": [{"id": 1, "value": "9.9", "value_type": "P1"}],
    }
    (raw,) = ADAPTERS["sensor-community"](message, sensor("a", "pm10", device="41"), NOON)
    assert (raw.measure, raw.value, raw.unit, raw.time) == ("pm10", "9.9", "ug/m3", "2026-03-02T11:58:03+00:00")


def test_an_uplink_of_the_things_stack_is_read(services: TestClient) -> None:
    measures: list[Any] = ["filling", "temperature", "humidity"]
    registered = body("bin-1", *measures, adapter="ttn-v3", device="eui-70b3d57ed005a1b2", interval_s=900)
    services.post("/v1/sensors", json=registered)
    report = services.post("/v1/sensors/bin-1/payload", json=UPLINK).json()
    assert (report["kept"], report["refused"]) == (3, 0)
    again = services.post("/v1/sensors/bin-1/payload", json=UPLINK).json()
    assert (again["kept"], again["repeated"]) == (0, 3)
    last = {one["measure"]: (one["value"], one["time"]) for one in services.get("/v1/sensors/bin-1").json()["last"]}
    assert last["filling"] == (62, "2026-03-02T11:59:30.002000Z")
    assert last["humidity"][0] == 81


@pytest.mark.parametrize(
    ("adapter", "message", "said"),
    [
        ("sensor-community", [], "no message of sensor.community"),
        ("sensor-community", {"sensordatavalues": 4}, "expected an object with sensordatavalues"),
        ("sensor-community", STATION | {"esp8266id": "1"}, "message of station '1'; expected 'd-1'"),
        ("ttn-v3", {"uplink_message": 1}, "no uplink"),
        ("ttn-v3", UPLINK, "expected 'd-1'"),
        ("ttn-v3", {"end_device_ids": {"device_id": "d-1"}, "uplink_message": {}}, "a payload formatter"),
    ],
)
def test_a_message_of_another_form_is_refused(adapter: Any, message: Any, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        ADAPTERS[adapter](message, sensor("a", "pm10", device="d-1"), NOON)


def test_a_payload_needs_an_adapter_and_json(services: TestClient) -> None:
    services.post("/v1/sensors", json=body("plain"))
    services.post("/v1/sensors", json=body("ttn", "filling", adapter="ttn-v3"))
    assert services.post("/v1/sensors/plain/payload", json={}).status_code == 409
    assert "no JSON" in services.post("/v1/sensors/ttn/payload", content=b"{").text
    assert services.post("/v1/sensors/ttn/payload", content=b"[" * 100_000).status_code == 422
    assert services.post("/v1/sensors/ttn/payload", content=b" " * 300_000).status_code == 413


def notification(*entities: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {
        "id": "urn:ngsi-ld:Notification:5fa",
        "type": "Notification",
        "subscriptionId": "urn:ngsi-ld:Subscription:air",
        "notifiedAt": at(),
        "data": list(entities),
    } | members


ENTITY = "urn:ngsi-ld:AirQualityObserved:nord"


@pytest.mark.parametrize(
    "attribute",
    [
        {"type": "Property", "value": 0.069, "unitCode": "GP", "observedAt": at()},  # normalized
        {"value": 69, "unitCode": "GQ", "observedAt": at()},  # concise
        69,  # simplified: the unit that the sensor is registered with
    ],
)
def test_a_notification_is_taken_in_every_form(services: TestClient, attribute: Any) -> None:
    services.post("/v1/sensors", json=body("air-1", "no2", "humidity", entity=ENTITY))
    entity = {
        "id": ENTITY,
        "type": "AirQualityObserved",
        "dateObserved": {"type": "Property", "value": {"@type": "DateTime", "@value": at(-10)}},
        "no2": attribute,
        "relativeHumidity": {"type": "Property", "value": 0.54},
        "refDevice": {"type": "Relationship", "object": "urn:ngsi-ld:Device:1"},
        "@context": ["https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context.jsonld"],
    }
    url = "/ngsi-ld/v1/notifications?subscriptionId=urn:ngsi-ld:Subscription:air" if attribute == 69 else ""
    answer = services.post(
        url or "/ngsi-ld/v1/notifications",
        json=notification(entity),
        headers={"Content-Type": "application/ld+json", "Ngsild-Attribute-Format": "Normalized"},
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["kept"] == 2
    last = {one["measure"]: one["value"] for one in services.get("/v1/sensors/air-1").json()["last"]}
    assert last == {"no2": 69, "humidity": 54}


def test_of_a_notification_good_entities_are_kept_and_others_named(services: TestClient) -> None:
    services.post("/v1/sensors", json=body("air-1", "pm10", entity=ENTITY))
    good = {"id": ENTITY, "type": "AirQualityObserved", "pm10": {"value": 20, "observedAt": at()}}
    strange = {"id": "urn:ngsi-ld:AirQualityObserved:sud", "type": "AirQualityObserved", "pm10": {"value": 20}}
    timeless = {"id": ENTITY, "type": "AirQualityObserved", "pm10": {"value": 21}}
    report = services.post("/ngsi-ld/v1/notifications", json=notification(good, strange, timeless)).json()
    assert (report["kept"], report["refused"]) == (1, 2)
    assert "is no sensor's" in report["faults"][0]["detail"]
    assert "neither observedAt nor dateObserved" in report["faults"][1]["detail"]
    (point,) = points(services, f"measure=pm10{HOUR}")
    assert point["value"] == 20


@pytest.mark.parametrize("content", [{}, {"type": "Notification"}, {"type": "Other", "data": []}, [], 4])
def test_what_is_no_notification_is_refused(services: TestClient, content: Any) -> None:
    answer = services.post("/ngsi-ld/v1/notifications", json=content)
    assert answer.status_code == 422
    assert "no NGSI-LD notification" in answer.text
