"""A backup holds all there is, of one moment; a restore brings it back, whole or not at all."""

import asyncio
import gzip
import json
import os
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from redis import Redis

from hypervisor.store.backup import Line, NotEmpty, dump, is_empty, load
from hypervisor.store.chain import verify
from hypervisor.store.redis_store import RedisStore
from hypervisor.store.values import ANY, NEW, Act, Change, Commit, Message, StoreAway
from parvis.backing_up import checked, lines_of, write
from pipeline.errors import Refused
from tests.hypervisor.builders import NOON, Site

Answer = TypeVar("Answer")
NOW_MS = round(time.time() * 1000)


@pytest.fixture
def other_url(valkey_url: str) -> str:
    """Return the URL of another empty database of the server."""
    return f"{valkey_url}?db=1"


def told(url: str, story: Callable[[RedisStore], Awaitable[Answer]]) -> Answer:
    async def with_store() -> Answer:
        store = RedisStore(url, lambda: NOON)
        try:
            return await story(store)
        finally:
            await store.close()

    return asyncio.run(with_store())


def act(number: int) -> Act:
    return Act("member:anne", "mobility", "rule.create", f"rules/r{number}", NOON)


async def fill(store: RedisStore) -> None:
    for number in range(3):
        change = Change("rules", f"r{number}", '{"n":"é"}', NEW, ("open",), order=number)
        message = Message(f"m{number}", "alert.opened", NOON, f"r{number}", "c")
        await store.commit(Commit([change], [message], [act(number)], {"rules": f"{number}-0"}))
    await store.commit(Commit([Change("idempotency", "i", "{}", NEW, kept_s=60)]))
    await store.commit(Commit([Change("sessions", "secret", "{}", NEW), Change("tickets", "secret", "{}", NEW)]))
    await store.take("somebody", 1, 10)
    await store.lease("rules", "me", 60)


def everything(url: str) -> dict[str, Any]:
    read = {"hash": "hgetall", "string": "get", "stream": "xrange", "set": "smembers"}
    with Redis.from_url(url, decode_responses=True) as redis:
        plain = {key: str(redis.type(key)) for key in redis.scan_iter()}
        return {
            key: redis.zrange(key, 0, -1, withscores=True)
            if kind == "zset"
            else redis.lrange(key, 0, -1)
            if kind == "list"
            else getattr(redis, read[kind])(key)
            for key, kind in plain.items()
        }


def test_what_was_backed_up_comes_back_and_goes_on(valkey_url: str, other_url: str, tmp_path: Path) -> None:
    told(valkey_url, fill)
    write(tmp_path / "b", dump(valkey_url, figures=False), False, 1)
    load(other_url, lines_of(tmp_path / "b"), NOW_MS)
    before = everything(valkey_url)
    left = {key for key in before if "sessions" in key or "tickets" in key or ":rate:" in key or ":lease:" in key}
    assert everything(other_url) == {key: value for key, value in before.items() if key not in left}
    assert len(left) == 6

    async def goes_on(store: RedisStore) -> tuple[Any, ...]:
        kept = await store.get("rules", "r1")
        assert kept is not None
        await store.commit(Commit([Change("rules", "r1", "{}", kept.version, ("open",))], acts=[act(1)]))
        verdict = await verify(store)
        return verdict.lines, verdict.fault, [doc.id for doc in await store.listed("rules", "open")]

    assert told(other_url, goes_on) == (4, None, ["r2", "r1", "r0"])


def test_figures_come_along_where_asked(valkey_url: str, other_url: str, site: Site) -> None:
    told(valkey_url, fill)
    site.camera()
    site.bucket(NOON, forward=3)
    site.tell()
    site.redis.zadd("parvis1:{nord}:deposits", {"d1": float("inf")})
    site.redis.set("parvis1:{nord}:rec:x", "1", ex=3600)
    assert all("{hypervisor}" in line.key for line in dump(valkey_url, figures=False))
    load(other_url, dump(valkey_url, figures=True), NOW_MS)
    mine, theirs = everything(valkey_url), everything(other_url)
    cameras = {key: value for key, value in mine.items() if "{hypervisor}" not in key}
    assert {key: value for key, value in theirs.items() if "{hypervisor}" not in key} == cameras
    with Redis.from_url(other_url) as redis:
        assert 3500 < redis.ttl("parvis1:{nord}:rec:x") <= 3600


def test_what_has_ended_meanwhile_stays_away(valkey_url: str, other_url: str, site: Site) -> None:
    site.redis.set("parvis1:{nord}:rec:x", "1", ex=60)
    load(other_url, list(dump(valkey_url, figures=True)), NOW_MS + 3_600_000)
    assert everything(other_url) == {}


def test_it_is_of_one_moment_though_everything_goes_on(valkey_url: str, other_url: str) -> None:
    """Every commit makes a document and a line of the log: a state between commits has as many of each."""
    over = threading.Event()

    def write_on() -> None:
        async def story(store: RedisStore) -> None:
            number = 0
            while not over.is_set():
                new = [Change(f"c{number % 7}", f"r{number}", "{}", ANY), Change(f"d{number}", "x", "{}", ANY)]
                await store.commit(Commit(new[: 2 if number % 50 == 0 else 1], acts=[act(number)]))
                number += 1

        told(valkey_url, story)

    writer = threading.Thread(target=write_on)
    writer.start()
    try:
        time.sleep(0.1)
        lines = list(dump(valkey_url, figures=False))
    finally:
        over.set()
        writer.join()
    load(other_url, lines, NOW_MS)
    found = everything(other_url)
    documents = sum(len(value) for key, value in found.items() if ":c:c" in key)
    assert documents == len(found["parvis1:{hypervisor}:audit"]) > 0
    assert told(other_url, verify).fault is None


def test_a_store_that_holds_something_is_left_alone(valkey_url: str, other_url: str, site: Site) -> None:
    told(valkey_url, fill)
    told(other_url, fill)
    before = everything(other_url)
    assert not is_empty(other_url)
    with pytest.raises(NotEmpty):
        load(other_url, dump(valkey_url, figures=False), NOW_MS)
    assert everything(other_url) == before


def test_a_restore_that_breaks_off_leaves_nothing(valkey_url: str, other_url: str) -> None:
    told(valkey_url, fill)

    def breaking() -> Iterator[Line]:
        yield from list(dump(valkey_url, figures=False))[:5]
        raise OSError("the disk is gone")

    with pytest.raises(StoreAway):
        load(other_url, breaking(), NOW_MS)
    assert everything(other_url) == {}


def test_a_backup_is_for_its_user_only_and_never_overwrites(valkey_url: str, tmp_path: Path) -> None:
    told(valkey_url, fill)
    path = tmp_path / "b"
    written = write(path, dump(valkey_url, figures=False), False, 1)
    assert os.stat(path).st_mode & 0o077 == 0
    assert checked(path) == written
    assert [one.name for one in tmp_path.iterdir()] == ["b"]
    with pytest.raises(Refused, match="is there already"):
        write(path, iter(()), False, 1)


@pytest.mark.parametrize(
    "damage", ["cut", "a line less", "a line changed", "a line more", "another file", "empty", "none"]
)
def test_a_damaged_backup_is_refused_before_anything_is_written(valkey_url: str, tmp_path: Path, damage: str) -> None:
    told(valkey_url, fill)
    path = tmp_path / "b"
    write(path, dump(valkey_url, figures=False), False, 1)
    lines = gzip.decompress(path.read_bytes()).decode().splitlines(keepends=True)
    edited = {
        "a line less": lines[:2] + lines[3:],
        "a line changed": [*lines[:2], lines[2].replace("parvis1", "parvis2"), *lines[3:]],
        "a line more": [*lines, lines[2]],
        "another file": [json.dumps({"schema": "parvis.backup/2"}) + "\n", *lines[1:]],
        "empty": [],
    }
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:-20])
    elif damage == "none":
        path.write_bytes(b"hello")
    else:
        path.write_bytes(gzip.compress("".join(edited[damage]).encode()))
    with pytest.raises(Refused, match="expected a whole backup") as refused:
        checked(path)
    assert "\n" not in str(refused.value)


def test_a_server_that_is_away_says_so_without_its_address() -> None:
    with pytest.raises(StoreAway) as away:
        list(dump("redis://someone:geheim@127.0.0.1:1/0", figures=False))
    assert "geheim" not in str(away.value)
