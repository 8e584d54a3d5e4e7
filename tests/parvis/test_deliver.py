"""`parvis deliver` as a process: it delivers, waits for a server that is away, and ends when it is told to."""

import asyncio
import os
import signal
import time
from pathlib import Path

import pytest
from redis import Redis

from hypervisor.access.directory import Directory, NewKey
from hypervisor.access.kept import Grants, Service
from hypervisor.access.principal import LOCAL
from hypervisor.delivery.desk import Desk
from hypervisor.delivery.directory import Making
from hypervisor.delivery.model import NewSubscription
from hypervisor.delivery.redis_queue import RedisQueue
from hypervisor.redis_feed import RedisFeed
from hypervisor.store.redis_store import RedisStore
from hypervisor.store.values import Commit, Message
from pipeline.embedded_owner import ServerProcess
from tests.running import process, refusal, until

STREAM = "parvis:out:mobility:notes"


async def subscribed(url: str) -> None:
    """Make a service with a key, and a subscription to alerts."""
    feed, store, queue = RedisFeed(url), RedisStore(url), RedisQueue(url)
    people = Directory(store, time.time, os.urandom)
    await people.keep_service(LOCAL, "mobility", Service(name="Mobility"))
    await people.create_key(LOCAL, NewKey("mobility", "default", Grants(scopes=frozenset({"alerts:read"}))))
    desk = Desk((feed, store), queue, Making(time.time, os.urandom))
    channel = {"type": "redis_stream", "stream": "notes"}
    body = NewSubscription.model_validate({"name": "n", "service": "mobility", "channel": channel})
    await desk.make(LOCAL, body, await desk.world())
    for one in (feed, store, queue):
        await one.close()


async def told(url: str, name: str) -> None:
    store = RedisStore(url)
    await store.commit(Commit(messages=[Message(name, "alert.opened", time.time(), "a1", "case-1")]))
    await store.close()


def test_it_delivers_goes_on_after_a_restart_of_the_server_and_ends_in_order(
    own_server: ServerProcess, short_dir: Path
) -> None:
    own_server.start()
    url = f"unix://{short_dir / 'socket'}"
    asyncio.run(subscribed(url))
    with process("deliver", "--redis", url) as child:
        asyncio.run(told(url, "m1"))
        with Redis.from_url(url) as redis:
            until(lambda: redis.xlen(STREAM) == 1)
        own_server.stop()
        own_server.start()
        asyncio.run(told(url, "m2"))
        with Redis.from_url(url) as redis:
            until(lambda: redis.xlen(STREAM) == 2)
            child.send_signal(signal.SIGTERM)
            assert child.wait(20) == 0
            assert redis.get("parvis1:{hypervisor}:lease:deliver") is None  # another goes on at once


def test_a_network_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(capsys, "deliver", "--allow-net", "10.0.0.1/8")
    assert said.startswith("--allow-net: ")
    assert said.endswith("expected a network such as 10.20.0.0/16")
