"""What the store promises, on a real server: all or nothing, in order, provably."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pydantic import BaseModel

from hypervisor.store.documents import Documents
from hypervisor.store.redis_store import RedisStore, next_hash
from hypervisor.store.values import NEW, Act, Change, Commit, Conflict, Fence, Fenced, Message, StoreAway
from tests.hypervisor.builders import NOON
from tests.hypervisor.conftest import Clock

Run = Callable[[Callable[[RedisStore], Awaitable[Any]]], Any]


@pytest.fixture
def run(valkey_url: str, clock: Clock) -> Run:
    """Run a story against a fresh store."""

    def with_store(story: Callable[[RedisStore], Awaitable[Any]]) -> Any:
        async def told() -> Any:
            store = RedisStore(valkey_url, clock)
            try:
                return await story(store)
            finally:
                await store.close()

        return asyncio.run(told())

    return with_store


def rule(name: str = "r1", expect: int = NEW, body: str = '{"n":1}', **members: Any) -> Change:
    return Change("rules", name, body, expect, **members)


def alert(name: str = "m1") -> Message:
    return Message(name, "alert.opened", NOON, "r1", "case-1", ("mobility",), ("nord",), {"value": 12})


def act(action: str = "rule.create") -> Act:
    return Act("member:anne", "mobility", action, "rules/r1", NOON)


def test_a_commit_does_everything(run: Run) -> None:
    async def story(store: RedisStore) -> None:
        await store.commit(Commit([rule()], [alert()], [act()], {"rules": "5-0"}))
        kept = await store.get("rules", "r1")
        assert kept is not None
        assert (kept.version, kept.body) == (1, '{"n":1}')
        assert [told.message for told in await store.bus("0-0", 10)] == [alert()]
        assert [json.loads(line.text)["action"] for line in await store.audit("0-0", 10)] == ["rule.create"]
        assert await store.marks() == {"rules": "5-0"}

    run(story)


def test_a_commit_that_meets_another_version_does_nothing(run: Run) -> None:
    async def story(store: RedisStore) -> None:
        await store.commit(Commit([rule()]))
        with pytest.raises(Conflict, match="version 1"):
            await store.commit(Commit([rule("r2"), rule("r1", NEW)], [alert()], [act()], {"rules": "6-0"}))
        assert await store.get("rules", "r2") is None
        assert await store.bus("0-0", 10) == []
        assert await store.audit("0-0", 10) == []
        assert await store.marks() == {}
        await store.commit(Commit([rule("r1", 1, '{"n":2}')]))
        kept = await store.get("rules", "r1")
        assert kept is not None
        assert (kept.version, kept.body) == (2, '{"n":2}')

    run(story)


def test_documents_are_listed_newest_first_and_by_tag(run: Run) -> None:
    async def story(store: RedisStore) -> None:
        for number in range(7):
            tags = ("open",) if number % 2 else ("closed",)
            await store.commit(Commit([rule(f"r{number}", order=1000 + number // 2, tags=tags)]))
        listed = await store.listed("rules", limit=3)
        assert [doc.id for doc in listed] == ["r6", "r5", "r4"]
        rest = await store.listed("rules", before=(listed[-1].order, listed[-1].id))
        assert [doc.id for doc in rest] == ["r3", "r2", "r1", "r0"]
        assert [doc.id for doc in await store.listed("rules", "open")] == ["r5", "r3", "r1"]
        await store.commit(Commit([rule("r3", 1, tags=("closed",))]))
        assert [doc.id for doc in await store.listed("rules", "open")] == ["r5", "r1"]
        await store.commit(Commit([Change("rules", "r5", None, 1)]))
        assert [doc.id for doc in await store.listed("rules", "open")] == ["r1"]

    run(story)


def test_a_document_with_an_end_vanishes(run: Run, clock: Clock) -> None:
    async def story(store: RedisStore) -> None:
        await store.commit(Commit([rule(kept_s=60, tags=("open",))]))
        clock.now_s += 59
        await store.commit(Commit())
        assert await store.get("rules", "r1") is not None
        clock.now_s += 2
        await store.commit(Commit())
        assert await store.get("rules", "r1") is None
        assert await store.listed("rules", "open") == []

    run(story)


def test_the_audit_log_is_a_chain_even_with_several_writers(run: Run, valkey_url: str) -> None:
    async def story(store: RedisStore) -> None:
        other = RedisStore(valkey_url)
        await asyncio.gather(*(one.commit(Commit(acts=[act(), act("rule.delete")])) for one in [store, other] * 10))
        await other.close()
        lines, before = await store.audit("0-0", 1000), ""
        assert len(lines) == 40
        for line in lines:
            before = next_hash(before, line.text)
            assert line.hash == before

    run(story)


def test_who_lost_the_lease_cannot_commit(run: Run) -> None:
    async def story(store: RedisStore) -> None:
        first = await store.lease("rules", "one", 0.05)
        assert first is not None
        assert await store.lease("rules", "two", 5) is None
        assert await store.lease("rules", "one", 0.05) == first
        await asyncio.sleep(0.06)
        second = await store.lease("rules", "two", 5)
        assert second == Fence("rules", first.token + 1)
        with pytest.raises(Fenced):
            await store.commit(Commit([rule()], fence=first))
        await store.commit(Commit([rule()], fence=second))
        await store.release("rules", "one")
        assert await store.lease("rules", "one", 5) is None
        await store.release("rules", "two")
        assert await store.lease("rules", "one", 5) is not None

    run(story)


def test_documents_of_a_model_come_back_as_they_went(run: Run) -> None:
    class Thing(BaseModel):
        name: str
        n: int = 0

    async def story(store: RedisStore) -> None:
        things = Documents(store, "things", Thing)
        await store.commit(Commit([things.change("a", Thing(name="é"), expect=NEW, tags=("x",), at_s=NOON)]))
        kept = await things.get("a")
        assert kept is not None
        assert kept.value == Thing(name="é")
        assert kept.order == NOON * 1000
        assert [one.id for one in await things.listed("x")] == ["a"]
        await store.commit(Commit([things.removal("a", kept.version)]))
        assert await things.get("a") is None

    run(story)


def test_a_store_that_is_away_says_so_without_its_address() -> None:
    async def story() -> None:
        store = RedisStore("redis://someone:geheim@127.0.0.1:1/0")
        with pytest.raises(StoreAway) as caught:
            await store.commit(Commit([rule()]))
        assert "geheim" not in str(caught.value)
        assert "127" not in str(caught.value)
        await store.close()

    asyncio.run(story())
