"""Alerts and cases in the event stream: one order with the observations, exact resume, only for whom they are."""

import asyncio
import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest

from hypervisor import notices
from hypervisor.access.principal import Principal
from hypervisor.events import Wanted
from hypervisor.feed import Position
from hypervisor.hub import Hub
from hypervisor.redis_feed import RedisFeed
from hypervisor.settings import Settings
from hypervisor.store import keys
from hypervisor.store.redis_store import RedisStore, message_text
from hypervisor.store.values import Commit, Message
from tests.hypervisor.builders import NOON, Site
from tests.hypervisor.running import Stream, running

QUICK = Settings(poll_s=0.01)
Say = Callable[..., str]


@pytest.fixture
def say(valkey_url: str) -> Say:
    """Tell a message on the bus."""
    numbers = itertools.count(1)

    def told(kind: str = "alert.opened", **members: Any) -> str:
        name = f"m{next(numbers)}"
        message = Message(name, kind, NOON, "a1", "case-1", data={"severity": "high"}, **members)

        async def write() -> None:
            store = RedisStore(valkey_url)
            await store.commit(Commit(messages=[message]))
            await store.close()

        asyncio.run(write())
        return name

    return told


def test_observations_and_messages_come_in_the_order_in_which_they_were_told(
    valkey_url: str, site: Site, say: Say
) -> None:
    site.camera()

    def seen() -> str:
        return site.tell().id

    with running(valkey_url, QUICK) as port, Stream(port) as stream:
        told = []
        for tell in (seen, say, seen, lambda: say("case.opened"), lambda: say("alert.closed"), seen):
            told.append(tell())
            time.sleep(0.002)  # within a millisecond of the server each source keeps its own order only
        got = stream.take(6)
        assert [one.data["id"] for one in got] == told
        assert [one.event for one in got[1:4:2]] == ["alert.opened", "case.opened"]
        assert got[1].data == {
            "id": "m1", "kind": "alert.opened", "time": "2026-03-02T12:00:00.000Z", "subject": "a1", "lane": "case-1",
            "cameras": [], "data": {"severity": "high"},
        }  # fmt: skip
        for place, one in enumerate(got):
            with Stream(port, after=one.id) as resumed:
                assert [each.data["id"] for each in resumed.take(5 - place)] == told[place + 1 :]


def text_of(name: str) -> str:
    return message_text(Message(name, "alert.opened", 1.0, "", ""))


def test_messages_of_one_millisecond_are_all_told_however_the_reader_resumes(valkey_url: str, site: Site) -> None:
    for seq in range(5):
        site.redis.xadd(keys.BUS, {"m": text_of(f"m{seq}")}, id=f"1000-{seq}")

    async def read() -> None:
        store = RedisStore(valkey_url)
        begin, end = Position(1000, 0, ""), Position(2000, 0, "")
        found = await notices.between(store, begin, end, 10)
        assert [one.event.id for one in found.items] == ["m0", "m1", "m2", "m3", "m4"]
        for place, one in enumerate(found.items):
            rest = await notices.between(store, one.position, end, 10)
            assert [each.event.id for each in rest.items] == [f"m{n}" for n in range(place + 1, 5)]
        part = await notices.between(store, begin, end, 2)
        assert (len(part.items), part.until) == (2, part.items[-1].position)
        assert (await notices.between(store, begin, Position(1000, 0, "nord"), 10)).items == []
        assert len((await notices.between(store, begin, Position(1000, 2, "nord"), 10)).items) == 2
        await store.close()

    asyncio.run(read())


def test_more_messages_than_a_page_keep_the_order(valkey_url: str, site: Site) -> None:
    site.camera()
    expected = []
    for n in range(60):
        for m in range(40):
            site.redis.xadd(keys.BUS, {"m": text_of(f"m{n}-{m}")})
            expected.append(f"m{n}-{m}")
        expected.append(site.tell().id)

    async def read() -> None:
        feed, store = RedisFeed(valkey_url), RedisStore(valkey_url)
        hub = Hub(feed, store, QUICK)
        await asyncio.sleep(0.002)
        await hub.join(Wanted(), None)
        reader = await hub.join(Wanted(), Position(0, 0, ""))
        got = [one.event.id async for one in hub.catch_up(reader)]
        assert sorted(got) == sorted(expected)  # within a millisecond each source keeps its own order
        for source in ("m", "nord"):
            assert [one for one in got if one.startswith(source)] == [one for one in expected if one.startswith(source)]
        await feed.close()
        await store.close()

    asyncio.run(read())


def test_kinds_may_be_asked_for_one_by_one_or_all_of_a_word(valkey_url: str, site: Site, say: Say) -> None:
    site.camera()
    with running(valkey_url, QUICK) as port, Stream(port, "?kind=case&kind=alert.closed") as stream:
        say()
        site.tell()
        told = [say("case.opened"), say("alert.closed")]
        assert [one.data["id"] for one in stream.take(2)] == told


def test_only_for_whom_it_is() -> None:
    scopes = frozenset({"flows:read", "alerts:read"})
    mobility = Wanted(who=Principal("key", "k", "mobility", scopes, frozenset({"nord"})))

    def told(kind: str = "alert.opened", **members: Any) -> Message:
        return Message("m", kind, NOON, "", "", **members)

    assert mobility(told(services=("mobility", "safety"), cameras=("nord",)))
    assert not mobility(told(services=("safety",)))
    assert not mobility(told(cameras=("nord", "sud")))
    assert not mobility(told("case.opened"))  # lacks cases:read
    alerts_only = Principal("key", "k", "mobility", scopes, kinds=frozenset({"alert"}))
    assert Wanted(who=alerts_only)(told())
    assert not Wanted(kinds=frozenset({"crossing"}))(told())
    assert not Wanted(cameras=frozenset({"nord"}))(told())


def test_a_gap_of_messages_is_told(valkey_url: str, site: Site, say: Say) -> None:
    site.camera()
    with running(valkey_url, QUICK) as port:
        with Stream(port) as stream:
            say()
            last = stream.next().id
        for _ in range(3):
            say()
        with Stream(port, after=last) as stream:
            assert [one.event for one in stream.take(3)] == ["alert.opened"] * 3
        site.redis.xtrim(keys.BUS, maxlen=1, approximate=False)
        with Stream(port, after=last) as stream:
            gap = stream.next()
            assert (gap.event, gap.data["messages"], gap.data["cameras"]) == ("stream.gap", True, [])
