"""Connecting: what is refused, what is never printed, and the small things kept beside the counts."""

import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis

from pipeline import keys
from pipeline.errors import Refused
from pipeline.observation import CameraDescription, CameraState
from pipeline.redis_client import RedisAway, RedisClient, check_server, connect, without_secrets
from tests.pipeline.redis.builders import KEPT, description, state
from tests.pipeline.redis.proxy import Proxy

SECRET = "hunter2"


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def old_server() -> Iterator[int]:
    """A port that says it is Redis 6.2."""
    body = b"# Server\r\nredis_version:6.2.14\r\n"
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            peer, _ = server.accept()
            with peer:
                while data := peer.recv(4096):
                    answers = [b"$%d\r\n%s\r\n" % (len(body), body) if b"INFO" in data else b"+OK\r\n"]
                    peer.sendall(b"".join(answers * data.count(b"*")))

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        thread.join(2)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


def test_a_server_that_is_not_there_is_refused_without_the_password() -> None:
    url = f"redis://parvis:{SECRET}@127.0.0.1:{free_port()}/0?password={SECRET}"

    with pytest.raises(Refused, match=r"^redis: redis://127.0.0.1:\d+/0: .*refused; expected") as refused:
        connect(url, Path())
    assert SECRET not in str(refused.value)


def test_a_server_that_stays_silent_is_refused_in_time(silent_port: int) -> None:
    with pytest.raises(Refused, match=r"(?i)time"):
        connect(f"redis://:{SECRET}@127.0.0.1:{silent_port}/0", Path(), timeout_s=0.2)


@pytest.mark.parametrize(
    "url", [f"http://u:{SECRET}@host", f"redis//{SECRET}@host", "localhost:6379", f"redis://u:{SECRET}@host:port", ""]
)
def test_what_is_no_url_of_redis_is_refused_unprinted(url: str) -> None:
    with pytest.raises(Refused, match="expected embedded, redis://") as refused:
        connect(url, Path())
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"redis://user:{SECRET}@host:6380/2?timeout=3", "redis://host:6380/2"),
        (f"rediss://:{SECRET}@host", "rediss://host"),
        (f"unix://user:{SECRET}@/run/redis.sock?db=1&password={SECRET}", "unix:///run/redis.sock"),
    ],
)
def test_urls_are_shown_without_their_secrets(url: str, shown: str) -> None:
    assert without_secrets(url) == shown


def test_a_wrong_password_is_refused_without_being_shown(valkey_url: str) -> None:
    with pytest.raises(Refused) as refused:
        connect(valkey_url.replace("unix://", f"unix://nobody:{SECRET}@"), Path())
    assert SECRET not in str(refused.value)


def test_an_old_server_is_refused_with_what_was_found(old_server: int) -> None:
    with pytest.raises(Refused, match=r"is version 6\.2\.14; expected Redis 7\.2"):
        connect(f"redis://127.0.0.1:{old_server}/0", Path(), timeout_s=1.0)


@pytest.mark.parametrize("version", ["7.0.15", "6", "unknown"])
def test_versions_before_7_2_are_refused(version: str) -> None:
    with pytest.raises(Refused, match=version):
        check_server("redis://host", {"redis_version": version})


@pytest.mark.parametrize("version", ["7.2.0", "7.10.1", "8.0-rc1", "10.0.0"])
def test_newer_versions_are_taken(version: str) -> None:
    check_server("redis://host", {"redis_version": version})


def test_a_server_that_may_drop_counts_when_full_is_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        check_server(
            "redis://host", {"redis_version": "7.4.0", "maxmemory": 1 << 30, "maxmemory_policy": "allkeys-lru"}
        )
    assert "allkeys-lru" in caplog.text


def test_a_command_without_an_answer_is_not_repeated_behind_our_back(proxy: Proxy, redis: Redis) -> None:
    """A retry of redis-py's own after a time-out would count twice what is not idempotent."""
    with closing(connect(proxy.url, Path(), timeout_s=0.2)) as client:
        proxy.deafen()
        with pytest.raises(RedisAway, match=r"(?i)timeout"):
            client.describe(description())

    assert proxy.received.count(b"HSET") == 1
    assert redis.hlen(keys.CAMERAS) == 1  # it was done all the same


def test_the_first_start_of_a_recording_is_kept(client: RedisClient, redis: Redis) -> None:
    assert client.first_start("cam", "ab" * 32, 1000.125, KEPT) == 1000.125
    redis.expire(keys.recording("cam", "ab" * 32), 100)

    assert client.first_start("cam", "ab" * 32, 2000.0, KEPT) == 1000.125
    assert redis.ttl(keys.recording("cam", "ab" * 32)) > 100  # kept as long as the figures of this replay
    assert client.first_start("cam", "cd" * 32, 2000.0, KEPT) == 2000.0
    assert client.first_start("other", "ab" * 32, 2000.0, KEPT) == 2000.0


def test_state_and_description_are_replaced(client: RedisClient, redis: Redis) -> None:
    client.set_state(state(), KEPT)
    client.set_state(state(events_lost=3), KEPT)
    client.describe(description("old"))
    client.describe(description("new"))

    assert CameraState.model_validate_json(redis.get(keys.state("cam")) or "").events_lost == 3
    described = redis.hgetall(keys.CAMERAS)
    assert set(described) == {"cam"}
    assert CameraDescription.model_validate_json(described["cam"]).name == "new"
