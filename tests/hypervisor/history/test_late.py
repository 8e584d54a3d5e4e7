"""What comes late goes into its day; what cannot be read is told and left out."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from hypervisor.history.files import HourFiles
from hypervisor.history.keeper import Keeper
from hypervisor.history.kept import KeptPast, start_of, stored
from hypervisor.history.past import HOUR_S, Asked
from hypervisor.history.rows import Row
from hypervisor.redis_feed import RedisFeed
from hypervisor.store.redis_store import RedisStore
from pipeline import keys
from pipeline.config import RetentionConfig
from pipeline.publish import Entry, Increment
from pipeline.redis_client import connect
from tests.hypervisor.builders import NOON, Site
from tests.hypervisor.conftest import Clock

DAY = datetime.fromtimestamp(NOON, UTC).date()
START = start_of(DAY)
FORWARD = Asked("crossings", "nord", subject="entree", class_name="person", way="forward")


class World:
    """A city whose pipeline writes through its own client, and the keeper of its history."""

    def __init__(self, url: str, folder: Path, clock: Clock) -> None:
        self.clock, self._pipeline, self._seq = clock, connect(url, Path()), 0
        self.feed, self.store = RedisFeed(url), RedisStore(url, clock)
        self.past = KeptPast(HourFiles(folder), self.feed, self.store, clock)
        self.keeper = Keeper(self.past, self.store, "test", clock)
        self._runner = asyncio.Runner()

    def counts(self, hour: int, forward: int, camera: str = "nord", hours_d: float = 400) -> None:
        """Count in an hour of the day, as a pipeline does: what is there already is added to."""
        self._seq += 1
        field = keys.crossing_field("entree", "person", "forward")
        increments = (Increment(field, forward), Increment("q|covered_ms", HOUR_S * 1000 // 2))
        entry = Entry(self._seq, float(START + hour * HOUR_S), None, increments, (HOUR_S,))
        retention = RetentionConfig(hours_d=hours_d)
        assert self._pipeline.ingest(camera, "e1", [entry], retention).applied == 1

    def turn(self) -> int:
        return self._runner.run(self.keeper.turn())

    def value(self, hour: int, asked: Asked = FORWARD) -> float:
        at_s = START + hour * HOUR_S
        (found,) = self._runner.run(self.past.hours([asked], at_s, at_s + HOUR_S))
        return float(found.values[0])

    def close(self) -> None:
        self._runner.run(self.feed.close())
        self._runner.run(self.store.close())
        self._runner.close()
        self._pipeline.close()


@pytest.fixture
def world(valkey_url: str, tmp_path: Path, clock: Clock, site: Site) -> Iterator[World]:
    site.camera()
    clock.now_s = START + 27 * HOUR_S
    one = World(valkey_url, tmp_path, clock)
    yield one
    one.close()


def test_what_comes_late_rewrites_its_day_and_no_other(world: World) -> None:
    for hour in (8, -16):  # the day, and the one before it
        world.counts(hour, 3)
    assert world.turn() == 2
    before = {path: path.stat().st_ino for path in world.past.files.days().values()}
    assert world.turn() == 0
    world.counts(8, 4)  # the camera is back, and sends what it kept
    assert world.value(8) == 3, "until the next turn what is written stands"
    assert world.turn() == 1
    assert world.value(8) == 7
    after = {path: path.stat().st_ino for path in world.past.files.days().values()}
    assert [path.stem for path in before if before[path] != after[path]] == [str(DAY)]
    assert world.turn() == 0, "nothing came since"


def test_only_the_late_hours_are_replaced(world: World, site: Site) -> None:
    site.camera("sud")
    world.counts(8, 3)
    world.counts(9, 5, camera="sud")
    world.turn()
    site.redis.hdel(keys.CAMERAS, "sud")  # taken out, and Redis has let go of the morning
    site.redis.delete(keys.bucket("nord", HOUR_S, START + 8 * HOUR_S))
    world.counts(20, 1)
    assert world.turn() == 1
    assert [world.value(8), world.value(20), world.value(9, FORWARD._replace(camera="sud"))] == [3, 1, 5]


def test_a_day_of_which_nothing_was_known_is_written_when_it_comes(world: World) -> None:
    world.counts(8, 3)
    world.turn()
    world.clock.now_s += 40 * 86_400  # so far behind that its month is one file
    world.counts(24 * 31, 1)
    world.turn()
    assert list(world.past.files.months()) == [date(2026, 3, 1)]
    world.counts(24, 6)  # a day of that month without a row
    world.counts(-24 * 20, 2)  # and one of a month without a file
    assert world.turn() == 2
    assert [world.value(8), world.value(24), world.value(-24 * 20)] == [3, 6, 2]


def test_a_shorter_retention_hides_nothing(world: World) -> None:
    world.counts(8, 3)
    world.turn()
    world.counts(8, 1, hours_d=100)  # scores come back lower than those that are there
    assert world.turn() == 1
    world.counts(8, 1, hours_d=500)
    assert world.turn() == 1
    assert world.value(8) == 5


def test_a_keeper_that_was_stopped_half_way_begins_there_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for hour in (-16, 8):
        world.counts(hour, 3)
    world.turn()
    for hour in (-16, 8):
        world.counts(hour, 1)
    whole, calls = world.past.files.merge, list[date]()

    def full(day: date, rows: list[Row]) -> bool:
        calls.append(day)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        return whole(day, rows)

    monkeypatch.setattr(world.past.files, "merge", full)
    with pytest.raises(OSError, match="No space"):
        world.turn()
    monkeypatch.undo()
    assert world.turn() == 1, "the other day has it already"
    assert [world.value(-16), world.value(8)] == [4, 4]


def rows(day: date, value: float) -> list[Row]:
    return [
        Row("crossings", "nord", "", "entree", "person", "forward", start_of(day) + hour * HOUR_S, value, 1.0)
        for hour in range(24)
    ]


def watching(files: HourFiles, act: Callable[[], None]) -> set[tuple[float, ...]]:
    """Return every answer that a reader got while something was done; the last is from after it."""
    done, answers = threading.Event(), set[tuple[float, ...]]()
    asked = [FORWARD]

    def read() -> None:
        while True:
            over = done.is_set()
            shelf = files.shelf()
            found, lost = stored(shelf.touching(DAY, DAY), asked, START, START + 24 * HOUR_S)
            if not any(not path.exists() for path in lost):
                answers.add(tuple(sorted(value or 0.0 for _, _, value, _ in found)))
            if over:
                return

    reader = threading.Thread(target=read)
    reader.start()
    try:
        act()
    finally:
        done.set()
        reader.join()
    return answers


def test_who_reads_meanwhile_sees_the_old_day_or_the_new_one(tmp_path: Path) -> None:
    files = HourFiles(tmp_path)
    files.write_day(DAY, rows(DAY, 0.0))

    def rewrite() -> None:
        for n in range(1, 8):
            files.merge(DAY, rows(DAY, float(n)))
        files.close_month(DAY)
        files.merge(DAY, rows(DAY, 8.0))

    answers = watching(files, rewrite)
    assert {len(one) for one in answers} == {24}, "never none and never both"
    assert all(len(set(one)) == 1 for one in answers), "never a part of each"
    assert (8.0,) * 24 in answers


def test_a_damaged_day_is_left_out_and_read_from_redis_while_it_is_there(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    for hour in (-16, 8):
        world.counts(hour, 3)
    world.turn()
    path = world.past.files.day(DAY)
    path.write_bytes(path.read_bytes()[:-40])
    assert [world.value(8), world.value(-16)] == [3, 3]
    assert f"hours/2026-03/{DAY}.parquet cannot be read" in caplog.text
    world.counts(8, 1)
    assert world.turn() == 0
    assert "--mend" in caplog.text
