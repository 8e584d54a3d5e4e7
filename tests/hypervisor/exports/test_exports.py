"""What is published: zero is not empty, withheld is neither, and no two exports tell more than one."""

import csv
import io
from collections import defaultdict
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import pytest
from fastapi.testclient import TestClient

from hypervisor.exports.datex import NAMESPACES
from hypervisor.exports.tables import CHANNEL, COLUMNS, MEASURE, SITE
from pipeline import keys
from tests.hypervisor.builders import NOON, Site, line
from tests.hypervisor.conftest import Clock
from tests.hypervisor.sensors.builders import body

DAY = int(NOON) - 13 * 3600  # Monday, 2 March 2026, 00:00 in Paris
MONDAY = "from=2026-03-01T23:00:00Z&to=2026-03-02T23:00:00Z"
OF = {"person": ("person",), "traffic": ("bicycle", "car", "truck")}


def hour(site: Site, number: int, covered: float = 1.0, **counts: int) -> None:
    """Write an hour and its quarters (all in the first one): `car_forward=7`."""
    fields = {keys.crossing_field("entree", *name.rsplit("_", 1)): n for name, n in counts.items()}
    site.bucket(DAY + number * 3600, 3600, covered=covered, more=fields)
    for quarter in range(4):
        more = fields if quarter == 0 else {}
        site.bucket(DAY + number * 3600 + quarter * 900, 900, covered=covered, more=more)


def camera(site: Site, *classes: str, **members: Any) -> None:
    members = {"location": (48.8411, 2.55), "lines": (line("entree", *(classes or ("car",))),)} | members
    site.camera("nord", **members)


def whole_day(site: Site, **counts: int) -> None:
    for number in range(24):
        hour(site, number, **counts)


def table(services: TestClient, query: str = MONDAY, path: str = "counts.csv") -> list[dict[str, str]]:
    answer = services.get(f"/v1/exports/{path}?{query}")
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_zero_empty_and_suppressed_are_three_things(services: TestClient, site: Site) -> None:
    camera(site, "car", "bicycle")
    for number in range(24):
        if number == 3:
            continue  # nobody looked
        hour(site, number, car_forward=40, bicycle_forward=9, bicycle_backward=0, covered=0.5 if number == 4 else 1.0)
    found = {(row["class"], row["direction"], row["start"]): row for row in table(services)}
    assert len(found) == 24 * 4
    at = "2026-03-02T{:02d}:00:00Z".format
    assert (found["car", "forward", at(7)]["value"], found["car", "forward", at(7)]["status"]) == ("40", "observed")
    assert (found["car", "backward", at(7)]["value"], found["car", "backward", at(7)]["status"]) == ("0", "observed")
    unseen = found["car", "forward", at(2)]
    assert (unseen["value"], unseen["status"], unseen["coverage"]) == ("", "not_observed", "0.0")
    half = found["car", "forward", at(3)]
    assert (half["value"], half["status"], half["coverage"]) == ("40", "partial", "0.5")


def test_a_day_with_small_counts_comes_in_longer_slots(services: TestClient, site: Site) -> None:
    camera(site, "car")
    whole_day(site, car_forward=40, car_backward=40)
    hour(site, 5, car_forward=1, car_backward=2)
    rows = table(services)
    assert [(row["direction"], row["start"], row["end"], row["value"]) for row in rows] == [
        ("forward", "2026-03-01T23:00:00Z", "2026-03-02T23:00:00Z", str(23 * 40 + 40 + 1 - 40)),
        ("backward", "2026-03-01T23:00:00Z", "2026-03-02T23:00:00Z", str(23 * 40 + 40 + 2 - 40)),
    ]


def test_what_is_small_in_a_whole_day_is_withheld_with_what_would_tell_it(services: TestClient, site: Site) -> None:
    camera(site, "car", "bicycle")
    whole_day(site, car_forward=40, car_backward=30)
    hour(site, 5, car_forward=40, car_backward=30, bicycle_forward=3)
    rows = {(row["class"], row["direction"]): row for row in table(services, f"{MONDAY}&totals=true")}
    assert len(rows) == 9
    assert rows["bicycle", "forward"]["status"] == rows["bicycle", "both"]["status"] == "suppressed"
    assert rows["bicycle", "backward"]["value"] == "0"
    assert rows["bicycle", "forward"]["value"] == ""
    shown = {name for name, row in rows.items() if row["status"] == "observed"}
    assert not {("car", "forward"), ("all", "forward")} <= shown
    assert not {("car", "both"), ("all", "both")} <= shown
    plain = {(row["class"], row["direction"]): row["status"] for row in table(services)}
    assert plain == {name: rows[name]["status"] for name in plain}  # one export does not tell what another withholds


def test_only_days_that_are_over_are_published(services: TestClient, site: Site, clock: Clock) -> None:
    camera(site, "car")
    whole_day(site, car_forward=40, car_backward=40)
    clock.now_s = DAY + 86_400 + 3599
    assert table(services) == []
    clock.now_s = DAY + 86_400 + 3600
    assert len(table(services)) == 48


def test_statistics_are_published_sealed_and_no_finer_than_their_step(services: TestClient, site: Site) -> None:
    camera(site, "car", statistics=True, min_step_s=3600)
    whole_day(site, car_forward=40, car_backward=40)
    site.bucket(DAY + 5 * 3600, 3600, sealed=False, more={keys.crossing_field("entree", "car", "forward"): 40})
    rows = table(services, f"{MONDAY}&bucket=15m")
    assert len(rows) == 48
    assert [row["status"] for row in rows if row["start"] == "2026-03-02T04:00:00Z"] == ["not_observed"] * 2


def test_days_of_23_hours_have_23_slots(services: TestClient, site: Site, clock: Clock) -> None:
    camera(site, "car")
    clock.now_s = NOON + 40 * 86_400
    rows = table(services, "from=2026-03-28T23:00:00Z&to=2026-03-29T22:00:00Z")
    assert len(rows) == 23 * 2


def test_the_national_files_fit_together(services: TestClient, site: Site) -> None:
    camera(site, "car", "bicycle", "person")
    for number in range(24):
        if number != 3:
            half = 0.5 if number == 4 else 1.0
            hour(site, number, half, car_forward=40, bicycle_forward=8, person_backward=9)
    site.camera("unplaced", lines=(line(),))
    sites, channels, measures = (
        table(services, MONDAY, f"comptage-mobilites/{name}.csv") for name in ("site", "channel", "measure")
    )
    assert (tuple(sites[0]), tuple(channels[0]), tuple(measures[0])) == (SITE, CHANNEL, MEASURE)
    assert [(one["site_id"], one["xlong"], one["ylat"]) for one in sites] == [("nord.entree", "2.550000", "48.841100")]
    assert {one["site_id"] for one in channels} == {"nord.entree"}
    assert len(channels) == 6  # two directions are two channels
    assert {one["mobility_type"] for one in channels} == {"CAR", "BIKE", "PEDESTRIAN"}
    assert {one["counter_type"] for one in channels} == {"VIDEO SENSOR"}
    assert {one["channel_id"] for one in measures} == {one["channel_id"] for one in channels}
    slots: dict[str, dict[str, str]] = defaultdict(dict)
    for row in measures:
        slots[row["channel_id"]][row["start_datetime"]] = row["count"]
    assert all(len(counts) == 24 for counts in slots.values())  # the row is there, counted or not
    cars = slots["nord.entree.car.forward"]
    assert cars["2026-03-02T07:00:00+01:00"] == "40"
    assert cars["2026-03-02T03:00:00+01:00"] == ""
    assert cars["2026-03-02T04:00:00+01:00"] == ""  # half of it was watched: the schema cannot say so
    assert slots["nord.entree.car.backward"]["2026-03-02T07:00:00+01:00"] == "0"
    answer = services.get(f"/v1/exports/comptage-mobilites/measure.csv?{MONDAY}")
    assert 'filename="comptagemobilites_measure_ville.csv"' in answer.headers["content-disposition"]


def test_withheld_slots_are_listed_beside_the_national_measure(services: TestClient, site: Site) -> None:
    camera(site, "car")
    for number in range(24):
        hour(site, number, car_forward=20)
    hour(site, 3, car_forward=20, car_backward=2)
    measures = table(services, MONDAY, "comptage-mobilites/measure.csv")
    suppressed = table(services, MONDAY, "comptage-mobilites/suppressed.csv")
    assert {row["channel_id"] for row in suppressed} == {"nord.entree.car.backward", "nord.entree.car.forward"}
    assert [row for row in measures if row["channel_id"].endswith("backward")] == []


def test_parquet_holds_the_same_rows_with_types(services: TestClient, site: Site, tmp_path: Path) -> None:
    camera(site, "car", "bicycle")
    whole_day(site, car_forward=40, bicycle_forward=8)
    answer = services.get(f"/v1/exports/counts.parquet?{MONDAY}&totals=true")
    assert answer.status_code == 200, answer.text
    file = tmp_path / "counts.parquet"
    file.write_bytes(answer.content)
    with duckdb.connect(":memory:") as connection:
        connection.execute("SET TimeZone = 'UTC'")
        described = connection.execute(f"DESCRIBE SELECT * FROM '{file}'").fetchall()
        rows = connection.execute(
            f"SELECT camera, line, class, direction, strftime(start, '%Y-%m-%dT%H:%M:%SZ'), value, status FROM '{file}'"
        ).fetchall()
    assert [name for name, *_ in described] == list(COLUMNS)
    assert {name: kind for name, kind, *_ in described}["value"] == "INTEGER"
    plain = table(services, f"{MONDAY}&totals=true")
    assert rows == [
        (
            *(row[name] for name in ("camera", "line", "class", "direction", "start")),
            int(row["value"]) if row["value"] else None,
            row["status"],
        )
        for row in plain
    ]


def test_datex_tells_vehicles_an_hour_and_leaves_out_what_it_cannot_say(services: TestClient, site: Site) -> None:
    camera(site, "person", "car", "truck")
    for number in range(24):
        if number != 3:
            hour(site, number, car_forward=30, truck_forward=6, person_forward=50, covered=0.5 if number == 4 else 1.0)
    query = f"{MONDAY}&bucket=15m"
    data = ElementTree.fromstring(services.get(f"/v1/exports/datex2/measured-data.xml?{query}").content)
    sites = ElementTree.fromstring(services.get(f"/v1/exports/datex2/site-table.xml?{query}").content)
    known = {
        (one.get("id"), index.get("index"))
        for one in sites.iterfind(".//roa:measurementSite", NAMESPACES)
        for index in one.iterfind("roa:measurementSpecificCharacteristics", NAMESPACES)
    }
    assert known == {(f"nord.entree.{way}", index) for way in ("forward", "backward") for index in ("1", "2")}
    kinds = [one.text for one in sites.iterfind(".//com:vehicleType", NAMESPACES)]
    assert kinds == ["car", "lorry"] * 2
    flows: dict[tuple[str, str, str], str] = {}
    for measured in data.iterfind(".//roa:siteMeasurements", NAMESPACES):
        reference = measured.find("roa:measurementSiteReference", NAMESPACES)
        time = measured.findtext(".//roa:timeValue", namespaces=NAMESPACES)
        assert reference is not None
        assert time is not None
        for quantity in measured.iterfind("roa:physicalQuantity", NAMESPACES):
            key = (str(reference.get("id")), str(quantity.get("index")), time)
            flows[key] = str(quantity.findtext(".//com:vehicleFlowRate", namespaces=NAMESPACES))
    assert {(place, index) for place, index, _ in flows} <= known
    assert flows["nord.entree.forward", "1", "2026-03-02T07:15:00Z"] == "120"  # 30 in a quarter of an hour
    assert flows["nord.entree.forward", "1", "2026-03-02T03:15:00Z"] == "240"  # 30 in the half that was watched
    assert flows["nord.entree.backward", "2", "2026-03-02T07:15:00Z"] == "0"
    assert ("nord.entree.forward", "1", "2026-03-02T02:15:00Z") not in flows
    point = sites.find(".//loc:pointCoordinates", NAMESPACES)
    assert point is not None
    assert [one.text for one in point] == ["48.841100", "2.550000"]


def test_places_are_points_and_tell_nothing_that_is_not_to_be_told(services: TestClient, site: Site) -> None:
    camera(site, "car")
    site.camera("unplaced")
    services.post("/v1/sensors", json=body("air-1", location=[48.9, 2.6]))
    services.post("/v1/sensors", json=body("own", location=[48.9, 2.6], shared=False))
    found = services.get("/v1/exports/places.geojson").json()
    assert {one["id"]: one["geometry"]["coordinates"] for one in found["features"]} == {
        "camera:nord": [2.55, 48.8411],
        "sensor:air-1": [2.6, 48.9],
    }
    assert "rtsp" not in str(found)


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ("camera=nobody", 404, "'nobody' is unknown"),
        ("from=2026-03-02T00:00:00Z&to=2026-03-01T00:00:00Z", 422, "the range is empty"),
        ("from=2020-01-01T00:00:00Z", 422, "expected 400 at most"),
        ("bucket=1m", 422, "'15m', '1h' or '1d'"),
        ("k=1", 422, "is unknown"),
    ],
)
def test_what_cannot_be_exported_is_said(services: TestClient, site: Site, query: str, status: int, said: str) -> None:
    camera(site)
    answer = services.get(f"/v1/exports/counts.csv?{query}")
    assert answer.status_code == status
    assert said in answer.text


def test_exports_need_their_scope(services: TestClient) -> None:
    for path in ("counts.csv", "counts.parquet", "places.geojson", "comptage-mobilites/site.csv"):
        assert services.get(f"/v1/exports/{path}", headers={"X-Without": "exports:read"}).status_code == 403
    assert services.get("/v1/exports/comptage-mobilites/secrets.csv").status_code == 404


def test_a_name_is_no_formula_in_a_spreadsheet(services: TestClient, site: Site) -> None:
    camera(site, "car", name="=HYPERLINK(1)")
    (row,) = table(services, MONDAY, "comptage-mobilites/site.csv")
    assert row["site_name"].startswith("'=")
