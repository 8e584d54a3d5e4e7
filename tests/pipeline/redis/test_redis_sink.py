"""Delivery: every entry once, through time-outs, outages and deaths of either side; what is lost is told."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis

from pipeline import keys
from pipeline.embedded import ensure_server
from pipeline.embedded_owner import ServerProcess
from pipeline.errors import Refused
from pipeline.observation import CameraDescription, CameraState
from pipeline.redis_client import RedisClient, connect
from pipeline.redis_sink import RedisSink
from tests.pipeline.redis.builders import KEPT, OWNER, T0, change, crossing, description, eventually, said, state, total
from tests.pipeline.redis.conftest import Start
from tests.pipeline.redis.proxy import Proxy


class QuickSink(RedisSink):
    """Small bounds and short waits."""

    live_bound = 50
    recording_bound = 50
    batch_entries = 20
    recording_flush_s = 0.02
    close_s = 1.0


class PatientSink(QuickSink):
    close_s = 10.0


def to(url: str) -> Callable[[], RedisClient]:
    return lambda: connect(url, Path(), timeout_s=0.3)


def recording_sink(url: str, kind: type[RedisSink] = PatientSink) -> RedisSink:
    return kind(to(url), "cam", "e", KEPT, time.monotonic, live=False)


def live_sink(url: str, kind: type[RedisSink] = QuickSink) -> RedisSink:
    return kind(to(url), "cam", "e", KEPT, time.monotonic, live=True)


def seen(url: str) -> tuple[int, int]:
    """Crossings in the minutes' buckets, and on the stream."""
    with Redis.from_url(url, decode_responses=True) as redis:
        return total(redis), redis.xlen(keys.stream("cam"))


def test_everything_put_is_there_after_close(valkey_url: str) -> None:
    sink = recording_sink(valkey_url)
    for seq in range(1000):
        sink.put(crossing(seq))
    sink.close()

    assert seen(valkey_url) == (1000, 1000)
    assert (sink.status.applied, sink.status.lost, sink.status.buffered) == (1000, 0, 0)


def test_entries_of_a_live_camera_arrive_without_close(valkey_url: str, redis: Redis) -> None:
    sink = live_sink(valkey_url)
    sink.put(crossing(1))

    assert eventually(lambda: total(redis) == 1)
    sink.close()


def test_only_the_newest_state_and_description_count(valkey_url: str, redis: Redis) -> None:
    sink = live_sink(valkey_url)
    for lost in (1, 2, 3):
        sink.describe(description(f"name {lost}"))
        sink.state(state(events_lost=lost))
    sink.close()

    assert CameraState.model_validate_json(redis.get(keys.state("cam")) or "").events_lost == 3
    assert CameraDescription.model_validate_json(redis.hget(keys.CAMERAS, "cam") or "").name == "name 3"


def test_an_entry_that_redis_could_never_apply_is_a_fault_of_the_caller(valkey_url: str) -> None:
    sink = live_sink(valkey_url)
    with pytest.raises(ValueError, match="expected"):
        sink.put(change(1, T0, steps_s=(17,)))
    with pytest.raises(ValueError, match="expected"):
        sink.put(change(1, float("nan")))
    sink.close()


def test_redis_away_at_the_start_is_refused() -> None:
    with pytest.raises(Refused, match="expected a server that answers"):
        live_sink("unix:///nowhere/socket")


def test_a_batch_whose_answer_was_lost_counts_once(proxy: Proxy, redis: Redis) -> None:
    sink = recording_sink(proxy.url)
    proxy.deafen()
    for seq in range(40):
        sink.put(crossing(seq))
    assert eventually(lambda: sink.status.last_error is not None)
    sink.close()

    assert total(redis) == redis.xlen(keys.stream("cam")) == 40
    assert sink.status.repeated > 0  # a batch was sent again, and refused
    assert sink.status.lost == 0


def test_a_server_that_freezes_and_wakes_counts_once(own_server: ServerProcess, short_dir: Path) -> None:
    own_server.start()
    url = f"unix://{short_dir / 'socket'}"
    sink = recording_sink(url)
    with Redis.from_url(url) as redis:
        server = redis.info("server")["process_id"]
    os.kill(server, signal.SIGSTOP)
    for seq in range(40):
        sink.put(crossing(seq))
    assert eventually(lambda: sink.status.last_error is not None)
    os.kill(server, signal.SIGCONT)
    sink.close()

    assert seen(url) == (40, 40)
    assert sink.status.lost == 0


def test_an_outage_is_buffered_and_delivered_once(
    own_server: ServerProcess, short_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own_server.start()
    url = f"unix://{short_dir / 'socket'}"
    now = iter(range(0, 100_000, 30))  # every look at the clock is 30 s later
    sink = PatientSink(to(url), "cam", "e", KEPT, lambda: float(next(now)), live=True)
    sink.describe(description())
    for seq in range(10):
        sink.put(crossing(seq))
    assert eventually(lambda: sink.status.applied == 10)
    own_server.stop()
    for seq in range(10, 30):
        sink.put(crossing(seq))
    assert eventually(lambda: not sink.status.connected)
    own_server.start()
    sink.close()

    assert seen(url) == (30, 30)
    assert sink.status.lost == 0
    assert "Redis is back after" in caplog.text
    assert caplog.text.count("entries are kept until it is back") == 1


def test_a_full_buffer_loses_the_oldest_and_tells(
    own_server: ServerProcess, short_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own_server.start()
    url = f"unix://{short_dir / 'socket'}"
    sink = live_sink(url, PatientSink)
    own_server.stop()
    sink.put(crossing(0))
    assert eventually(lambda: not sink.status.connected)
    began = time.monotonic()
    for seq in range(1, 1001):
        sink.put(crossing(seq))
    sink.state(state())
    assert time.monotonic() - began < 0.5  # a live camera is never held up
    lost = sink.status.lost
    assert eventually(lambda: "the oldest entries are lost" in caplog.text)
    own_server.start()
    sink.close()

    assert 1001 - 50 - 20 <= lost <= 1001 - 50  # the bound, and a batch on its way
    assert seen(url) == (1001 - lost, 1001 - lost)
    assert f"{lost} entries were lost" in caplog.text
    with Redis.from_url(url) as redis:
        assert CameraState.model_validate_json(redis.get(keys.state("cam")) or b"").events_lost == lost
        newest = redis.xrevrange(keys.stream("cam"), count=1)[0][1][b"o"]
    assert b'"cam:e:1000"' in newest


def test_a_recording_waits_for_redis_and_loses_nothing(own_server: ServerProcess, short_dir: Path) -> None:
    own_server.start()
    url = f"unix://{short_dir / 'socket'}"
    sink = recording_sink(url)
    own_server.stop()

    def play() -> None:
        for seq in range(500):
            sink.put(crossing(seq))

    player = threading.Thread(target=play)
    player.start()
    player.join(0.3)
    assert player.is_alive()  # 50 entries and a batch fit, 500 do not
    assert sink.status.buffered <= 70
    own_server.start()
    player.join(10)
    sink.close()

    assert seen(url) == (500, 500)


def test_close_is_bounded_and_tells_what_was_not_delivered(
    own_server: ServerProcess, short_dir: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own_server.start()
    sink = recording_sink(f"unix://{short_dir / 'socket'}", QuickSink)
    own_server.stop()
    for seq in range(30):
        sink.put(crossing(seq))
    began = time.monotonic()
    with caplog.at_level(logging.ERROR):
        sink.close()

    assert time.monotonic() - began < 3
    assert sink.status.lost == 30
    assert "30 entries could not be delivered" in caplog.text


PRODUCER = """
import sys, time
from pathlib import Path
from pipeline.redis_client import connect
from pipeline.redis_sink import RedisSink
from tests.pipeline.redis.builders import KEPT, crossing
sink = RedisSink(lambda: connect(sys.argv[1], Path(sys.argv[3])), "cam", "e", KEPT, time.monotonic, live=False)
for seq in range(5000):
    sink.put(crossing(seq))
    if seq % 500 == 499:
        print(seq, sink.status.applied, flush=True)
        time.sleep(float(sys.argv[2]))
sink.close()
print("done", flush=True)
"""


def test_a_producer_killed_in_mid_run_and_started_again_counts_once(
    valkey_url: str, redis: Redis, start: Start
) -> None:
    first = start(PRODUCER, valkey_url, 0.05, "")
    while not said(first).startswith("2499"):
        pass
    first.kill()
    first.wait()
    halfway = total(redis)
    second = start(PRODUCER, valkey_url, 0, "")
    while said(second) != "done":
        assert second.poll() in (None, 0)

    assert 0 < halfway < 5000
    assert total(redis) == redis.xlen(keys.stream("cam")) == 5000


def test_a_server_killed_in_mid_run_comes_back_and_counts_once(short_dir: Path, start: Start) -> None:
    url = f"unix://{said(start(OWNER, short_dir))}"
    producer = start(PRODUCER, url, 0.1, "")
    while not said(producer).startswith("1999"):
        pass
    with Redis.from_url(url) as redis:
        os.kill(redis.info("server")["process_id"], signal.SIGKILL)
    halfway = None
    while (line := said(producer)) != "done":
        assert producer.poll() is None
        halfway = halfway or line

    assert halfway
    assert seen(url) == (5000, 5000)


def test_an_owner_killed_in_mid_run_is_replaced_by_the_producer_and_counts_once(short_dir: Path, start: Start) -> None:
    """The server dies with its owner; whoever needs it next starts both again, on the same data."""
    producer = start(PRODUCER, "embedded", 0.1, short_dir)
    while not said(producer).startswith("1999"):
        pass
    owner = int((short_dir / "redis" / "owner.lock").read_text())
    os.kill(owner, signal.SIGKILL)
    while said(producer) != "done":
        assert producer.poll() in (None, 0)

    assert seen(ensure_server(short_dir)) == (5000, 5000)
    assert int((short_dir / "redis" / "owner.lock").read_text()) != owner
