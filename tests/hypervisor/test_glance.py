"""/v1/overview: the day so far and the last hour of every camera, in one short answer."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from pipeline import keys
from tests.hypervisor.builders import NOON, Site, line, zone
from tests.hypervisor.conftest import Clock

MIDNIGHT = NOON - 13 * 3600  # in Paris


def row(api: TestClient, camera: str = "nord") -> Any:
    answer = api.get("/v1/overview", params={"camera": camera})
    assert answer.status_code == 200, answer.text
    (item,) = answer.json()["items"]
    return item


def day(site: Site, camera: str = "nord", hours: int = 13, **fields: Any) -> None:
    for n in range(hours):
        site.bucket(MIDNIGHT + n * 3600, 3600, camera, **fields)


def test_the_day_is_the_hours_that_are_over_and_the_quarters_of_the_one_that_runs(
    api: TestClient, site: Site, clock: Clock
) -> None:
    site.camera()
    day(site, forward=10, backward=4)
    clock.now_s = NOON + 1200
    site.bucket(NOON, 900, forward=3)
    site.bucket(NOON + 900, 900, forward=2, covered=300 / 900, sealed=False)
    site.bucket(NOON, 3600, forward=5, covered=1200 / 3600, sealed=False)  # the same again: must not count twice
    found = row(api)
    assert found["day"] == "2026-03-01T23:00:00Z"
    (at,) = found["lines"]
    assert (at["forward"], at["backward"]) == (135, 52)
    assert found["classes"] == {"pedestrian": 187}
    assert (found["status"], found["coverage"]) == ("observed", 1.0)


def test_under_statistics_only_what_is_sealed_is_told(api: TestClient, site: Site, clock: Clock) -> None:
    site.camera(statistics=True)
    day(site, forward=10)
    clock.now_s = NOON + 1200
    site.bucket(NOON, 900, forward=3)
    site.bucket(NOON + 900, 900, forward=2, covered=300 / 900, sealed=False)
    found = row(api)
    assert found["lines"][0]["forward"] == 133
    assert found["until"] == "2026-03-02T12:15:00Z"
    assert (found["step_s"], found["recent"][-1]["status"], found["recent"][-1]["value"]) == (900, "suppressed", None)
    assert found["recent"][-2]["value"] == 3


def test_hours_that_nobody_watched_lower_the_coverage_and_add_no_zero(api: TestClient, site: Site) -> None:
    site.camera(statistics=True)
    day(site, hours=6, forward=10)
    found = row(api)
    assert found["until"] == "2026-03-02T12:00:00Z"
    assert found["coverage"] == pytest.approx(6 / 13, abs=1e-3)
    assert found["status"] == "partial"
    assert {point["status"] for point in found["recent"]} == {"not_observed"}
    assert {point["value"] for point in found["recent"]} == {None}


def test_the_last_hour_comes_in_pieces_of_five_minutes(api: TestClient, site: Site, clock: Clock) -> None:
    site.camera()
    clock.now_s = NOON + 60
    for n in range(60):
        if not 20 <= n < 30:
            site.bucket(NOON - n * 60, forward=1)
    recent = row(api)["recent"]
    assert [point["value"] for point in recent] == [4, 5, 5, 5, 5, 5, 1, None, 4, 5, 5, 5, 1]
    assert recent[7]["status"] == "not_observed"
    assert recent[6]["status"] == "partial"


def test_a_camera_without_figures_has_none(api: TestClient, site: Site) -> None:
    site.camera()
    found = row(api)
    assert found["status"] == "not_observed"
    assert found["lines"][0]["forward"] is None
    assert found["classes"] == {}


def test_zones_alone_show_who_is_there(api: TestClient, site: Site) -> None:
    site.camera(lines=(), zones=(zone(),))
    site.bucket(NOON - 60, more={keys.occupancy_field("esplanade", "person", "ms"): 150_000})
    found = row(api)
    assert (found["measure"], found["recent"][-1]["value"]) == ("occupancy", 2.5)


def test_a_recording_shows_its_own_day(api: TestClient, site: Site) -> None:
    site.camera()
    long_ago = NOON - 40 * 86400
    for step in (60, 900, 3600):
        site.bucket(long_ago, step, forward=7)
    found = row(api)
    assert found["day"] == "2026-01-20T23:00:00Z"
    assert found["lines"][0]["forward"] == 7
    assert found["recent"][-1]["value"] == 7


def test_yesterday_is_not_today(api: TestClient, site: Site) -> None:
    site.camera()
    site.bucket(NOON - 86400, 3600, forward=7)
    assert row(api)["day"] == "2026-03-01T23:00:00Z"
    assert row(api)["lines"][0]["forward"] is None


def test_it_is_the_same_as_the_series(api: TestClient, site: Site) -> None:
    site.camera(lines=(line("entree", "person", "bicycle"),))
    day(site, forward=10, backward=4)
    asked = {"measure": "crossings", "camera": "nord", "bucket": "1d", "from": "2026-03-01T23:00:00Z"}
    series = api.get("/v1/series", params=asked).json()["series"]
    told = {one["direction"]: 0 for one in series}
    for one in series:
        told[one["direction"]] += one["points"][0]["value"]
    (at,) = row(api)["lines"]
    assert told == {"forward": at["forward"], "backward": at["backward"]}


def test_all_cameras_come_in_one_answer_and_an_unknown_one_is_refused(api: TestClient, site: Site) -> None:
    for n in range(3):
        site.camera(f"c{n}")
    assert [item["camera"] for item in api.get("/v1/overview").json()["items"]] == ["c0", "c1", "c2"]
    assert api.get("/v1/overview?camera=c7").status_code == 404


def test_what_is_over_is_read_again_a_minute_later(api: TestClient, site: Site, clock: Clock) -> None:
    site.camera()
    clock.now_s = NOON + 200
    site.bucket(NOON - 3600, 3600, forward=5)
    assert row(api)["lines"][0]["forward"] == 5
    site.bucket(NOON - 3600, 3600, forward=6)  # one more came late
    clock.now_s += 59
    assert row(api)["lines"][0]["forward"] == 5
    clock.now_s += 2
    assert row(api)["lines"][0]["forward"] == 6
