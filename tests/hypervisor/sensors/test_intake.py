"""Values come in by every door: good ones are kept, each once, and the others are named."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from hypervisor.sensors.intake import FAULTS_TOLD
from hypervisor.sensors.values import OLDEST_S
from tests.hypervisor.sensors.builders import at, body, value

HOUR = "&from=2026-03-02T12:00:00Z&to=2026-03-02T13:00:00Z&bucket=1h"


def points(services: TestClient, query: str) -> list[dict[str, Any]]:
    answer = services.get(f"/v1/series?{query}")
    assert answer.status_code == 200, answer.text
    (series,) = answer.json()["series"]
    return list(series["points"])


def send(services: TestClient, *values: dict[str, Any], sensor: str = "air-1") -> dict[str, Any]:
    answer = services.post(f"/v1/sensors/{sensor}/values", json={"values": list(values)})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def table(services: TestClient, text: str | bytes, query: str = "") -> Any:
    return services.post(f"/v1/sensor-values/table{query}", content=text, headers={"Content-Type": "text/csv"})


def test_values_of_several_sensors_come_in_one_call(services: TestClient) -> None:
    services.post("/v1/sensors", json=body("a"))
    services.post("/v1/sensors", json=body("b", "laeq"))
    batch = [value(20, sensor="a"), value(61, sensor="b", measure="laeq", unit="dB"), value(1, sensor="nobody")]
    report = services.post("/v1/sensor-values", json={"values": batch}).json()
    assert (report["received"], report["kept"], report["refused"]) == (3, 2, 1)
    assert report["faults"] == [{"item": 3, "name": "sensor", "detail": "'nobody' is unknown here"}]


def test_a_value_that_comes_twice_counts_once(services: TestClient) -> None:
    services.post("/v1/sensors", json=body())
    assert send(services, value(10), value(20, 60))["kept"] == 2
    again = send(services, value(10), value(20, 60), value(10), value(30, 120))
    assert (again["kept"], again["repeated"]) == (1, 3)
    (point,) = points(services, f"measure=pm10{HOUR}")
    assert (point["value"], point["quality"]["values_received"]) == (20, 3)


def test_where_no_value_is_good_the_answer_is_a_problem(services: TestClient) -> None:
    services.post("/v1/sensors", json=body())
    answer = services.post("/v1/sensors/air-1/values", json={"values": [value(10, unit="Cel"), value(1, time="now")]})
    assert answer.status_code == 422
    assert [one["name"] for one in answer.json()["errors"]] == ["1.unit", "2.time"]
    assert "expected ug/m3 (GQ)" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'{"values": [}', "JSON"),
        (b'{"values": []}', "at least 1"),
        (b'{"values": [{"measure": "pm10", "time": "2026-03-02T12:00:00Z", "value": "1"}]}', "valid number"),
        (b'{"values": [{"measure": "pm10", "time": 5, "value": 1}]}', "valid string"),
        (b'{"values": [{"measure": "pm10", "time": "2026-03-02T12:00:00Z", "value": 1, "x": 1}]}', "not permitted"),
    ],
)
def test_a_malformed_body_is_refused(services: TestClient, content: bytes, said: str) -> None:
    services.post("/v1/sensors", json=body())
    answer = services.post("/v1/sensors/air-1/values", content=content, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert said in answer.text


def test_bad_lines_of_a_table_are_named_and_good_ones_kept(services: TestClient) -> None:
    services.post("/v1/sensors", json=body())
    lines = [
        "\ufeffsensor,measure,time,value,unit",
        f"air-1,pm10,{at()},10,ug/m3",
        f"air-1,pm10,{at(60)},20,Cel",
        "",
        f"air-1,pm10,{at(120)},thirty,",
        f"air-1,pm10,{at(180)},40",
        "air-1,pm10,2026-03-02T12:04:00,50,",
        f'air-1,"pm10",{at(300)},"0.03",GP\r',
    ]
    report = table(services, "\n".join(lines)).json()
    assert (report["received"], report["kept"], report["refused"]) == (6, 2, 4)
    assert [(one["item"], one["name"]) for one in report["faults"]] == [
        (3, "unit"),
        (5, "value"),
        (6, "line"),
        (7, "time"),
    ]
    (point,) = points(services, f"measure=pm10{HOUR}")
    assert point["value"] == 20


def test_a_table_of_ten_mebibytes_with_bad_lines_is_taken_line_by_line(services: TestClient) -> None:
    services.post("/v1/sensors", json=body("air-1", "pm10", "no2", interval_s=10))
    filler = "x" * 6000
    lines = ["sensor,measure,time,value,unit"]
    good = 0
    for number in range(2400):
        bad = number % 3 == 0
        lines.append(f"air-1,pm10,{at(-number * 10)},{'ouch' if bad else 7.5},")
        good += not bad
    lines += [f"air-1,pm10,{at()},{filler},"] * 1750
    text = "\n".join(lines).encode()
    text += b"\nair-1,no2," + at().encode() + b",\xff\xfe,"
    assert len(text) > 10 * 2**20
    answer = table(services, text)
    assert answer.status_code == 200, answer.text
    report = answer.json()
    assert report["kept"] == good
    assert report["refused"] == 2400 - good + 1750 + 1
    assert len(report["faults"]) == FAULTS_TOLD
    assert report["faults_untold"] == report["refused"] - FAULTS_TOLD
    assert table(services, b"x" * (17 * 2**20)).json()["type"] == "urn:parvis:problem:body-too-large"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("measure,time,value\n", "lacks sensor"),
        ("sensor,measure,time,value,colour\n", "has colour"),
        ("sensor,measure,time,value,value\n", "a column twice"),
        ("\x00\x01", "lacks sensor, measure"),
    ],
)
def test_a_table_without_its_header_is_refused(services: TestClient, text: str, said: str) -> None:
    answer = table(services, text)
    assert answer.status_code == 422
    assert said in answer.json()["detail"]


def test_a_makers_table_is_read_as_the_sensor_says(services: TestClient) -> None:
    mapping = {
        "time": "Date",
        "time_format": "%d/%m/%Y %H:%M",
        "timezone": "Europe/Paris",
        "delimiter": ";",
        "decimal": ",",
        "columns": {"PM10 (µg/m3)": {"measure": "pm10"}, "NO2": {"measure": "no2", "unit": "ppb"}},
    }
    services.post("/v1/sensors", json=body("air-1", "pm10", "no2", csv=mapping))
    text = "Station;Date;PM10 (µg/m3);NO2\nA;02/03/2026 13:00;18,4;20\nA;02/03/2026 13:01;;21,5\nA;32/03/2026;1;2\n"
    report = table(services, text, "?sensor=air-1").json()
    assert (report["kept"], report["refused"]) == (3, 1)
    assert "no moment of the form" in report["faults"][0]["detail"]
    (point,) = points(services, f"measure=pm10{HOUR}")
    assert point["value"] == 18.4


def test_history_of_a_month_is_kept_and_older_values_are_refused(services: TestClient) -> None:
    services.post("/v1/sensors", json=body(interval_s=3600, announce_s=3600))
    days = range(0, 40 * 86400, 43200)
    lines = ["sensor,measure,time,value", *(f"air-1,pm10,{at(-ago)},5" for ago in days)]
    report = table(services, "\n".join(lines)).json()
    assert report["kept"] == len([ago for ago in days if ago <= OLDEST_S])
    assert report["late"] == report["kept"] - 1
    assert report["refused"] == len(days) - report["kept"]


def test_more_than_one_value_a_second_is_not_taken_for_ever(services: TestClient) -> None:
    services.post("/v1/sensors", json=body(interval_s=1))
    lines = ["sensor,measure,time,value", *(f"air-1,pm10,{at(-n / 2 - 0.25)},5" for n in range(4100))]
    report = table(services, "\n".join(lines)).json()
    assert (report["kept"], report["refused"]) == (4000, 100)
    assert "expected one a second" in report["faults"][0]["detail"]
