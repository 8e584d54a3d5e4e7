"""Days move from Redis to Parquet; whoever reads does not notice."""

import asyncio
import math
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hypervisor.history.files import HourFiles
from hypervisor.history.keeper import Keeper
from hypervisor.history.kept import KeptPast, start_of
from hypervisor.history.past import HOUR_S, Asked
from hypervisor.history.rows import Row
from hypervisor.redis_feed import RedisFeed
from hypervisor.store.redis_store import RedisStore
from tests.hypervisor.builders import NOON, Site, zone
from tests.hypervisor.conftest import Clock

DAY = datetime.fromtimestamp(NOON, UTC).date()
FORWARD = Asked("crossings", "nord", subject="entree", class_name="person", way="forward")


class World:
    """A past over a real server and a real folder."""

    def __init__(self, url: str, folder: Path, clock: Clock) -> None:
        self.clock = clock
        self.feed, self.store = RedisFeed(url), RedisStore(url, clock)
        self.past = KeptPast(HourFiles(folder), self.feed, self.store, clock)
        self.keeper = Keeper(self.past, self.store, "test", clock)

    async def close(self) -> None:
        await self.feed.close()
        await self.store.close()


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as one:
        yield one


@pytest.fixture
def world(valkey_url: str, tmp_path: Path, clock: Clock, runner: asyncio.Runner) -> Iterator[World]:
    one = World(valkey_url, tmp_path, clock)
    yield one
    runner.run(one.close())


def values(world: World, runner: asyncio.Runner, asked: Asked, from_s: int, to_s: int) -> list[float]:
    (found,) = runner.run(world.past.hours([asked], from_s, to_s))
    listed: list[float] = found.values.tolist()
    return listed


def test_a_day_reads_the_same_before_and_after_it_moved(world: World, site: Site, runner: asyncio.Runner) -> None:
    site.camera(zones=(zone(),))
    start = start_of(DAY)
    for hour in range(2, 11):
        site.bucket(start + hour * HOUR_S, HOUR_S, forward=hour, backward=1, covered=0.5 if hour == 9 else 1.0)
    before = runner.run(world.past.hours([FORWARD, Asked("crossings", "nord")], start, start + 24 * HOUR_S))
    assert before[0].values[2:11].tolist() == list(range(2, 11))
    assert before[1].values[8] == 9
    assert before[0].coverage[9] == 0.5
    assert math.isnan(before[0].values[1])
    world.clock.now_s = start + 27 * HOUR_S
    assert runner.run(world.keeper.turn()) == 1
    site.redis.flushdb()
    after = runner.run(world.past.hours([FORWARD, Asked("crossings", "nord")], start, start + 24 * HOUR_S))
    for one, other in zip(before, after, strict=True):
        assert [str(value) for value in one.values] == [str(value) for value in other.values]
        assert one.coverage.tolist() == pytest.approx(other.coverage.tolist())


def test_today_comes_from_redis_and_yesterday_from_files(world: World, site: Site, runner: asyncio.Runner) -> None:
    site.camera()
    start = start_of(DAY)
    site.bucket(start + 23 * HOUR_S, HOUR_S, forward=1)
    site.bucket(start + 24 * HOUR_S, HOUR_S, forward=2)
    world.clock.now_s = start + 27 * HOUR_S
    runner.run(world.keeper.turn())
    assert values(world, runner, FORWARD, start + 23 * HOUR_S, start + 25 * HOUR_S) == [1, 2]
    assert runner.run(world.keeper.turn()) == 0, "what lies in a file is not written again"


def test_a_day_that_is_not_over_stays_where_it_is(world: World, site: Site, runner: asyncio.Runner) -> None:
    site.camera()
    site.bucket(start_of(DAY) + 8 * HOUR_S, HOUR_S, forward=1)
    assert runner.run(world.keeper.turn()) == 0
    assert world.past.files.days() == {}


def test_one_keeper_writes_and_the_other_waits(world: World, site: Site, runner: asyncio.Runner) -> None:
    site.camera()
    site.bucket(start_of(DAY) + 8 * HOUR_S, HOUR_S, forward=1)
    world.clock.now_s += 2 * 86400
    other = Keeper(world.past, world.store, "other", world.clock)
    assert runner.run(world.keeper.turn()) == 1
    world.past.files.day(DAY).unlink()
    assert runner.run(other.turn()) == 0


def row(day: date, hour: int, value: float | None, measure: str = "crossings", camera: str = "nord") -> Row:
    return Row(measure, camera, "", "entree", "person", "forward", start_of(day) + hour * HOUR_S, value, 1.0)


def test_a_month_becomes_one_file_and_a_day_in_it_can_be_written_anew(
    tmp_path: Path, world: World, runner: asyncio.Runner
) -> None:
    files = world.past.files
    for n in (1, 2, 28):
        assert files.write_day(date(2026, 2, n), [row(date(2026, 2, n), 8, float(n))]) == 1
    assert len(files.days()) == 3
    files.close_month(date(2026, 2, 1))
    assert files.days() == {}
    assert files.holds(date(2026, 2, 15)), "a month that is closed is complete: a day without rows was not watched"
    files.write_day(date(2026, 2, 2), [row(date(2026, 2, 2), 8, 20.0), row(date(2026, 2, 2), 9, None)])
    start = start_of(date(2026, 2, 1))
    found = values(world, runner, FORWARD, start, start + 28 * 24 * HOUR_S)
    assert [found[8], found[32], found[27 * 24 + 8]] == [1, 20, 28]
    assert math.isnan(found[33])
    assert not list(tmp_path.rglob("*.part")) + list(tmp_path.rglob("*.csv"))


def test_months_are_closed_and_dropped_in_time(world: World, site: Site, runner: asyncio.Runner) -> None:
    old, last = date(2020, 5, 4), date(2026, 1, 30)
    for day in (old, last):
        world.past.files.write_day(day, [row(day, 8, 1.0)])
    runner.run(world.keeper.turn())  # at noon of 2 March 2026
    assert list(world.past.files.months()) == [date(2026, 1, 1)]


def test_what_is_known_is_what_was_kept_and_what_is_configured(
    world: World, site: Site, runner: asyncio.Runner
) -> None:
    world.past.files.write_day(DAY, [row(DAY, 8, 1.0, camera="gone")])
    site.camera()
    found = runner.run(world.past.known())
    assert FORWARD in found
    assert FORWARD._replace(camera="gone") in found


def test_levels_are_averaged_over_places_and_counts_added(world: World, runner: asyncio.Runner) -> None:
    rows = [row(DAY, 8, v, m, c) for m in ("crossings", "speed_p85") for c, v in (("a", 10.0), ("b", 30.0))]
    world.past.files.write_day(DAY, rows)
    at = start_of(DAY) + 8 * HOUR_S
    assert values(world, runner, Asked("crossings"), at, at + HOUR_S) == [40]
    assert values(world, runner, Asked("speed_p85"), at, at + HOUR_S) == [20]


def test_half_an_hour_is_refused(world: World, runner: asyncio.Runner) -> None:
    with pytest.raises(ValueError, match="whole hours"):
        runner.run(world.past.hours([FORWARD], 1800, 7200))
