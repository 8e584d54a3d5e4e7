"""/v1/indicators over a simulated city that lies in the history."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from hypervisor.history.files import HourFiles
from hypervisor.history.kept import start_of
from hypervisor.settings import Settings
from parvis.simulated_city import Wish, city
from parvis.simulated_site import LINE, PLACES, SENSOR, descriptions, write
from pipeline import keys
from tests.hypervisor.builders import Site, application
from tests.hypervisor.conftest import Clock
from tests.hypervisor.indicators.test_compute import OWN

BUILT = city(Wish(days=35), 7)
CAMERA = PLACES[0].id
PERIOD = f"from={BUILT.days()[0]}T00:00:00Z&to={BUILT.days()[28]}T00:00:00Z"
VALUES = f"/v1/indicators/values?{PERIOD}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the history of the simulated city."""
    path = tmp_path_factory.mktemp("history")
    write(BUILT, HourFiles(path))
    return path


@pytest.fixture
def api(valkey_url: str, clock: Clock, folder: Path, tmp_path: Path) -> Iterator[TestClient]:
    clock.now_s = start_of(BUILT.days()[-1]) + 2 * 86_400.0
    settings = Settings(history_dir=folder, indicators_dir=tmp_path, timezone="UTC")
    with TestClient(application(valkey_url, settings, clock), base_url="http://127.0.0.1") as client:
        yield client


def test_the_library_is_listed_with_what_each_indicator_needs(api: TestClient) -> None:
    items = api.get("/v1/indicators").json()["items"]
    assert len(items) >= 60
    one = next(item for item in items if item["id"] == "deposits-per-thousand-walkers")
    assert one["measures"] == ["deposits_opened", "crossings"]
    assert one["theme_name"] == {"fr": "Propreté", "en": "Cleanliness"}
    assert api.get("/v1/indicators/cost-per-day").json()["parameters"] == ["camera_cost"]
    assert {one["theme"] for one in api.get("/v1/indicators?theme=environment").json()["items"]} == {"environment"}
    assert {one["service"] for one in api.get("/v1/indicators?service=safety").json()["items"]} == {"safety"}


def test_values_of_a_camera_have_intervals_and_say_what_is_missing(api: TestClient) -> None:
    asked = "&indicator=pedestrians-per-day&indicator=deposits-per-day&indicator=no2-mean"
    answer = api.get(f"{VALUES}&camera={CAMERA}{asked}").json()
    found = {one["indicator"]: one for one in answer["items"]}
    walkers = found["pedestrians-per-day"]
    assert walkers["low"] < walkers["value"] < walkers["high"]
    assert walkers["unit"] == "crossing/d"
    assert found["deposits-per-day"]["value"] is None
    assert found["deposits-per-day"]["why"]["fr"] == "« deposits_opened » n'est mesuré nulle part ici"
    assert found["no2-mean"]["reason"] == "not-measured"  # a camera has no sensor
    assert answer["from"].startswith(str(BUILT.days()[0]))


def test_values_of_a_sensor_and_of_everything(api: TestClient) -> None:
    one = api.get(f"{VALUES}&sensor={SENSOR}&indicator=no2-mean").json()["items"][0]
    assert one["value"] == pytest.approx(BUILT.air["no2"][: 28 * 24].mean(), rel=1e-3)
    everything = api.get(f"{VALUES}&theme=mobility").json()["items"]
    assert next(one for one in everything if one["indicator"] == "motor-vehicles-per-day")["value"] > 0


def test_a_place_is_the_sum_of_the_cameras_that_see_it(api: TestClient, site: Site) -> None:
    for one in descriptions(BUILT)[:2]:
        site.redis.hset(keys.CAMERAS, one.id, one.model_dump_json(by_alias=True))
    views = [{"camera": one.id, "lines": [{"line": LINE}]} for one in PLACES[:2]]
    made = {"id": "centre", "name": "Centre", "semantics": "sum", "views": views, "location": [48.84, 2.55]}
    assert api.post("/v1/places", json=made).status_code == 201

    asked = f"place=centre&indicator=motor-vehicles-per-day&{PERIOD}"
    found = api.get(f"/v1/indicators/values?{asked}").json()["items"][0]
    by_day = np.nanmean(BUILT.daily("car")[:2, :28], axis=1).sum()
    assert found["value"] == pytest.approx(by_day, rel=0.05)
    entity = api.get(f"/v1/indicators/values.jsonld?{asked}").json()[0]
    assert entity["location"]["value"]["coordinates"] == [2.55, 48.84]
    assert api.get(f"{VALUES}&place=nulle-part").status_code == 404


def test_the_table_has_a_row_an_indicator_and_the_reason_where_there_is_no_value(api: TestClient) -> None:
    answer = api.get(f"/v1/indicators/values.csv?{PERIOD}&camera={CAMERA}&theme=mobility")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert answer.headers["content-type"].startswith("text/csv")
    walkers = next(row for row in rows if row["indicator"] == "pedestrians-per-day")
    assert float(walkers["value"]) > 0
    assert walkers["camera"] == CAMERA
    bays = next(row for row in rows if row["indicator"] == "bay-occupancy")
    assert bays["value"] == ""
    assert bays["why_en"].endswith("not measured anywhere here")


def test_entities_are_key_performance_indicators_and_gaps_make_none(api: TestClient) -> None:
    answer = api.get(f"/v1/indicators/values.jsonld?{PERIOD}&camera={CAMERA}&theme=mobility")
    entities = answer.json()
    assert answer.headers["content-type"] == "application/ld+json"
    one = next(entity for entity in entities if entity["id"].endswith(f"pedestrians-per-day:camera:{CAMERA}"))
    assert one["type"] == "KeyPerformanceIndicator"
    assert one["kpiValue"]["value"] > 0
    assert one["kpiValue"]["unitText"]["value"] == "crossing/d"
    assert set(one) - {"id", "type", "@context", "interval"} <= set(one["@context"][0])
    assert not [entity for entity in entities if "bay-occupancy" in entity["id"]]


def test_a_city_adds_an_indicator_while_it_is_served(api: TestClient, tmp_path: Path) -> None:
    assert api.get("/v1/indicators/cargo-bikes").status_code == 404
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    assert api.get("/v1/indicators/cargo-bikes").json()["theme"] == "own"
    (tmp_path / "own.yaml").write_text(OWN.replace("per_day", "by_day"), encoding="utf-8")
    broken = api.get("/v1/indicators")
    assert broken.status_code == 409
    assert "own.yaml:7: indicators[0].formula: line 1, column 1" in broken.json()["detail"]
    assert str(tmp_path) not in broken.text


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        (f"{VALUES}&indicator=nothing", 404),
        (f"{VALUES}&camera=nowhere", 404),
        (f"{VALUES}&sensor=nowhere", 404),
        (f"{VALUES}&camera={CAMERA}&sensor={SENSOR}", 422),
        ("/v1/indicators/values?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", 422),
        ("/v1/indicators/values?from=2020-01-01T00:00:00Z", 422),
        ("/v1/indicators?theme=nothing", 404),
        ("/v1/indicators?service=fire", 422),
        (f"{VALUES}&cursor=1", 422),
    ],
)
def test_what_does_not_exist_or_makes_no_sense_is_refused(api: TestClient, asked: str, status: int) -> None:
    answer = api.get(asked)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
