"""Indicators that are reckoned by themselves: when, where, again when hours were rewritten, and what is told of it."""

import asyncio
import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner

from hypervisor.days_off import public_days
from hypervisor.history.files import HourFiles
from hypervisor.history.kept import KeptPast, start_of
from hypervisor.indicators import kpi
from hypervisor.indicators.kept.change import Point, change_of
from hypervisor.indicators.kept.files import KeptRow, ValueFiles
from hypervisor.indicators.kept.keeper import Kept, ValueKeeper
from hypervisor.indicators.kept.periods import GRACE_S, Period, due
from hypervisor.indicators.kept.schedule import read_schedule
from hypervisor.indicators.library import shipped
from hypervisor.ngsi.entities import entities_of
from hypervisor.redis_feed import RedisFeed
from hypervisor.settings import Settings
from hypervisor.store.redis_store import RedisStore
from parvis.commands.indicators import app
from parvis.doors import times_of
from parvis.simulated_city import Wish, city
from parvis.simulated_site import PLACES, descriptions, rows_of, write
from pipeline import keys
from pipeline.config_faults import ConfigError
from tests.hypervisor.access.house import House
from tests.hypervisor.builders import Site, application
from tests.hypervisor.conftest import Clock

BUILT = city(Wish(days=20, places=1), 5)
DAYS = BUILT.days()
PARIS = ZoneInfo("Europe/Paris")
WALKERS = "pedestrians-per-day"
ONLY = "steps: [day, week]\nwhole_city: false\nindicators: [pedestrians-per-day]\n"


@dataclass
class World:
    """A keeper over a city of which the last days come one by one."""

    url: str
    folder: Path
    clock: Clock

    def turn(self, holder: str = "one") -> Kept | None:
        async def told() -> Kept | None:
            feed, store = RedisFeed(self.url), RedisStore(self.url)
            past = KeptPast(HourFiles(self.folder), feed, store, self.clock)
            values = ValueFiles(self.folder)
            try:
                return await ValueKeeper(past, feed, store, values, self.folder, holder, self.clock, "UTC").turn()
            finally:
                await feed.close()
                await store.close()

        return asyncio.run(told())

    def kept(self, step: str = "day", spot: str = f"camera/{PLACES[0].id}") -> list[KeptRow]:
        return ValueFiles(self.folder).read(step, spot, [WALKERS], date(2020, 1, 1))  # type: ignore[arg-type]

    def at(self, day: date, hour: float = 5) -> None:
        self.clock.now_s = start_of(day) + hour * 3600.0


@pytest.fixture
def world(valkey_url: str, site: Site, clock: Clock, tmp_path: Path) -> World:
    write(BUILT, HourFiles(tmp_path))
    (tmp_path / "schedule.yaml").write_text(ONLY, encoding="utf-8")
    for one in descriptions(BUILT):
        site.redis.hset(keys.CAMERAS, one.id, one.model_dump_json(by_alias=True))
    found = World(valkey_url, tmp_path, clock)
    found.at(DAYS[10])
    return found


def test_periods_are_local_whole_and_due_once_late_facts_had_their_time() -> None:
    march = Period.holding("month", date(2026, 3, 29), PARIS)  # the clock goes forward in it
    assert (march.to_s - march.from_s) / 3600 == 31 * 24 - 1
    assert Period.holding("week", date(2026, 3, 29), PARIS).first == date(2026, 3, 23)
    after = start_of(date(2026, 4, 1)) - 2 * 3600 + GRACE_S  # midnight in Paris, and the grace
    early = date(2026, 1, 1)
    assert next(due("month", after - 1, PARIS, early)).first == date(2026, 2, 1)
    assert next(due("month", after, PARIS, early)).first == date(2026, 3, 1)
    days = list(due("day", after, PARIS, date(2026, 3, 30)))
    assert [one.first.day for one in days] == [31, 30]


def test_a_keeper_that_was_away_catches_up_and_reckons_nothing_twice(world: World) -> None:
    first = world.turn()
    assert first is not None
    assert first.reckoned == 10 + 1  # ten days and a week
    assert world.turn() == Kept(0, False)
    world.at(DAYS[13])  # it was down for three days
    assert world.turn() == Kept(3, False)
    rows = world.kept()
    assert [one.first for one in rows] == [str(day) for day in DAYS[:13]]
    by_hand = BUILT.daily("pedestrian")[0]
    assert rows[4].value == pytest.approx(by_hand[4], rel=0.01)
    assert (rows[4].n, rows[4].definition) == (1, shipped().all[WALKERS].definition)
    assert len(world.kept("week")) == 1


def test_hours_that_were_rewritten_are_reckoned_again(world: World) -> None:
    world.turn()
    before = {one.first: one.value for one in world.kept()}
    again = [row._replace(value=(row.value or 0) * 2) for row in rows_of(BUILT, DAYS[6])]
    HourFiles(world.folder).write_day(DAYS[6], again)
    done = world.turn()
    assert done is not None
    assert done.reckoned in (1, 2)  # the day, and its week if that is over
    after = {one.first: one.value for one in world.kept()}
    changed = [day for day in before if before[day] != after[day]]
    assert changed == [str(DAYS[6])]
    assert after[str(DAYS[6])] == pytest.approx(2 * (before[str(DAYS[6])] or 0), rel=0.01)
    assert world.turn() == Kept(0, False)


def test_one_process_reckons_and_what_it_did_is_measured(world: World, valkey_url: str) -> None:
    async def held() -> Kept | None:
        store = RedisStore(valkey_url)
        await store.lease("indicator-values", "another", 60)
        await store.close()
        return None

    asyncio.run(held())
    assert world.turn() is None
    assert world.kept() == []


def test_kept_values_are_answered_with_their_change_exported_and_counted(world: World, valkey_url: str) -> None:
    world.at(DAYS[-1] + timedelta(days=1))
    world.turn()
    settings = Settings(history_dir=world.folder, indicators_dir=world.folder, timezone="UTC")
    with TestClient(application(valkey_url, settings, world.clock), base_url="http://127.0.0.1") as api:
        asked = f"?step=day&camera={PLACES[0].id}"
        (one,) = api.get(f"/v1/indicators/kept{asked}").json()["items"]
        assert (one["indicator"], len(one["points"])) == (WALKERS, 20)
        assert one["change"]["before"] == one["points"][-8]["value"]  # the same weekday
        assert one["change"]["verdict"] in ("more", "less", "no-clear-change")
        assert api.get(f"/v1/indicators/{WALKERS}/values{asked}").json()["items"] == [one]
        rows = api.get(f"/v1/indicators/kept.csv{asked}").text.splitlines()
        assert rows[0].startswith("indicator,name_fr")
        assert len(rows) == 21
        assert api.get(f"/v1/indicators/nothing/values{asked}").status_code == 404
        assert api.get("/v1/indicators/kept?step=year").status_code == 422
        told = api.get("/metrics").text
    (line,) = [one for one in told.splitlines() if one.startswith("parvis_indicators_last_run_timestamp_seconds ")]
    assert float(line.split()[1]) == world.clock.now_s


def test_kept_values_of_everything_are_hidden_from_who_sees_a_part(world: World, valkey_url: str, site: Site) -> None:
    world.turn()
    house = House(valkey_url, world.clock, timezone="UTC", history_dir=world.folder)
    both = [descriptions(BUILT)[0], descriptions(BUILT)[0].model_copy(update={"id": "another"})]
    for described in both:
        site.redis.hset(keys.CAMERAS, described.id, described.model_dump_json(by_alias=True))
    one = PLACES[0].id
    with house.client(house.key("flows:read", cameras=frozenset({one}))) as api:
        assert api.get("/v1/indicators/kept?step=day").status_code == 404
        answer = api.get(f"/v1/indicators/kept?step=day&camera={one}").json()
        assert [item["indicator"] for item in answer["items"]] == [WALKERS]
        assert "time-to-resolve" in answer["withheld"]  # made of the cases of all services
        assert WALKERS not in answer["withheld"]


def test_what_was_reckoned_is_told_as_key_performance_indicators(world: World, valkey_url: str) -> None:
    world.turn()

    async def told() -> list[dict[str, object]]:
        store = RedisStore(valkey_url)
        messages = [one.message for one in await store.bus("0-0", 1000) if one.message.kind == "indicator.reckoned"]
        await store.close()
        assert len({one.id for one in messages}) == len(messages)
        now_s = world.clock.now_s
        assert all(now_s - one.time_s <= 7 * 86_400 for one in messages), "what is older is no news"
        return [entity for one in messages if one.subject.startswith("camera/") for entity in entities_of(one, {})]

    entities = asyncio.run(told())
    assert {one["type"] for one in entities} == {"KeyPerformanceIndicator"}
    assert f"urn:ngsi-ld:KeyPerformanceIndicator:parvis:{WALKERS}:camera:{PLACES[0].id}:day" in {
        one["id"] for one in entities
    }
    assert set(kpi.TERMS) >= {"kpiValue", "interval"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("steps: [hour]\n", "schedule.yaml:1: steps[0]: "),
        ("steps: [day]\nplace: [centre]\n", "schedule.yaml:2: place: "),
        ("indicators:\n  - pedestrian-per-day\n", "schedule.yaml:2: indicators[0]: pedestrian-per-day is unknown (did"),
        ("- day\n", "schedule.yaml:1: holds no mapping"),
    ],
)  # fmt: skip
def test_a_faulty_schedule_says_where(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "schedule.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        read_schedule(tmp_path, shipped().all)
    assert said in str(refused.value)


def test_a_place_is_reckoned_where_there_are_places_else_each_camera(tmp_path: Path) -> None:
    every = read_schedule(tmp_path, shipped().all)
    assert every.spots(["centre"], ["nord"]) == ["", "place/centre"]
    assert every.spots([], ["nord"]) == ["", "camera/nord"]


def test_a_change_counts_beyond_what_changes_by_itself_only() -> None:
    calm = [Point(10.0 + (n % 3)) for n in range(20)]
    assert change_of([*calm, Point(11.0)], "week").verdict == "no-clear-change"  # type: ignore[union-attr]
    assert change_of([*calm, Point(30.0)], "week").verdict == "more"  # type: ignore[union-attr]
    assert change_of([Point(10.0), Point(30.0)], "week").verdict == "unknown"  # type: ignore[union-attr]
    assert change_of([*calm, Point(None)], "week") is None
    months = [Point(10.0, 8.0, 12.0, "a"), Point(6.0, 5.0, 7.0, "a")]
    assert change_of(months, "month").verdict == "less"  # type: ignore[union-attr]
    assert change_of([months[0], months[1]._replace(definition="b")], "month") is None


def test_a_day_without_a_value_is_a_gap_and_says_why(world: World) -> None:
    HourFiles(world.folder).write_day(DAYS[3], [row for row in rows_of(BUILT, DAYS[3]) if row.hour % 86_400 < 6 * 3600])
    world.turn()
    (one,) = [row for row in world.kept() if row.first == str(DAYS[3])]
    assert (one.value, one.reason) == (None, "no-day")
    assert one.why_fr
    assert datetime.fromtimestamp(one.from_s, UTC).date() == DAYS[3]


def test_what_the_command_computes_is_what_was_kept(valkey_url: str, site: Site, clock: Clock, tmp_path: Path) -> None:
    """Every indicator of a planted week, by two ways: the keeper's rows, and `parvis indicators compute`."""
    history, spot = tmp_path / "history", f"camera/{PLACES[0].id}"
    write(BUILT, HourFiles(history))
    (history / "schedule.yaml").write_text("steps: [week]\nwhole_city: false\n", encoding="utf-8")
    for one in descriptions(BUILT):
        site.redis.hset(keys.CAMERAS, one.id, one.model_dump_json(by_alias=True))
    config = tmp_path / "parvis.yaml"
    config.write_text(CONFIG.format(redis=valkey_url, folder=tmp_path), encoding="utf-8")
    clock.now_s = start_of(DAYS[16]) + 3600.0 * 12
    asyncio.run(_kept(valkey_url, history, clock, config))
    first = max(one.first for one in ValueFiles(history).read("week", spot, [WALKERS], date(2020, 1, 1)))
    kept = ValueFiles(history).read("week", spot, list(shipped().all), date.fromisoformat(first))
    begin, end = (datetime.fromtimestamp(one, UTC).isoformat() for one in (kept[0].from_s, kept[0].to_s))
    asked = ["--of", spot, "--from", begin, "--to", end, "--json", "--config", str(config)]
    done = CliRunner().invoke(app, ["compute", *asked])
    assert done.exit_code == 0, done.output
    told = {one["indicator"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert sum(one.value is not None for one in kept) >= 10
    for row in kept:
        found = told[row.indicator]
        figures = [found.get(name) for name in ("value", "low", "high", "coverage", "n", "reason")]
        assert figures == [row.value, row.low, row.high, row.coverage, row.n, row.reason], row.indicator
    unkept = {name for name in told if told[name].get("value") is not None} - {row.indicator for row in kept}
    assert unkept == set()


CONFIG = """
parvis: 1
site: {{id: ville, name: Ville, timezone: Europe/Paris, holidays: {{country: FR}}}}
redis: {redis}
data_dir: {folder}
cameras: []
"""


async def _kept(url: str, history: Path, clock: Clock, config: Path) -> None:
    feed, store, settings = RedisFeed(url), RedisStore(url), Settings(config_file=config, **times_of(config))
    past, holidays = KeptPast(HourFiles(history), feed, store, clock), partial(public_days, settings)
    files = ValueFiles(history)
    keeper = ValueKeeper(past, feed, store, files, history, "one", clock, settings.timezone, holidays=holidays)
    try:
        assert await keeper.turn()
    finally:
        await feed.close()
        await store.close()
