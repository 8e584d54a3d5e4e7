"""/v1/series out of what is kept: byte for byte what it says without, whatever is written, when, and by whom."""

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic_core import to_json

from hypervisor.feed import Bucket, BucketName
from hypervisor.query import SeriesQuery
from hypervisor.redis_feed import RedisFeed
from hypervisor.rendering.kept import OVERHEAD, Kept
from hypervisor.rendering.series import Points
from hypervisor.series import SeriesReader
from hypervisor.settings import Settings
from pipeline import keys
from pipeline.config import RetentionConfig
from pipeline.publish import Entry, Increment
from pipeline.redis_client import connect
from tests.hypervisor.builders import NOON, Site
from tests.hypervisor.kept_points import DAY_S, HOUR_S, KEPT_S, Asking, Store, past


@pytest.fixture
def store() -> Store:
    """Return a store with two days of hours, the last of them written a minute ago."""
    store = Store()
    store.describe()
    for n in range(48, 0, -1):
        store.now_s = NOON - n * HOUR_S + HOUR_S
        store.write(int(NOON) - n * HOUR_S, covered_ms=HOUR_S * 1000)
    store.now_s = NOON + 60
    return store


def test_what_is_over_is_read_once(store: Store) -> None:
    asking = Asking(store)
    asking.same(**past(2))
    assert asking.buckets_read == 48
    store.now_s += 2
    asking.same(**past(2))
    assert asking.buckets_read == 6, "only the block that was written last could have been written again"
    asking.same(**past(2))
    assert asking.buckets_read == 0
    asking.same(**past(1))
    assert asking.buckets_read == 0


def test_what_comes_late_is_told_at_once(store: Store) -> None:
    asking = Asking(store)
    asking.same(**past(2))
    store.now_s += 2
    first = asking.same(**past(2))
    store.write(int(NOON) - 30 * HOUR_S)
    assert asking.same(**past(2)) != first
    assert asking.buckets_read == 6
    store.write(int(NOON) - 30 * HOUR_S)  # in the same second: its score says nothing
    asking.same(**past(2))
    assert asking.buckets_read == 6, "what was written this second must not be kept"
    store.now_s += 2
    asking.same(**past(2))
    asking.same(**past(2))
    assert asking.buckets_read == 0


def test_the_hour_that_runs_is_read_each_time(store: Store) -> None:
    asking = Asking(store)
    store.write(int(NOON))
    for _ in range(2):
        asking.same(**past(0.5, NOON + HOUR_S))
        assert asking.buckets_read > 0


def test_another_purpose_or_zone_is_another_answer(store: Store) -> None:
    asking = Asking(store)
    first = asking.same(**past(2))
    store.describe(purpose="statistics", min_step_s=900)
    assert asking.same(**past(2)) != first
    store.describe(timezone="Asia/Kolkata")
    asking.same(**past(2))
    store.describe()
    assert asking.same(**past(2)) == first


def test_a_camera_that_was_deleted_and_begun_anew_has_no_past(store: Store) -> None:
    asking = Asking(store)
    asking.same(**past(2))
    store.forget("nord")
    store.write(int(NOON) - HOUR_S)
    store.now_s += 5
    assert asking.same(**past(2)).count(b'"not_observed"') >= 90


def test_a_shorter_retention_hides_no_write(store: Store) -> None:
    asking = Asking(store)
    asking.same(**past(2))
    store.kept_s[HOUR_S] -= 2 * DAY_S
    store.write(int(NOON) - 40 * HOUR_S)
    asking.same(**past(2))
    store.now_s += 10
    store.write(int(NOON) - 40 * HOUR_S)
    asking.same(**past(2))


def test_what_expires_is_gone_from_the_answer_too(store: Store) -> None:
    asking = Asking(store)
    for hours in range(0, 130, 5):
        store.now_s = NOON + 60.4 + hours * HOUR_S
        asking.same(**past(2))


def test_memory_is_bounded(store: Store) -> None:
    asking = Asking(store, most_bytes=5000)
    for days in (2, 1, 0.5, 2):
        asking.same(**past(days))
        assert 0 < asking.points._kept.size <= 5000
    kept = Kept(10 * OVERHEAD)
    for n in range(100):
        kept.put(n, 1, 9.0, {"a": b"x" * 10})
        assert kept.size <= 10 * OVERHEAD
    assert kept.get(99, 1, 0.0) is not None
    assert kept.get(99, 2, 0.0) is None, "another stamp"
    assert kept.get(98, 1, 9.0) is None, "expired"


@pytest.mark.parametrize("seed", range(8))
def test_whatever_happens_the_answer_is_the_same(seed: int) -> None:
    chance, store = random.Random(seed), Store()
    zones = ("Europe/Paris", "Asia/Kolkata", "UTC", "Australia/Lord_Howe")
    for camera in ("nord", "sud"):
        store.describe(camera)
    asking = Asking(store, most_bytes=chance.choice((3000, 2**20)))

    def write() -> None:
        step = chance.choice((900, HOUR_S))
        start = int(store.now_s - chance.choice((0, 1, 30, 100)) * chance.random() * HOUR_S) // step * step
        covered_ms, sealed = chance.choice((0, step * 1000)), chance.choice((0, 1))
        store.write(start, step, chance.choice(("nord", "sud")), covered_ms, sealed)

    def wait() -> None:
        store.now_s += chance.choice((0.3, 1.0, 2.5, 60.0, HOUR_S, 20 * HOUR_S))

    def reconfigure() -> None:
        purpose = chance.choice(("operations", "statistics"))
        store.describe(chance.choice(("nord", "sud")), purpose=purpose, timezone=chance.choice(zones), min_step_s=900)

    def retain() -> None:
        store.kept_s = {step: chance.choice((1, 2, 4)) * DAY_S for step in KEPT_S}

    def ask() -> None:
        asking.same(bucket=chance.choice(("15m", "1h", "1d")), **past(chance.choice((0.2, 1, 3)), store.now_s))

    acts = [write] * 12 + [wait] * 5 + [ask] * 8 + [reconfigure, retain, lambda: store.forget("nord")]
    for _ in range(60):
        chance.choice(acts)()
        ask()


def test_the_indexes_that_pipelines_write_are_understood(valkey_url: str, site: Site) -> None:
    site.camera()
    client, retention = connect(valkey_url, Path()), RetentionConfig()
    own = int(site.redis.time()[0]) // HOUR_S * HOUR_S

    def write(seq: int, start: int) -> None:
        crossed = Increment(keys.crossing_field("entree", "person", "forward"), 1)
        client.ingest(
            "nord",
            "e",
            [Entry(seq, float(start), None, (crossed, Increment("q|covered_ms", 3_600_000)), (HOUR_S,))],
            retention,
        )

    for n in range(30, 0, -1):
        write(31 - n, own - n * HOUR_S)
    # As if all that had been ten seconds ago.
    index = keys.bucket_index("nord", HOUR_S)
    scores = cast(list[tuple[str, float]], site.redis.zrange(index, 0, -1, withscores=True))
    site.redis.zadd(index, {start: score - 10 for start, score in scores})
    site.redis.pexpireat(index, site.redis.pexpiretime(index) - 10_000)
    write(31, own)  # the hour that runs

    async def asked() -> tuple[bytes, bytes, bytes, bytes, int]:
        feed, points, reads = RedisFeed(valkey_url), Points(2**20), list[int]()
        reader = SeriesReader(_Counting(feed, reads), Settings(), lambda: float(own + 60))
        query = SeriesQuery.model_validate({"measure": "crossings", "bucket": "1h", **past(1, own)})
        first, _ = await points.page(reader, query)
        again, _ = await points.page(reader, query)
        n = sum(reads[1:])
        write(32, own - 5 * HOUR_S)
        late, _ = await points.page(reader, query)
        page = to_json(await reader.page(query))
        await feed.close()
        return first, again, late, page, n

    first, again, late, page, read_again = asyncio.run(asked())
    client.close()
    assert first == again
    assert read_again == 0
    assert late == page != first


class _Counting:
    """A feed that notes how many buckets are read."""

    def __init__(self, feed: RedisFeed, reads: list[int]) -> None:
        self._feed, self._reads = feed, reads

    def __getattr__(self, name: str) -> Any:
        return getattr(self._feed, name)

    async def buckets(self, wanted: Sequence[BucketName]) -> dict[BucketName, Bucket]:
        self._reads.append(len(wanted))
        return await self._feed.buckets(wanted)
