"""/v1/cross over a simulated city in the history: what goes with what, and what is not concluded."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from fastapi.testclient import TestClient

from hypervisor.cross.changes import changes
from hypervisor.cross.engine import crossed
from hypervisor.cross.model import Question
from hypervisor.cross.reading import Read
from hypervisor.cross.steps import Steps, added, clocked, daily
from hypervisor.history.files import HourFiles
from hypervisor.history.kept import start_of
from hypervisor.history.past import Asked, Floats, Hours
from hypervisor.settings import Settings
from parvis.simulated_city import Trial, Wish, city
from parvis.simulated_site import PLACES, SENSOR, descriptions, write
from pipeline import keys
from tests.hypervisor.builders import Site, application
from tests.hypervisor.conftest import Clock

PARIS = ZoneInfo("Europe/Paris")
BUILT = city(Wish(days=63, lag_h=2, trials=(Trial((1,), 35, 0.8),)), 11)
FROM, TO = BUILT.wish.first, BUILT.wish.first + timedelta(days=63)
CARS = {"measure": "crossings", "camera": PLACES[0].id, "class": "car"}
NO2 = {"measure": "no2", "sensor": SENSOR}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the history of the simulated city."""
    path = tmp_path_factory.mktemp("history")
    write(BUILT, HourFiles(path))
    return path


@pytest.fixture
def api(valkey_url: str, clock: Clock, folder: Path, site: Site) -> Iterator[TestClient]:
    clock.now_s = start_of(TO) + 2 * 86_400.0
    for one in descriptions(BUILT):
        site.redis.hset(keys.CAMERAS, one.id, one.model_dump_json(by_alias=True))
    app = application(valkey_url, Settings(history_dir=folder), clock)
    with TestClient(app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client


def asked(*series: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"series": list(series), "from": f"{FROM}T00:00:00Z", "to": f"{TO}T00:00:00Z"} | changes


def answer(api: TestClient, body: dict[str, Any]) -> dict[str, Any]:
    found = api.post("/v1/cross", json=body)
    assert found.status_code == 200, found.text
    said = json.dumps(found.json(), ensure_ascii=False).lower()
    assert not any(word in said for word in ("cause", "caus", "due to", "effet"))
    document: dict[str, Any] = found.json()
    return document


def test_nitrogen_dioxide_follows_traffic_and_units_may_differ(api: TestClient) -> None:
    found = answer(api, asked(CARS, NO2, removed={"rhythm": True, "weather": SENSOR}))
    (pair,) = found["pairs"]
    assert pair["conclusion"]["kind"] == "together"
    assert abs(pair["conclusion"]["lag"] - 2) <= 1
    best = pair["pearson"]["strongest"]
    assert 0 < best["low"] < best["value"] < best["high"]
    assert best["effective"] < best["n"] <= found["steps"]
    assert len(pair["pearson"]["lags"]) == len(pair["spearman"]["lags"]) == 25
    assert 100 < len(pair["points"]) <= 1000
    assert len({one["unit"] for one in found["series"]}) == 2
    assert pair["conclusion"]["text"]["fr"].startswith("Quand la première série est plus haute")
    assert "does not say why" in pair["conclusion"]["text"]["en"]
    assert len(found["series"][0]["usual"]) == 168


def test_a_change_of_level_is_dated_and_a_place_is_its_cameras(api: TestClient) -> None:
    view = {"camera": PLACES[1].id, "lines": [{"line": "passage"}]}
    place = {"id": "gare", "name": "Gare", "semantics": "primary", "views": [view]}
    assert api.post("/v1/places", json=place).status_code == 201
    walkers = {"measure": "crossings", "place": "gare", "class": "pedestrian"}
    found = answer(api, asked(walkers, {**CARS, "class": "cyclist"}, step="1d"))
    (change,) = found["series"][0]["changes"]
    assert abs((date.fromisoformat(change["day"]) - (FROM + timedelta(days=35))).days) <= 2
    assert change["after"] > 1.3 * change["before"]
    assert len(found["series"][0]["usual"]) == 7


def test_what_can_be_crossed_is_listed(api: TestClient) -> None:
    items = api.get("/v1/cross/series").json()["items"]
    assert any(one["where"] == PLACES[0].name and one["named"]["class"] == "car" for one in items)
    assert any(one["named"]["sensor"] == SENSOR and one["unit"] for one in items)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"series": [CARS]}, "series"),
        ({"series": [CARS, CARS]}, ""),
        ({"series": [CARS, {"measure": "no2", "camera": PLACES[0].id}]}, "series.1.measure"),
        ({"series": [CARS, {"measure": "no2", "sensor": "nowhere"}]}, "series.1.sensor"),
        ({"series": [CARS, {"measure": "crossings", "place": "nowhere"}]}, "series.1.place"),
        ({"series": [CARS, {"measure": "crossings"}]}, "series.1"),
        ({"series": [CARS, {"measure": "beauty", "sensor": SENSOR}]}, "series.1.measure"),
        ({"step": "5m"}, "step"),
        ({"step": "15m"}, "from"),
        ({"to": f"{FROM}T00:00:00Z"}, ""),
        ({"longest_lag": 40, "step": "1d"}, ""),
        ({"removed": {"weather": "nowhere"}}, "removed.weather"),
    ],
)
def test_what_cannot_be_answered_is_refused(api: TestClient, changes: dict[str, Any], name: str) -> None:
    found = api.post("/v1/cross", json=asked(CARS, NO2) | changes)
    assert found.status_code == 422, found.text
    assert any(one["name"].startswith(name) for one in found.json()["errors"]), found.text


def hours(values: Floats, measure: str = "no2", first: datetime | None = None) -> Hours:
    first_s = int((first or datetime(2026, 9, 7, tzinfo=UTC)).timestamp())
    return Hours(Asked(measure, sensor="s"), first_s, values, np.isfinite(values).astype(float), "u")


def judged(first: Floats, second: Floats, **changes: Any) -> Any:
    """Cross two series of hours, without removing anything unless told."""
    body = asked(NO2, {"measure": "pm10", "sensor": "s"}, removed={"rhythm": False}) | changes
    question = Question.model_validate_json(json.dumps(body))
    return crossed(question, Read([hours(first), hours(second, "pm10")], []), PARIS)


def noise(n: int = 24 * 70, seed: int = 1) -> Floats:
    drawn: Floats = np.random.default_rng(seed).normal(50, 5, n)
    return drawn


@pytest.mark.parametrize(
    ("second", "why"),
    [
        (np.full(24 * 70, 3.0), "does not vary (second series)"),
        (np.full(24 * 70, np.nan), "never observed (second series)"),
        (np.where(np.arange(24 * 70) < 900, np.nan, noise(seed=2)), "never observed at the same time"),
        (np.where(np.arange(24 * 70) % 24 == 7, noise(seed=2), np.nan), ""),
    ],
)
def test_thin_data_are_no_conclusion(second: Floats, why: str) -> None:
    first = np.where(np.arange(24 * 70) < 900, noise(), np.nan)
    (pair,) = judged(first, second).pairs
    if why:
        assert pair.conclusion.kind == "none"
        assert pair.conclusion.text.en.startswith("No conclusion: ")
        assert why in pair.conclusion.text.en
    else:  # a sensor that speaks once a day beside an hourly one: other steps, few of them in common
        assert pair.pearson.lags[12].n == 38
        assert pair.conclusion.kind in ("none", "nothing-found")


def test_noise_beside_noise_finds_nothing_and_says_how_much_could_hide() -> None:
    (pair,) = judged(noise(), noise(seed=2)).pairs
    assert pair.conclusion.kind == "nothing-found"
    assert "does not exceed" in pair.conclusion.text.en


def test_one_outlier_in_both_is_no_conclusion() -> None:
    first, second = noise(), noise(seed=2)
    first[700] = second[700] = 1e5
    (pair,) = judged(first, second).pairs
    assert pair.conclusion.kind == "none"
    assert "extreme" in pair.conclusion.text.en


def test_three_weeks_do_not_tell_a_usual_week() -> None:
    n = 24 * 20
    (pair,) = judged(noise(n), noise(n, 2), removed={"rhythm": True}).pairs
    assert "fewer than 4 weeks" in pair.conclusion.text.en


def test_the_usual_week_is_local_when_clocks_change() -> None:
    first = datetime(2026, 9, 7, tzinfo=PARIS)  # seven weeks before and after 25 October
    starts = [datetime.fromtimestamp(first.timestamp() + 3600 * n, UTC).astimezone(PARIS) for n in range(24 * 98)]
    rush = np.array([100.0 if one.hour == 8 else 10.0 for one in starts])
    steps = clocked(hours(rush, first=first.astimezone(UTC)), PARIS, level=True)
    assert set(steps.values[steps.phase % 24 == 8]) == {100.0}
    assert (steps.phase == 6 * 24 + 2).sum() == 15, "02:00 of that Sunday comes twice"
    days = daily(hours(np.ones(24 * 98), first=first.astimezone(UTC)), PARIS, level=False)
    change = (date(2026, 10, 25) - date(2026, 9, 7)).days
    assert days.values[change] == 25


def test_an_hour_that_stands_out_is_beyond_what_is_usual() -> None:
    first = noise()
    first[1000] = 120.0
    found = judged(first, noise(seed=2)).series[0].departures
    assert [one.value for one in found] == [120.0]
    assert found[0].usual == pytest.approx(50, abs=6)


def test_days_that_remember_are_no_changes() -> None:
    seen = 0
    for seed in range(8):
        one = city(Wish(days=90, persistence=0.6, growth_per_year=0), seed).daily("pedestrian")[0]
        at = np.arange(90)
        seen += bool(changes(Steps(at, one, np.ones(90), at % 7, "", False)))
    assert seen <= 2


def test_an_hour_watched_by_one_camera_of_a_sum_is_not_known() -> None:
    one, other = hours(np.array([1.0, 2.0, np.nan])), hours(np.array([10.0, np.nan, np.nan]))
    assert added([one, other], "sum").values[0] == 11
    assert np.isnan(added([one, other], "sum").values[1])
    assert added([one, other], "max").values[:2].tolist() == [10, 2]
    assert added([other, one], "primary").values[:2].tolist() == [10, 2]
