"""The store in Redis or Valkey: with `hypervisor.redis_feed` the only importers of redis on this side."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict
from importlib.resources import files
from time import time
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from hypervisor.store import keys
from hypervisor.store.values import (
    MOST_LISTED,
    Act,
    Audited,
    Change,
    Commit,
    Conflict,
    Doc,
    Fence,
    Fenced,
    Message,
    StoreAway,
    Taken,
    Told,
)

SOCKET_TIMEOUT_S = 2.0
MAX_CONNECTIONS = 16
HASHES_AT_ONCE = 500  # asked for in one round trip
TIP_RETRIES = 50  # others that write to the audit log at the same moment

LEASE = """
local held = redis.call('GET', KEYS[1])
local holder, token = nil, nil
if held then holder, token = held:match('^(.*)|(%d+)$') end
if holder and holder ~= ARGV[1] then return false end
token = token or redis.call('HINCRBY', KEYS[2], ARGV[2], 1)
redis.call('SET', KEYS[1], ARGV[1] .. '|' .. token, 'PX', ARGV[3])
return tonumber(token)
"""
RELEASE = """
local held = redis.call('GET', KEYS[1])
if held and held:match('^(.*)|%d+$') == ARGV[1] then redis.call('DEL', KEYS[1]) end
"""


class RedisStore:
    """Keeps documents, messages, marks and the audit log, over a bounded pool of connections."""

    def __init__(self, url: str, clock: Callable[[], float] = time) -> None:
        # A commit is never repeated behind our back: an answer that was lost is told as `StoreAway`.
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=MAX_CONNECTIONS,
            timeout=SOCKET_TIMEOUT_S,
            socket_timeout=SOCKET_TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
            protocol=2,
            **({} if url.startswith("unix:") else {"socket_connect_timeout": SOCKET_TIMEOUT_S}),
        )
        self._redis: Redis = Redis(connection_pool=pool)
        self._clock = clock
        self._commit = self._redis.register_script(files("hypervisor.store").joinpath("commit.lua").read_text("utf-8"))
        self._lease = self._redis.register_script(LEASE)
        self._take = self._redis.register_script(files("hypervisor.store").joinpath("take.lua").read_text("utf-8"))
        self._release = self._redis.register_script(RELEASE)
        self._scripts: dict[str, AsyncScript] = {}
        self._tip = ""  # of the audit log, as far as this process knows

    async def get(self, collection: str, doc_id: str) -> Doc | None:
        """Return a document."""
        return (await self.many(collection, [doc_id])).get(doc_id)

    async def many(self, collection: str, ids: Sequence[str]) -> dict[str, Doc]:
        """Return those that exist."""
        if not ids:
            return {}
        async with _reached():
            found: Any = await self._redis.hmget(keys.collection(collection), list(ids))
        return {one: _doc(one, text) for one, text in zip(ids, found, strict=True) if text is not None}

    async def listed(
        self, collection: str, tag: str = "", before: tuple[int, str] | None = None, limit: int = MOST_LISTED
    ) -> list[Doc]:
        """Return documents newest first (order, then id), after a position in that order; all, or those of a tag."""
        key, result, skip = keys.index(collection, tag), list[Doc](), 0
        highest: int | str = "+inf" if before is None else before[0]
        while len(result) < limit:
            async with _reached():
                found: Any = await self._redis.zrevrangebyscore(key, highest, "-inf", skip, limit + 1, withscores=True)
            names = [one for one, order in found if before is None or (int(order), one) < before]
            documents = await self.many(collection, names)
            result += [documents[one] for one in names if one in documents]
            if len(found) <= limit:
                break
            skip += len(found)
        return result[:limit]

    async def commit(self, commit: Commit) -> None:
        """Do all of it or nothing (see `Store.commit`)."""
        plain = {
            "changes": [_change(change) for change in commit.changes],
            "messages": [message_text(message) for message in commit.messages],
            "marks": dict(commit.marks),
            "fence": asdict(commit.fence) if commit.fence else None,
            "bus_max": keys.BUS_MAX,
            "now_s": self._clock(),
        }
        for _ in range(TIP_RETRIES):
            acts = _chained(self._tip, commit.acts)
            text = _json({k: v for k, v in (plain | {"acts": acts, "tip": self._tip}).items() if v is not None})
            async with _reached():
                names = [keys.BUS, keys.AUDIT, keys.MARKS, keys.ENDS]
                answer: Any = await self._commit(keys=names, args=[keys.PREFIX, text])
            if answer[0] == "done":
                self._tip = acts[-1][1] if acts else self._tip
                return
            if answer[0] == "conflict":
                raise Conflict(answer[1], answer[2], int(answer[3]))
            if answer[0] == "fenced":
                raise Fenced("the lease has another holder by now")
            self._tip = answer[1]
        raise StoreAway("the audit log is too busy; try again")

    async def marks(self) -> dict[str, str]:
        """Return all named positions."""
        async with _reached():
            found: Any = await self._redis.hgetall(keys.MARKS)
        return dict(found)

    async def bus(self, after: str, limit: int) -> list[Told]:
        """Return messages after a position on the bus, oldest first."""
        async with _reached():
            found: Any = await self._redis.xrange(keys.BUS, f"({after}", "+", limit)
        return [Told(position, message_from(fields["m"])) for position, fields in found]

    async def bus_trimmed(self, after: str) -> bool:
        """Tell whether messages after a position on the bus were deleted since."""
        async with _reached():
            if not await self._redis.exists(keys.BUS):
                return False
            info: Any = await self._redis.xinfo_stream(keys.BUS)
        first = info["recorded-first-entry-id"] if info["length"] else info["last-generated-id"]
        return bool(info["entries-added"] > info["length"] and _order(first) > _order(after))

    async def audit(self, after: str, limit: int) -> list[Audited]:
        """Return lines of the audit log after a position, oldest first."""
        async with _reached():
            found: Any = await self._redis.xrange(keys.AUDIT, f"({after}", "+", limit)
        return [Audited(position, fields["a"], fields["h"]) for position, fields in found]

    async def audit_newest(self, before: str, limit: int) -> list[Audited]:
        """Return lines of the audit log before a position (`+`: from the last), newest first."""
        async with _reached():
            start = before if before == "+" else f"({before}"
            found: Any = await self._redis.xrevrange(keys.AUDIT, start, "-", limit)
        return [Audited(position, fields["a"], fields["h"]) for position, fields in found]

    async def holder(self, lease: str) -> str | None:
        """Return who holds a lease; None if nobody does."""
        async with _reached():
            held: Any = await self._redis.get(keys.lease(lease))
        return None if held is None else str(held).rpartition("|")[0]

    async def server(self) -> dict[str, Any]:
        """Return what the server says of itself."""
        async with _reached():
            found: Any = await self._redis.info("server", "memory", "persistence")
        return dict(found)

    async def lease(self, name: str, holder: str, seconds: float) -> Fence | None:
        """Take or renew a lease; None while another holder has it."""
        async with _reached():
            token: Any = await self._lease(
                keys=[keys.lease(name), keys.TOKENS], args=[holder, name, round(seconds * 1000)]
            )
        return None if token is None else Fence(name, int(token))

    async def release(self, name: str, holder: str) -> None:
        """Give a lease back, if it is this holder's."""
        async with _reached():
            await self._release(keys=[keys.lease(name)], args=[holder])

    async def take(self, bucket: str, per_s: float, most: int) -> Taken:
        """Take a token out of a bucket that fills by `per_s` a second up to `most`; a new one is full."""
        now_ms = round(self._clock() * 1000)
        async with _reached():
            taken, left, wait_ms = await self._take(keys=[keys.bucket(bucket)], args=[now_ms, per_s, most])
        return Taken(bool(taken), int(left) // 1000, int(wait_ms) / 1000)

    async def run(self, script: str, keys_: Sequence[str], argument: str) -> Any:
        """Run one Lua script with the prefix of all keys and an argument."""
        if script not in self._scripts:
            self._scripts[script] = self._redis.register_script(script)
        async with _reached():
            return await self._scripts[script](keys=list(keys_), args=[keys.PREFIX, argument])

    async def hashes(self, keys_: Sequence[str]) -> list[dict[str, str]]:
        """Return hashes by their keys; empty ones where there is none."""
        found: list[dict[str, str]] = []
        for first in range(0, len(keys_), HASHES_AT_ONCE):
            async with _reached():
                pipe = self._redis.pipeline(transaction=False)
                for key in keys_[first : first + HASHES_AT_ONCE]:
                    pipe.hgetall(key)
                found += await pipe.execute()
        return found

    async def due(self, key: str, until: float, limit: int) -> list[str]:
        """Return members of a sorted set up to a score, lowest first."""
        async with _reached():
            found: Any = await self._redis.zrangebyscore(key, "-inf", until, 0, limit)
        return list(found)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()
        await self._redis.connection_pool.aclose()


def _order(position: str) -> tuple[int, int]:
    ms, seq = position.split("-")
    return int(ms), int(seq)


def message_text(message: Message) -> str:
    """Return a message as it stands on the bus."""
    return _json(asdict(message))


def message_from(text: str) -> Message:
    """Read a message from the bus."""
    fields = json.loads(text)
    return Message(**fields | {name: tuple(fields[name]) for name in ("services", "cameras")})


def act_text(act: Act) -> str:
    """Return an act as it stands in the audit log: canonical, so that its hash can be computed again."""
    return json.dumps(asdict(act), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def next_hash(before: str, text: str) -> str:
    """Return the hash of a line of the audit log: over the hash before it and the line."""
    return hashlib.sha256(f"{before}\n{text}".encode()).hexdigest()


def _chained(tip: str, acts: Sequence[Act]) -> list[tuple[str, str]]:
    result = []
    for act in acts:
        text = act_text(act)
        tip = next_hash(tip, text)
        result.append((text, tip))
    return result


def _change(change: Change) -> dict[str, Any]:
    fields = {
        "c": change.collection,
        "id": change.id,
        "expect": change.expect,
        "tags": list(change.tags),
        "order": change.order,
        "kept_s": change.kept_s,
    }
    return fields if change.body is None else fields | {"body": change.body}


def _doc(doc_id: str, text: str) -> Doc:
    fields = json.loads(text)
    # Lua writes a list without members as an object.
    return Doc(doc_id, int(fields["v"]), fields["b"], int(fields["o"]), tuple(fields["t"] or ()))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


@asynccontextmanager
async def _reached() -> AsyncIterator[None]:
    """Turn whatever the client raises into `StoreAway`, without the address."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise StoreAway(f"Redis does not answer ({type(error).__name__})") from error
