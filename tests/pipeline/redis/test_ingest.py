"""The Lua call: once, in order, in the right bucket, kept as long as written and no longer."""

from typing import Any

import pytest
from redis import Redis

from pipeline import keys
from pipeline.config import RetentionConfig
from pipeline.publish import Increment
from pipeline.redis_client import Applied, RedisAway, RedisClient, longest_s
from tests.pipeline.redis.builders import FORWARD, KEPT, T0, bucket, change, crossing, sealing, stream, told, total


def test_an_entry_is_told_and_counted_in_a_bucket_of_every_step(client: RedisClient, redis: Redis) -> None:
    applied = client.ingest("cam", "e", [crossing(1, T0 + 1000.25)], KEPT)

    assert applied == Applied(applied=1, repeated=0, late=0)
    assert bucket(redis, 60, T0 + 960) == {FORWARD: 1}
    assert bucket(redis, 900, T0 + 900) == {FORWARD: 1}
    assert bucket(redis, 3600, T0) == {FORWARD: 1}
    assert stream(redis) == [told(1, T0 + 1000.25).model_dump_json()]


def test_a_repeated_batch_changes_nothing(client: RedisClient, redis: Redis) -> None:
    batch = [crossing(seq) for seq in range(300)]
    client.ingest("cam", "e", batch, KEPT)

    assert client.ingest("cam", "e", batch, KEPT) == Applied(applied=0, repeated=300, late=0)
    assert total(redis) == redis.xlen(keys.stream("cam")) == 300


def test_only_the_new_part_of_a_batch_is_applied(client: RedisClient, redis: Redis) -> None:
    client.ingest("cam", "e", [crossing(seq) for seq in range(10)], KEPT)

    assert client.ingest("cam", "e", [crossing(seq) for seq in range(5, 15)], KEPT) == Applied(5, 5, 0)
    assert total(redis) == 15
    assert client.last_seq("cam", "e") == 14


def test_every_epoch_has_a_mark_of_its_own(client: RedisClient, redis: Redis) -> None:
    client.ingest("cam", "monday", [crossing(7)], KEPT)
    client.ingest("cam", "tuesday", [crossing(7)], KEPT)

    assert total(redis) == 2
    assert client.last_seq("cam", "wednesday") == -1


def test_the_first_sequence_number_may_be_zero_and_numbers_may_be_left_out(client: RedisClient, redis: Redis) -> None:
    assert client.ingest("cam", "e", [crossing(0), crossing(9)], KEPT).applied == 2
    assert client.ingest("cam", "e", [crossing(5)], KEPT).repeated == 1  # lost for good: its turn is over
    assert total(redis) == 2


def test_sums_add_up_and_maxima_stay(client: RedisClient, redis: Redis) -> None:
    most = "o|esplanade|person|max"
    for seq, (ms, people) in enumerate([(500, 2), (700, 5), (100, 3)]):
        increments = (Increment("q|covered_ms", ms), Increment(most, people, "max"))
        client.ingest("cam", "e", [change(seq, T0, *increments)], KEPT)

    assert bucket(redis, 60) == {"q|covered_ms": 1300, most: 5}
    assert redis.exists(keys.stream("cam")) == 0  # nobody was told


def test_a_maximum_of_zero_is_written_because_nobody_is_not_the_same_as_not_watched(
    client: RedisClient, redis: Redis
) -> None:
    client.ingest("cam", "e", [change(1, T0, Increment("o|z|person|max", 0, "max"))], KEPT)

    assert bucket(redis, 60) == {"o|z|person|max": 0}


def test_only_the_steps_of_an_entry_change(client: RedisClient, redis: Redis) -> None:
    client.ingest("cam", "e", [change(1, T0, Increment(FORWARD, 4), steps_s=(900, 3600))], KEPT)

    assert bucket(redis, 60) == {}
    assert bucket(redis, 900) == bucket(redis, 3600) == {FORWARD: 4}


def test_an_event_older_than_the_newest_counts_in_its_own_bucket(client: RedisClient, redis: Redis) -> None:
    client.ingest("cam", "e", [crossing(1, T0 + 600), crossing(2, T0 + 30)], KEPT)

    assert bucket(redis, 60, T0) == {FORWARD: 1}
    assert bucket(redis, 60, T0 + 600) == {FORWARD: 1}


def test_an_event_of_a_sealed_bucket_counts_there_and_is_flagged_late(client: RedisClient, redis: Redis) -> None:
    client.ingest("cam", "e", [crossing(1, T0 + 10), sealing(2, T0)], KEPT)

    assert client.ingest("cam", "e", [crossing(3, T0 + 20), crossing(4, T0 + 70)], KEPT).late == 1
    assert bucket(redis, 60, T0) == {FORWARD: 2, "q|sealed": 1, "q|late": 1}
    assert bucket(redis, 60, T0 + 60) == {FORWARD: 1}
    assert "q|late" not in bucket(redis, 900, T0)  # the quarter is still open


def test_sealing_is_known_to_the_entries_that_follow_in_the_same_batch(client: RedisClient, redis: Redis) -> None:
    assert client.ingest("cam", "e", [sealing(1, T0), crossing(2, T0 + 20)], KEPT).late == 1


def test_sealing_a_longer_bucket_after_its_last_minute_is_not_late(client: RedisClient, redis: Redis) -> None:
    batch = [sealing(1, T0 + 840), sealing(2, T0, step_s=900)]

    assert client.ingest("cam", "e", batch, KEPT).late == 0
    assert bucket(redis, 900, T0) == {"q|sealed": 1}


def test_sealing_several_steps_at_once_closes_the_shortest_only(client: RedisClient, redis: Redis) -> None:
    seals = change(1, T0, Increment("q|sealed", 1, "max"), steps_s=(60, 900))

    assert client.ingest("cam", "e", [seals, crossing(2, T0 + 70)], KEPT).late == 0


def test_an_event_too_old_to_be_kept_is_told_in_the_newest_bucket(client: RedisClient, redis: Redis) -> None:
    kept = RetentionConfig(minutes_h=1)
    newest = T0 + 2 * 3600

    assert client.ingest("cam", "e", [crossing(1, newest), crossing(2, T0)], kept).late == 1
    assert bucket(redis, 60, T0) == {}
    assert bucket(redis, 60, newest) == {FORWARD: 1, "q|late": 1}
    assert bucket(redis, 3600, T0) == {FORWARD: 1}  # hours are kept long enough


def test_a_recording_of_the_past_is_kept_as_long_as_a_live_camera(client: RedisClient, redis: Redis) -> None:
    long_ago = 946_684_800
    client.ingest("cam", "e", [crossing(1, long_ago)], KEPT)

    for step_s in keys.STEPS_S:
        assert KEPT.seconds(step_s) - 5 < redis.ttl(keys.bucket("cam", step_s, long_ago)) <= KEPT.seconds(step_s)


def test_every_key_has_an_end(client: RedisClient, redis: Redis) -> None:
    client.ingest("cam", "e", [crossing(1), sealing(2, T0)], KEPT)
    client.first_start("cam", "ab" * 32, 12.5, KEPT)

    found = set(redis.scan_iter("*"))
    assert len(found) == 9  # stream, mark, recording, three buckets, three indexes
    assert all(redis.ttl(key) > 0 for key in found)
    assert redis.ttl(keys.mark("cam", "e")) > longest_s(KEPT) - 5


def test_all_keys_of_a_camera_share_its_hash_tag(client: RedisClient, redis: Redis) -> None:
    client.ingest("cam", "e", [crossing(1)], KEPT)

    assert {key.split(":")[1] for key in redis.scan_iter("*")} == {"{cam}"}


def test_the_index_tells_when_buckets_expire_and_forgets_those_that_did(client: RedisClient, redis: Redis) -> None:
    index = keys.bucket_index("cam", 60)
    now = redis.time()[0]
    redis.zadd(index, {"60": now - 1, "120": now + 1000})
    client.ingest("cam", "e", [crossing(1, T0)], KEPT)

    found: Any = redis.zrange(index, 0, -1, withscores=True)
    scores = dict(found)
    assert set(scores) == {"120", str(T0)}
    assert scores[str(T0)] == pytest.approx(now + KEPT.seconds(60), abs=5)


def test_the_stream_is_bounded_in_number(client: RedisClient, redis: Redis) -> None:
    kept = RetentionConfig(events_max=300)
    for first in range(0, 2000, 200):
        client.ingest("cam", "e", [crossing(seq) for seq in range(first, first + 200)], kept)

    assert 300 <= redis.xlen(keys.stream("cam")) <= 400  # whole nodes of 100 are dropped
    assert total(redis) == 2000


def test_the_stream_is_bounded_in_age(client: RedisClient, redis: Redis) -> None:
    stale_ms = (redis.time()[0] - 3 * 3600) * 1000
    for number in range(500):
        redis.xadd(keys.stream("cam"), {"o": "old"}, id=f"{stale_ms}-{number + 1}")
    client.ingest("cam", "e", [crossing(1)], RetentionConfig(events_h=1))

    assert redis.xlen(keys.stream("cam")) <= 101


def test_a_full_server_applies_nothing_of_a_batch(client: RedisClient, redis: Redis) -> None:
    redis.config_set("maxmemory", "1mb")
    try:
        with pytest.raises(RedisAway, match="maxmemory"):
            client.ingest("cam", "e", [crossing(1)], KEPT)
        assert redis.dbsize() == 0
    finally:
        redis.config_set("maxmemory", "0")
    assert client.ingest("cam", "e", [crossing(1)], KEPT).applied == 1
