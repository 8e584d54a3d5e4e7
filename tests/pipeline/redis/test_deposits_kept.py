"""Deposits beside the stream: what was told of each, while it lies and long after, in one call with the stream."""

import time
from pathlib import Path
from typing import Any

from redis import Redis

from pipeline import keys
from pipeline.config import RetentionConfig
from pipeline.observation import Observation
from pipeline.orders import Order, Orders
from pipeline.publish import Entry
from pipeline.redis_client import RedisClient, connect
from pipeline.redis_sink import RedisSink
from tests.pipeline.redis.builders import KEPT, T0, crossing, state, stream
from tests.recorded_deposits import deposit, watch


def entry(seq: int, told: Observation) -> Entry:
    """Return an entry that changes no bucket."""
    return Entry(seq, told.observed_at.timestamp(), told, (), ())


def ends(redis: Redis) -> dict[str, float]:
    """Return the index of deposits by their end."""
    found: Any = redis.zrange(keys.deposits("cam"), 0, -1, withscores=True)
    return dict(found)


def told_of(redis: Redis, deposit_id: str) -> list[str]:
    """Return what is kept of a deposit."""
    found: Any = redis.lrange(keys.deposit("cam", deposit_id), 0, -1)
    return list(found)


def test_a_deposit_is_kept_with_its_history_and_its_end(client: RedisClient, redis: Redis) -> None:
    opened = deposit("cam", "d1", "opened", first_seen_s=T0, at_s=T0 + 120)
    client.ingest("cam", "e", [entry(1, opened)], KEPT)
    assert ends(redis) == {"d1": float("inf")}

    cleared = deposit("cam", "d1", "cleared", first_seen_s=T0, at_s=T0 + 900, cleared_s=T0 + 840)
    client.ingest("cam", "e", [entry(2, cleared)], KEPT)
    assert ends(redis) == {"d1": T0 + 840}
    assert told_of(redis, "d1") == [opened.model_dump_json(), cleared.model_dump_json()]
    assert stream(redis) == told_of(redis, "d1"), "and the stream tells the same"


def test_a_repeated_batch_adds_nothing_to_a_deposit(client: RedisClient, redis: Redis) -> None:
    batch = [entry(1, deposit("cam", "d1", "opened", first_seen_s=T0, at_s=T0 + 120))]
    client.ingest("cam", "e", batch, KEPT)
    client.ingest("cam", "e", batch, KEPT)
    assert len(told_of(redis, "d1")) == 1


def test_a_crossing_is_no_deposit(client: RedisClient, redis: Redis) -> None:
    client.ingest("cam", "e", [crossing(1)], KEPT)
    assert not redis.exists(keys.deposits("cam"))


def test_what_an_operator_calls_normal_has_ended(client: RedisClient, redis: Redis) -> None:
    told = deposit("cam", "d1", "absorbed", first_seen_s=T0, at_s=T0 + 600)
    client.ingest("cam", "e", [entry(1, told)], KEPT)
    assert ends(redis) == {"d1": T0 + 600}


def test_the_history_of_one_deposit_is_bounded(client: RedisClient, redis: Redis) -> None:
    many = [deposit("cam", "d1", "worsened", first_seen_s=T0, at_s=T0 + 600 * n) for n in range(keys.DEPOSIT_TOLD + 50)]
    client.ingest("cam", "e", [entry(n, one) for n, one in enumerate(many)], KEPT)
    kept = told_of(redis, "d1")
    assert len(kept) == keys.DEPOSIT_TOLD
    assert kept[-1] == many[-1].model_dump_json()


def test_everything_of_deposits_has_an_end(client: RedisClient, redis: Redis) -> None:
    short = RetentionConfig(deposits_d=1)
    client.ingest("cam", "e", [entry(1, deposit("cam", "d1", "opened", first_seen_s=T0, at_s=T0))], short)
    client.ingest("cam", "e", [entry(2, watch("cam", at_s=T0))], short)
    for key in (keys.deposit("cam", "d1"), keys.deposits("cam"), keys.deposits_kept("cam"), keys.watch("cam")):
        assert 86_000 < int(redis.ttl(key)) <= 86_400, key


def test_an_expired_deposit_leaves_the_index(client: RedisClient, redis: Redis) -> None:
    client.ingest("cam", "e", [entry(1, deposit("cam", "old", "opened", first_seen_s=T0, at_s=T0))], KEPT)
    redis.zadd(keys.deposits_kept("cam"), {"old": 1.0})  # long ago
    client.ingest("cam", "e", [entry(2, deposit("cam", "new", "opened", first_seen_s=T0, at_s=T0))], KEPT)
    assert list(ends(redis)) == ["new"]
    assert redis.zcard(keys.deposits_kept("cam")) == 1


def test_how_a_zone_is_watched_is_kept_once(client: RedisClient, redis: Redis) -> None:
    learning, watching = watch("cam", state="learning", at_s=T0), watch("cam", state="watching", at_s=T0 + 60)
    client.ingest("cam", "e", [entry(1, learning), entry(2, watching)], KEPT)
    assert redis.hgetall(keys.watch("cam")) == {"trottoir": watching.model_dump_json()}


def test_commands_wait_for_a_worker_in_order_and_are_taken_once(client: RedisClient, redis: Redis) -> None:
    for n in range(keys.COMMANDS_WAITING + 2):
        client.command("cam", str(n))
    assert int(redis.ttl(keys.commands("cam"))) > 0
    taken = client.take_commands("cam")
    assert (taken[0], taken[-1], len(taken)) == ("2", str(keys.COMMANDS_WAITING + 1), keys.COMMANDS_WAITING)
    assert client.take_commands("cam") == []


def test_a_sink_takes_what_operators_say_with_each_state_it_tells(valkey_url: str, client: RedisClient) -> None:
    sink = RedisSink(lambda: connect(valkey_url, Path()), "cam", "s", KEPT, time.monotonic, live=True)
    sink.orders = Orders("cam")
    client.command("cam", Order(do="clean", zone="z").model_dump_json())
    sink.state(state())
    sink.close()
    assert sink.orders.take() == [Order(do="clean", zone="z")]
