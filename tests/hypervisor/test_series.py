"""/v1/series: what was counted, what was not observed, and how time is cut."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient

from hypervisor.spans import BucketSize, spans
from hypervisor.wire import SeriesPage
from pipeline import keys
from tests.hypervisor.builders import NOON, Site, line, zone
from tests.hypervisor.conftest import Clock

MINUTE, QUARTER, HOUR = 60, 900, 3600


def ask(api: TestClient, **query: Any) -> dict[str, Any]:
    """Return the answer, after holding it against its documented form."""
    parameters = {"measure": "crossings", "bucket": "1m"} | {name.rstrip("_"): value for name, value in query.items()}
    answer = api.get("/v1/series", params=parameters)
    assert answer.status_code == 200, answer.text
    SeriesPage.model_validate(answer.json())
    found: dict[str, Any] = answer.json()
    return found


def points(api: TestClient, **query: Any) -> list[dict[str, Any]]:
    """Return the points of the only series."""
    (series,) = ask(api, **query)["series"]
    found: list[dict[str, Any]] = series["points"]
    return found


def iso(at_s: float) -> str:
    """Return a moment as the API takes it."""
    return datetime.fromtimestamp(at_s, UTC).isoformat()


def test_every_line_class_and_direction_is_listed_with_zeros(api: TestClient, site: Site) -> None:
    site.camera(lines=(line("entree", "person", "bicycle"), line("sortie")))
    site.bucket(NOON, forward=12)
    page = ask(api, from_=iso(NOON), to=iso(NOON + MINUTE))
    found = {(s["line"], s["class"], s["direction"]): s["points"][0]["value"] for s in page["series"]}
    assert found == {
        ("entree", "person", "forward"): 12,
        ("entree", "person", "backward"): 0,
        ("entree", "bicycle", "forward"): 0,
        ("entree", "bicycle", "backward"): 0,
        ("sortie", "person", "forward"): 0,
        ("sortie", "person", "backward"): 0,
    }
    assert (page["measure"], page["unit"], page["bucket"], page["next"]) == ("crossings", "crossing", "1m", None)


def test_nobody_passed_and_not_observed_are_different_answers(api: TestClient, site: Site) -> None:
    site.camera()
    site.bucket(NOON)  # watched, nobody came
    site.bucket(NOON + MINUTE, covered=0.5, forward=3)
    site.bucket(NOON + 3 * MINUTE, covered=0.0)
    found = points(api, direction="forward", from_=iso(NOON), to=iso(NOON + 4 * MINUTE))
    assert [(p["value"], p["status"], p["coverage"]) for p in found] == [
        (0, "observed", 1.0),
        (3, "partial", 0.5),
        (None, "not_observed", 0.0),
        (None, "not_observed", 0.0),
    ]


@pytest.mark.parametrize(("covered", "status"), [(0.949, "partial"), (0.95, "observed")])
def test_a_bucket_is_observed_from_95_percent_on(api: TestClient, site: Site, covered: float, status: str) -> None:
    site.camera()
    site.bucket(NOON, covered=covered)
    assert points(api, direction="forward", from_=iso(NOON), to=iso(NOON + 60))[0]["status"] == status


def test_quality_names_the_main_device_and_counts_all(api: TestClient, site: Site) -> None:
    site.camera()
    more = {"q|device|cuda": 500, "q|device|cpu": 100, "q|late": 2, "q|suspended_ms": 30_000}
    site.bucket(NOON, more=more, sealed=False)
    quality = points(api, direction="forward", from_=iso(NOON), to=iso(NOON + 60))[0]["quality"]
    assert quality == {
        "frames_expected": 600,
        "frames_processed": 600,
        "device": "cuda",
        "devices": {"cuda": 500, "cpu": 100},
        "model": "yolov8n",
        "revision": "0f3ac1e09b7d",
        "late": 2,
        "suspended_s": 30.0,
        "shed": 0,
        "sealed": False,
    }


def test_the_range_is_half_open(api: TestClient, site: Site) -> None:
    site.camera()
    found = points(api, direction="forward", from_=iso(NOON + 1), to=iso(NOON + 120))
    assert [p["start"] for p in found] == [iso(NOON + 60).replace("+00:00", "Z")]


def test_without_a_range_the_last_60_buckets_end_now(api: TestClient, site: Site, clock: Clock) -> None:
    site.camera()
    site.bucket(NOON - MINUTE, forward=1)
    clock.now_s = NOON + 30
    found = points(api, direction="forward")
    assert len(found) == 60
    assert found[-1]["start"] == "2026-03-02T12:00:00Z"
    assert found[-2]["value"] == 1


@pytest.mark.parametrize("offset_s", [-40 * 86400, +7200], ids=["a recording of the past", "played fast, ahead of now"])
def test_without_a_range_a_recording_shows_its_own_time(api: TestClient, site: Site, offset_s: int) -> None:
    site.camera()
    site.bucket(NOON + offset_s, forward=7)
    found = points(api, direction="forward")
    assert (len(found), found[-1]["value"], found[-1]["status"]) == (60, 7, "observed")


def test_a_camera_dead_for_half_an_hour_shows_that_half_hour_unobserved(api: TestClient, site: Site) -> None:
    site.camera()
    site.bucket(NOON - 31 * MINUTE, forward=7)
    found = points(api, direction="forward")
    assert [p["status"] for p in found[-30:]] == ["not_observed"] * 30


def test_occupancy_is_weighted_by_the_time_watched(api: TestClient, site: Site) -> None:
    site.camera(zones=(zone(),))
    ms, most = keys.occupancy_field("esplanade", "person", "ms"), keys.occupancy_field("esplanade", "person", "max")
    site.bucket(NOON, covered=0.5, more={ms: 60_000, most: 4})
    window = {"from_": iso(NOON), "to": iso(NOON + 60)}
    assert points(api, measure="occupancy", **window)[0]["value"] == 2.0
    assert points(api, measure="occupancy_max", **window)[0]["value"] == 4


def test_an_hour_of_minutes_and_maxima_merges_as_it_must(api: TestClient, site: Site) -> None:
    site.camera(zones=(zone(),), timezone="Asia/Kolkata")
    ms, most = keys.occupancy_field("esplanade", "person", "ms"), keys.occupancy_field("esplanade", "person", "max")
    start = NOON - 1800  # 17:00 in India
    for i in range(4):
        site.bucket(start + i * QUARTER, QUARTER, more={ms: 900_000 * (i + 1), most: i})
    window = {"bucket": "1h", "from_": iso(start), "to": iso(start + HOUR)}
    assert points(api, measure="occupancy", **window)[0]["value"] == 2.5
    assert points(api, measure="occupancy_max", **window)[0]["value"] == 3


def test_dwell_percentiles_come_within_five_percent(api: TestClient, site: Site) -> None:
    site.camera(zones=(zone(),))
    stays_s = [2.0] * 6 + [10.0] * 3 + [60.0]
    more: dict[str, int] = {}
    for stay_s in stays_s:
        field = keys.dwell_field("esplanade", "person", keys.dwell_bin(stay_s))
        more[field] = more.get(field, 0) + 1
    site.bucket(NOON, more=more)
    site.bucket(NOON + 60)
    window = {"from_": iso(NOON), "to": iso(NOON + 120)}
    median, none = points(api, measure="dwell_p50", **window)
    assert median["value"] == pytest.approx(2.0, rel=0.05)
    assert points(api, measure="dwell_p90", **window)[0]["value"] == pytest.approx(10.0, rel=0.05)
    assert (none["value"], none["status"]) == (None, "observed")  # nobody left: there is no duration to tell


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_a_day_is_cut_in_the_cameras_zone(api: TestClient, site: Site, day: str, hours: int) -> None:
    site.camera()
    start = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo("Europe/Paris"))
    for hour in range(-1, 26):  # one hour more on both sides must not be counted
        site.bucket(start.timestamp() + hour * HOUR, HOUR, forward=1)
    end = start + timedelta(days=1)
    (found,) = points(api, bucket="1d", direction="forward", from_=start.isoformat(), to=end.isoformat())
    assert (found["value"], found["coverage"]) == (hours, 1.0)
    assert found["start"] == start.astimezone(UTC).isoformat().replace("+00:00", "Z")


def test_hours_of_a_half_hour_zone_are_made_of_quarters(api: TestClient, site: Site) -> None:
    site.camera(timezone="Asia/Kolkata")
    for i in range(8):
        site.bucket(NOON + i * QUARTER, QUARTER, forward=1)
    found = points(api, bucket="1h", direction="forward", from_=iso(NOON), to=iso(NOON + 2 * HOUR))
    assert [(p["start"][11:16], p["value"], p["coverage"]) for p in found] == [("12:30", 4, 1.0), ("13:30", 2, 0.5)]


@pytest.mark.parametrize("zone_name", ["Europe/Paris", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kathmandu"])
@pytest.mark.parametrize("size", ["1h", "1d"])
def test_a_year_is_cut_without_holes(zone_name: str, size: BucketSize) -> None:
    start = datetime(2026, 1, 1, tzinfo=ZoneInfo(zone_name)).timestamp()
    cut = list(spans(size, zone_name, start, start + 365 * 86400))
    assert all(first.end == second.start for first, second in pairwise(cut))
    assert cut[0].start == start
    assert all(datetime.fromtimestamp(span.start, ZoneInfo(zone_name)).minute in (0, 30) for span in cut)


def test_statistics_give_sealed_totals_only(api: TestClient, site: Site) -> None:
    site.camera(statistics=True)
    site.bucket(NOON - QUARTER, QUARTER, forward=40)
    site.bucket(NOON, QUARTER, forward=1, covered=0.1, sealed=False)
    found = points(api, bucket="15m", direction="forward", from_=iso(NOON - QUARTER), to=iso(NOON + 60))
    assert [(p["value"], p["status"]) for p in found] == [(40, "observed"), (None, "suppressed")]


def test_a_running_day_of_statistics_holds_its_sealed_hours(api: TestClient, site: Site) -> None:
    site.camera(statistics=True, timezone="UTC")
    midnight = NOON - 12 * HOUR
    site.bucket(midnight, HOUR, forward=5)
    site.bucket(midnight + HOUR, HOUR, forward=1, sealed=False)
    (found,) = points(api, bucket="1d", direction="forward", from_=iso(midnight), to=iso(NOON))
    assert (found["value"], found["status"]) == (5, "partial")


@pytest.mark.parametrize(("min_step_s", "bucket"), [(900, "1m"), (3600, "15m")])
def test_statistics_forbid_finer_steps(api: TestClient, site: Site, min_step_s: int, bucket: str) -> None:
    site.camera(statistics=True, min_step_s=min_step_s)
    answer = api.get("/v1/series", params={"measure": "crossings", "bucket": bucket})
    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:parvis:problem:purpose-forbids-step"


@pytest.mark.parametrize(
    ("query", "status", "said"),
    [
        ({"camera": "sud"}, 404, "camera 'sud' is unknown here; there are: nord"),
        ({"line": "autre"}, 404, "line 'autre' is unknown here; there are: entree"),
        ({"class": "car"}, 404, "class 'car' is unknown here; there are: person"),
        ({"measure": "occupancy", "zone": "x"}, 404, "zone 'x' is unknown here; there are: none"),
        ({"zone": "x"}, 422, "zone does not apply to crossings"),
        ({"measure": "occupancy", "direction": "forward"}, 422, "direction does not apply to occupancy"),
        ({"from": "2026-03-02T12:00:00"}, 422, "has no offset"),
        ({"from": "1772452800"}, 422, "is no moment"),
        ({"from": "2026-03-02T12:00:00 01:00"}, 422, "written %2B"),
        ({"from": "1926-03-02T12:00:00Z"}, 422, "outside 2000 to 2099"),
        ({"from": "2026-03-02T12:00:00Z", "to": "2026-03-02T12:00:00Z"}, 422, "empty"),
        ({"from": "2026-01-01T00:00:00Z"}, 422, "asks for 87120 points; expected 200 at most"),
        ({"measure": "speed"}, 422, "measure"),
        ({"bucket": "5m"}, 422, "bucket"),
        ({"colour": "red"}, 422, "colour is unknown"),
    ],
)
def test_what_cannot_be_answered_is_refused(
    api: TestClient, site: Site, query: dict[str, str], status: int, said: str
) -> None:
    site.camera()
    parameters = {"measure": "crossings", "bucket": "1m"} | query
    if "direction" in query:
        site.camera(zones=(zone(),))
    answer = api.get("/v1/series", params=parameters)
    assert answer.status_code == status
    assert said in answer.json()["detail"]


def test_more_points_than_one_answer_holds_are_refused(api: TestClient, site: Site) -> None:
    site.camera(lines=tuple(line(f"l{n}") for n in range(10)))
    answer = api.get("/v1/series", params={"measure": "crossings", "bucket": "1m"})
    assert (answer.status_code, answer.json()["type"]) == (422, "urn:parvis:problem:range-too-large")
    assert "asks for 1200 points; expected 1000 at most" in answer.json()["detail"]


def test_a_value_given_twice_is_refused(api: TestClient, site: Site) -> None:
    site.camera()
    answer = api.get("/v1/series?measure=crossings&line=entree&line=sortie")
    assert answer.status_code == 422
    assert "given twice" in answer.json()["detail"]


def test_a_large_answer_goes_on_camera_by_camera(api: TestClient, site: Site) -> None:
    cameras = [f"c{n}" for n in range(10)]  # 60 points × 2 directions each; 1000 fit one answer
    for camera in cameras:
        site.camera(camera)
    first = api.get("/v1/series", params={"measure": "crossings", "bucket": "1m"})
    assert 'rel="next"' in first.headers["link"]
    second = api.get(first.headers["link"].split(">")[0].lstrip("<"))
    assert "link" not in second.headers
    seen = [series["camera"] for page in (first, second) for series in page.json()["series"]]
    assert sorted(set(seen)) == cameras
    assert len(seen) == 20
    starts = {len(series["points"]) for series in second.json()["series"]}
    assert starts == {60}


def test_a_site_without_cameras_answers_with_nothing(api: TestClient) -> None:
    assert ask(api)["series"] == []
