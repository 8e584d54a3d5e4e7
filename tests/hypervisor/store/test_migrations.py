"""Kept documents get from one form to the next, and no Parvis serves a form that it does not know."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from hypervisor.store.migrations import CURRENT, MIGRATIONS, Migration, WrongForm, form_of, migrate, prepare
from hypervisor.store.redis_store import RedisStore
from hypervisor.store.values import NEW, Act, Change, Commit
from tests.hypervisor.builders import NOON

Answer = TypeVar("Answer")
NOW = lambda: NOON  # noqa: E731


def told(url: str, story: Callable[[RedisStore], Awaitable[Answer]]) -> Answer:
    async def with_store() -> Answer:
        store = RedisStore(url, NOW)
        try:
            return await story(store)
        finally:
            await store.close()

    return asyncio.run(with_store())


def renamed(body: dict[str, Any]) -> dict[str, Any]:
    """`title` became `name`."""
    return body if "name" in body else {"name": body.pop("title"), **body}


TABLE = (Migration(2, "rules have a name", {"rules": renamed}),)


async def old(store: RedisStore) -> None:
    changes = [Change("rules", f"r{n}", json.dumps({"title": f"é{n}"}), NEW, ("open",), order=n) for n in range(450)]
    await store.commit(Commit(changes, acts=[Act("local", None, "rule.create", "rules/r", NOON)]))


def test_the_table_leads_to_the_current_form() -> None:
    assert [one.to for one in MIGRATIONS] == list(range(2, CURRENT + 1))


def test_a_new_store_gets_the_current_form(valkey_url: str) -> None:
    async def story(store: RedisStore) -> list[int | None]:
        before = await form_of(store)
        await prepare(store, NOW)
        await prepare(store, NOW)
        return [before, await form_of(store)]

    assert told(valkey_url, story) == [None, CURRENT]


def test_an_old_store_is_refused_until_it_was_migrated(valkey_url: str) -> None:
    async def story(store: RedisStore) -> None:
        await old(store)
        with pytest.raises(WrongForm, match="parvis admin migrate"):
            await prepare(store, NOW, 2)
        assert await migrate(store, NOW, "local:local", TABLE, 2) == 450
        await prepare(store, NOW, 2)
        kept = await store.get("rules", "r7")
        assert kept is not None
        assert (kept.body, kept.version, kept.tags, kept.order) == ('{"name":"é7"}', 2, ("open",), 7)
        assert len(await store.listed("rules", "open")) == 450
        assert "store.migrate" in (await store.audit("0-0", 10))[-1].text
        assert await migrate(store, NOW, "local:local", TABLE, 2) == 0

    told(valkey_url, story)


def test_a_migration_that_breaks_off_is_done_again(valkey_url: str) -> None:
    seen = 0

    def breaking(body: dict[str, Any]) -> dict[str, Any]:
        nonlocal seen
        seen += 1
        if seen == 300:
            raise OSError("the lights went out")
        return renamed(body)

    async def story(store: RedisStore) -> None:
        await old(store)
        with pytest.raises(OSError, match="lights"):
            await migrate(store, NOW, "local:local", (Migration(2, "x", {"rules": breaking}),), 2)
        assert await form_of(store) == 1
        assert await migrate(store, NOW, "local:local", TABLE, 2) == 250

    told(valkey_url, story)


def test_a_newer_store_is_never_touched(valkey_url: str) -> None:
    async def story(store: RedisStore) -> None:
        await prepare(store, NOW, 3)
        for refused in (prepare(store, NOW, 2), migrate(store, NOW, "local:local", TABLE, 2)):
            with pytest.raises(WrongForm, match="newer"):
                await refused

    told(valkey_url, story)
