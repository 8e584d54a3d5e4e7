"""What a cross-analysis knows of days off, of quarters of an hour, of places, and of sensors near them."""

import asyncio
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from fastapi.testclient import TestClient

from hypervisor.cross.engine import crossed
from hypervisor.cross.model import Crossed, Question
from hypervisor.cross.nearby import nearby, reach_m
from hypervisor.cross.quarters import quarters
from hypervisor.cross.reading import Read
from hypervisor.cross.steps import QUARTER_S, Quarters, whole_hours
from hypervisor.distance import metres
from hypervisor.history.files import HourFiles
from hypervisor.history.kept import KeptPast, start_of
from hypervisor.history.past import HOUR_S, Asked, Floats, Hours
from hypervisor.redis_feed import RedisFeed
from hypervisor.settings import Settings
from hypervisor.store.redis_store import RedisStore
from pipeline.days_off import HolidaysConfig
from tests.hypervisor.builders import NOON, Site, application
from tests.hypervisor.conftest import Clock

PARIS = ZoneInfo("Europe/Paris")
MONDAY = date(2026, 3, 2)
HOLIDAY = date(2026, 4, 6)  # Easter Monday
WEEKS = 10
DAY = datetime.fromtimestamp(NOON, UTC).date()


def week(seed: int, off: tuple[date, ...] = ()) -> Floats:
    """Return hours of ten weeks: 100 on ordinary days, 20 on Sundays and days off, times chance."""
    days = np.array([20.0 if n % 7 == 6 or MONDAY + timedelta(days=n) in off else 100.0 for n in range(7 * WEEKS)])
    drawn: Floats = np.repeat(days, 24) * np.exp(np.random.default_rng(seed).normal(0, 0.1, 24 * 7 * WEEKS))
    return drawn


def asked(**changes: Any) -> Question:
    begin = datetime(MONDAY.year, MONDAY.month, MONDAY.day, tzinfo=UTC)
    series = [{"measure": "crossings", "camera": one} for one in ("a", "b")]
    body = {"series": series, "from": begin.isoformat(), "to": (begin + timedelta(days=7 * WEEKS)).isoformat()}
    return Question.model_validate_json(json.dumps(body | changes))


def beside(first: Floats, second: Floats, off: dict[date, str] | None = None, **changes: Any) -> Crossed:
    """Cross two series of counted hours that start on the Monday, UTC."""
    start, full = start_of(MONDAY), np.ones(len(first))
    hours = [Hours(Asked("crossings", one), start, v, full, "u") for one, v in (("a", first), ("b", second))]
    return crossed(asked(**changes), Read(hours, [], off), ZoneInfo("UTC"))


def test_a_planted_holiday_is_no_departure_once_the_calendar_knows_it() -> None:
    first, second = week(1, (HOLIDAY,)), week(2)
    unaware = beside(first, second).series[0].departures
    assert {one.at.date() for one in unaware} == {HOLIDAY}
    aware = beside(first, second, {HOLIDAY: "public"})
    assert aware.series[0].departures == ()
    assert aware.days_off == 1


def test_a_holiday_that_two_places_share_does_not_make_them_go_together() -> None:
    first, second = week(1, (HOLIDAY,)), week(2, (HOLIDAY,))
    unaware, aware = beside(first, second), beside(first, second, {HOLIDAY: "public"})
    assert unaware.pairs[0].conclusion.kind == "together"
    assert aware.pairs[0].conclusion.kind == "nothing-found"


def test_school_holidays_have_a_week_of_their_own_and_are_no_change_of_level() -> None:
    off = tuple(date(2026, 4, 6) + timedelta(days=n) for n in range(28))
    found = beside(week(1, off), week(2), dict.fromkeys(off, "calendar"))
    assert found.days_off == 28
    assert not {one.at.date() for one in found.series[0].departures} & set(off)
    assert found.series[0].changes == ()
    assert len(found.series[0].usual) == 168
    assert found.series[0].usual[0].n == WEEKS - 4, "an ordinary Monday is not made of holidays"
    unaware = {one.at.date() for one in beside(week(1, off), week(2)).series[0].departures}
    assert unaware & set(off), "without the calendar they are departures"


def test_by_days_a_holiday_is_no_monday_either() -> None:
    daily: dict[str, Any] = {"step": "1d", "longest_lag": 3}
    assert len(beside(week(1, (HOLIDAY,)), week(2), **daily).series[0].departures) == 1
    assert beside(week(1, (HOLIDAY,)), week(2), {HOLIDAY: "public"}, **daily).series[0].departures == ()


def test_quarters_show_a_lag_that_hours_cannot() -> None:
    n = 35 * 96
    drawn = np.random.default_rng(3).normal(50, 5, n + 3)
    first, second = drawn[3:], drawn[:-3] + np.random.default_rng(4).normal(0, 2, n)  # 45 minutes later
    start, full = start_of(MONDAY), np.ones(n)
    series = [{"measure": one, "sensor": "s"} for one in ("no2", "pm10")]
    question = asked(series=series, step="15m", to=(datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=35)).isoformat())
    read = Read(
        [
            Quarters(Asked(one["measure"], sensor="s"), start, v, full, "u")
            for one, v in zip(series, (first, second), strict=True)
        ],
        [],
    )
    found = crossed(question, read, PARIS)
    assert found.steps == n
    conclusion = found.pairs[0].conclusion
    assert (conclusion.kind, conclusion.lag) == ("together", 3)
    assert "45 min later" in conclusion.text.en
    assert len(found.series[0].usual) == 672


def test_quarters_become_whole_hours() -> None:
    values = np.array([9.0, 1.0, 2.0, np.nan, 4.0, 5.0])
    odd = Quarters(Asked("crossings"), 3 * QUARTER_S, values, np.array([1, 1, 0.5, 0, 1, 1.0]), "u")
    counts, level = whole_hours(odd, level=False), whole_hours(odd, level=True)
    assert counts.first_s == HOUR_S
    assert counts.values.tolist() == [7.0]
    assert counts.coverage.tolist() == [0.625]
    assert level.values.tolist() == [pytest.approx((1 + 2 * 0.5 + 4) / 2.5)]


def test_quarters_come_out_of_redis(valkey_url: str, site: Site, clock: Clock, tmp_path: Path) -> None:
    site.camera()
    begin = start_of(DAY)
    for n in range(4):
        site.bucket(begin + n * QUARTER_S, QUARTER_S, forward=n, backward=1, covered=0.5 if n == 2 else 1.0)
    clock.now_s = begin + 6 * QUARTER_S

    async def told() -> list[Quarters]:
        feed, store = RedisFeed(valkey_url), RedisStore(valkey_url, clock)
        past = KeptPast(HourFiles(tmp_path), feed, store, clock)
        wanted = [Asked("crossings", "nord"), Asked("no2", sensor="gone")]
        try:
            return await quarters(past, wanted, begin, begin + 5 * QUARTER_S)
        finally:
            await feed.close()
            await store.close()

    both, gone = asyncio.run(told())
    assert both.values[:4].tolist() == [1, 2, 3, 4]
    assert both.coverage.tolist() == [1, 1, 0.5, 1, 0]
    assert np.isnan(both.values[4])
    assert np.isnan(gone.values).all()


@pytest.fixture
def api(valkey_url: str, clock: Clock, site: Site) -> Iterator[TestClient]:
    clock.now_s = NOON + 3600.0
    site.camera("nord", location=(48.8411, 2.5500))
    site.camera("sud")
    settings = Settings(holidays=HolidaysConfig(country="FR"), timezone="Europe/Paris")
    app = application(valkey_url, settings, clock)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


def sensor(api: TestClient, name: str, **members: Any) -> None:
    body = {"id": name, "name": name.title(), "measures": [{"measure": "no2"}, {"measure": "temperature"}]}
    assert api.post("/v1/sensors", json=body | {"interval_s": 900} | members).status_code == 201


def test_sensors_are_told_by_their_distance_and_nobody_guesses(api: TestClient) -> None:
    sensor(api, "loin", location=[48.90, 2.55])
    sensor(api, "pres", location=[48.8420, 2.5500])
    sensor(api, "nulle-part")
    found = api.get("/v1/cross/nearby?camera=nord").json()
    assert [one["sensor"] for one in found["items"]] == ["pres", "loin", "nulle-part"]
    assert [one["near"] for one in found["items"]] == [["no2", "temperature"], ["temperature"], []]
    assert found["items"][0]["distance_m"] == pytest.approx(100, abs=1)
    assert found["why_none"] is None
    unknown = api.get("/v1/cross/nearby?camera=sud").json()
    assert "not known" in unknown["why_none"]["en"]
    assert all(one["near"] == [] and one["distance_m"] is None for one in unknown["items"])
    assert api.get("/v1/cross/nearby?place=nowhere").status_code == 404


def test_a_place_is_offered_with_what_its_cameras_count_and_lies_where_they_do(api: TestClient) -> None:
    sensor(api, "pres", location=[48.8420, 2.5500])
    views = [{"camera": "sud", "lines": [{"line": "entree"}]}, {"camera": "nord", "lines": [{"line": "entree"}]}]
    place = {"id": "parvis", "name": "Parvis", "semantics": "primary", "views": views}
    assert api.post("/v1/places", json=place).status_code == 201
    items = api.get("/v1/cross/series").json()["items"]
    (offer,) = (one for one in items if one["named"]["place"] and one["named"]["measure"] == "crossings")
    assert offer["where"] == "Parvis"
    assert offer["named"]["class"] == "person"
    question = {"series": [offer["named"], {"measure": "no2", "sensor": "pres"}]}
    hour = {"from": "2026-01-30T00:00:00Z", "to": "2026-02-01T00:00:00Z"}
    assert api.post("/v1/cross", json=question | hour).status_code == 200
    assert api.get("/v1/cross/nearby?place=parvis").json()["items"][0]["near"]


def test_a_sensor_that_speaks_more_rarely_than_the_step_is_a_clear_problem(api: TestClient) -> None:
    sensor(api, "lent", interval_s=3600, announce_s=3600)
    end = datetime.fromtimestamp(NOON, UTC)
    body = {"from": (end - timedelta(days=2)).isoformat(), "to": end.isoformat(), "step": "15m"}
    series = [{"measure": "crossings", "camera": "nord"}, {"measure": "no2", "sensor": "lent"}]
    found = api.post("/v1/cross", json=body | {"series": series})
    assert found.status_code == 422
    (fault,) = found.json()["errors"]
    assert fault["name"] == "series.1.sensor"
    assert "every 3600 s, the step is 900 s; expected step 1h" in fault["detail"]
    old = api.post("/v1/cross", json=body | {"series": series, "from": "2025-11-01T00:00:00Z"}).json()["detail"]
    assert "15-minute values are kept for 35 days" in old


def test_days_off_are_told_and_bad_spans_refused(api: TestClient) -> None:
    (one,) = api.get("/v1/holidays?from=2026-07-10&to=2026-07-20").json()["items"]
    assert (one["day"], one["kind"], one["name"]["fr"]) == ("2026-07-14", "public", "Fête nationale")
    assert api.get("/v1/holidays?from=2026-07-20&to=2026-07-10").status_code == 422


def test_distances_are_on_the_ground_and_reach_depends_on_what_is_measured() -> None:
    assert metres((48.8584, 2.2945), (48.8530, 2.3499)) == pytest.approx(4098, rel=0.005)  # Eiffel tower, Notre-Dame
    assert reach_m("laeq") < reach_m("no2") < reach_m("temperature")
    assert nearby([None], []).why_none is not None
