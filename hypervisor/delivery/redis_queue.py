"""The queue in Redis or Valkey: lanes and tokens (`queue_keys` says how they lie there). A door to redis."""

import json
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from importlib.resources import files
from time import time
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from hypervisor.delivery import queue_keys
from hypervisor.delivery.queue import Batch, Counts, DeadLetter, Head, Result, Token, Waiting
from hypervisor.delivery.settings import DeliverySettings
from hypervisor.store import keys
from hypervisor.store.values import StoreAway

SOCKET_TIMEOUT_S = 2.0
BLOCK_S = 1.0  # a blocking read ends before the socket gives up
MAX_CONNECTIONS = 64
SCRIPTS = ("enqueue", "take", "finish", "tend", "hold", "dead", "forget")
LANES_AT_ONCE = 500


class RedisQueue:
    """Lanes, tokens, dead letters and the log of attempts, over a bounded pool of connections."""

    def __init__(self, url: str, settings: DeliverySettings | None = None, clock: Callable[[], float] = time) -> None:
        self._settings, self._clock = settings or DeliverySettings(), clock
        # Nothing is repeated behind our back: each script says itself whether it was done already.
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
        folder = files("hypervisor.delivery").joinpath("lua")
        common = folder.joinpath("common.lua").read_text("utf-8")
        self._scripts = {
            name: self._redis.register_script(common + folder.joinpath(f"{name}.lua").read_text("utf-8"))
            for name in SCRIPTS
        }

    async def enqueue(self, batch: Batch) -> bool:
        """Queue messages and move the marks (see `Queue.enqueue`)."""
        fence = batch.fence and {"key": keys.lease(batch.fence.lease), "token": batch.fence.token}
        done = await self._do(
            "enqueue",
            {
                "expect": dict(batch.expect),
                "marks": dict(batch.marks),
                "bodies": dict(batch.bodies),
                "items": [list(item) for item in batch.items],
                **({"fence": fence} if fence else {}),
            },
        )
        return bool(done == "done")

    async def tokens(self, sick: bool, consumer: str, most: int, wait_s: float) -> list[Token]:
        """Take tokens; wait for the first one."""
        stream = queue_keys.SICK if sick else queue_keys.READY
        block_ms = max(1, round(min(wait_s, BLOCK_S) * 1000))
        try:
            async with _reached():
                found: Any = await self._redis.xreadgroup(
                    queue_keys.GROUP, consumer, {stream: ">"}, count=most, block=block_ms
                )
        except ResponseError:
            await self._make_group(stream)
            return []
        return [Token(stream, one, told["s"], told["l"]) for _, rows in found or () for one, told in rows if told]

    async def abandoned(self, sick: bool, consumer: str, after_s: float, most: int) -> list[Token]:
        """Take over tokens of workers that were not heard of for a time."""
        stream = queue_keys.SICK if sick else queue_keys.READY
        try:
            async with _reached():
                found: Any = await self._redis.xautoclaim(
                    stream, queue_keys.GROUP, consumer, round(after_s * 1000), "0-0", most
                )
        except ResponseError:
            await self._make_group(stream)
            return []
        return [Token(stream, one, told["s"], told["l"]) for one, told in found[1] if told]

    async def forget_consumers(self, after_s: float) -> None:
        """Take idle consumers without tokens off the group: a process that comes back has a new name."""
        for stream in (queue_keys.READY, queue_keys.SICK):
            try:
                async with _reached():
                    for one in await self._redis.xinfo_consumers(stream, queue_keys.GROUP):
                        if one["pending"] == 0 and one["idle"] > after_s * 1000:
                            await self._redis.xgroup_delconsumer(stream, queue_keys.GROUP, one["name"])
            except ResponseError:
                await self._make_group(stream)

    async def head(self, token: Token, batch: int) -> Head:
        """Return what a token stands for."""
        found = await self._do("take", {"sub": token.subscription, "lane": token.lane, "batch": batch})
        held, attempts, since, *rest = found
        messages = tuple(Waiting(one, body) for one, body in zip(rest[::2], rest[1::2], strict=True))
        return Head(bool(held), int(attempts), float(since), messages)

    async def finish(self, token: Token, result: Result) -> bool:
        """Give a token back with what became of it; False if it had been taken over."""
        asked = {
            "stream": token.stream,
            "token": token.id,
            "sub": token.subscription,
            "lane": token.lane,
            "ids": list(result.ids),
            "outcome": result.outcome,
            "due_s": result.due_s,
            "reason": result.reason,
            "attempts": result.attempts,
            "log": list(result.log),
        }
        return bool(await self._do("finish", asked) == "done")

    async def tend(self) -> int:
        """Let lanes go on whose moment has come; return how many."""
        return int(await self._do("tend", {}))

    async def hold(self, subscription: str, held: bool, retry: bool = False) -> None:
        """Stop a subscription's deliveries or let them go on."""
        await self._do("hold", {"sub": subscription, "held": held, "retry": retry})

    async def held(self) -> set[str]:
        """Return the subscriptions that are held."""
        async with _reached():
            found: Any = await self._redis.smembers(f"{queue_keys.PREFIX}held")
        return set(found)

    async def dead(self, subscription: str, before: tuple[float, str] | None, limit: int) -> list[DeadLetter]:
        """Return dead letters, newest first, after a position (moment, id)."""
        order, highest = queue_keys.dead_order(subscription), "+inf" if before is None else before[0]
        async with _reached():
            found: Any = await self._redis.zrevrangebyscore(order, highest, "-inf", withscores=True)
        moments = {one: at_s for one, at_s in found if before is None or (at_s, one) < before}
        names = list(moments)[:limit]
        if not names:
            return []
        async with _reached():
            texts: Any = await self._redis.hmget(queue_keys.dead(subscription), names)
            bodies: Any = await self._redis.hmget(f"{queue_keys.PREFIX}body", names)
        return [
            DeadLetter(one, told["lane"], told["reason"], int(told["attempts"]), moments[one], body or "")
            for one, text, body in zip(names, texts, bodies, strict=True)
            if text and (told := json.loads(text))
        ]

    async def undead(self, subscription: str, ids: Sequence[str], replay: bool) -> int:
        """Queue dead letters again, or drop them; return how many there were."""
        return int(
            await self._do("dead", {"sub": subscription, "ids": list(ids), "act": "replay" if replay else "drop"})
        )

    async def oldest_dead(self, subscription: str, limit: int) -> list[str]:
        """Return the ids of the oldest dead letters, oldest first."""
        async with _reached():
            found: Any = await self._redis.zrange(queue_keys.dead_order(subscription), 0, limit - 1)
        return list(found)

    async def expire(self, subscription: str) -> int:
        """Drop dead letters that are older than they are kept; return how many."""
        until_s = self._clock() - self._settings.kept_s
        async with _reached():
            old: Any = await self._redis.zrangebyscore(
                queue_keys.dead_order(subscription), "-inf", until_s, 0, LANES_AT_ONCE
            )
        return await self.undead(subscription, old, replay=False) if old else 0

    async def forget(self, subscription: str) -> None:
        """Drop everything of a subscription."""
        while await self._do("forget", {"sub": subscription, "lanes": LANES_AT_ONCE}):
            pass

    async def log(self, subscription: str, before: str | None, limit: int) -> list[tuple[str, str]]:
        """Return attempts, newest first, before a position: position and JSON."""
        if before is not None and not before.strip("0-"):
            return []  # the server refuses what ends before the first position there can be
        highest = f"({before}" if before else "+"
        async with _reached():
            found: Any = await self._redis.xrevrange(queue_keys.log(subscription), highest, "-", limit)
        return [(position, fields["a"]) for position, fields in found]

    async def counts(self, subscriptions: Sequence[str]) -> dict[str, Counts]:
        """Return what waits, by subscription."""
        async with _reached():
            pipe = self._redis.pipeline(transaction=False)
            pipe.hgetall(f"{queue_keys.PREFIX}len")
            pipe.hgetall(f"{queue_keys.PREFIX}sick")
            pipe.hgetall(f"{queue_keys.PREFIX}counts")
            for one in subscriptions:
                pipe.zcard(queue_keys.dead_order(one))
            waiting, sick, counts, *dead = await pipe.execute()
        totals: dict[str, dict[str, int]] = {one: {} for one in subscriptions}
        for name, value in counts.items():
            what, _, one = name.partition("|")
            if one in totals:
                totals[one][what] = int(value)
        return {
            one: Counts(int(waiting.get(one, 0)), n, float(sick.get(one, 0)), totals[one])
            for one, n in zip(subscriptions, dead, strict=True)
        }

    async def sizes(self) -> dict[str, int]:
        """Return how many lanes are ready, failing and waiting for their moment, and how many messages are kept."""
        async with _reached():
            pipe = self._redis.pipeline(transaction=False)
            pipe.xlen(queue_keys.READY)
            pipe.xlen(queue_keys.SICK)
            pipe.zcard(f"{queue_keys.PREFIX}due")
            pipe.hlen(f"{queue_keys.PREFIX}body")
            found = await pipe.execute()
        return dict(zip(("ready", "failing", "due", "messages"), map(int, found), strict=True))

    async def append(self, key: str, fields: Mapping[str, str], max_length: int) -> None:
        """Append to a stream of a neighbour."""
        async with _reached():
            await self._redis.xadd(key, dict(fields), maxlen=max_length, approximate=True)  # type: ignore[arg-type]

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()
        await self._redis.connection_pool.aclose()

    async def _make_group(self, stream: str) -> None:
        try:
            async with _reached():
                await self._redis.xgroup_create(stream, queue_keys.GROUP, "0", mkstream=True)
        except ResponseError:
            return  # another worker made it at the same moment

    async def _do(self, name: str, asked: Mapping[str, Any]) -> Any:
        kept = self._settings
        bounds = {
            "now_s": self._clock(),
            "most": kept.per_subscription,
            "most_waiting": kept.most_waiting,
            "most_dead": kept.most_dead,
            "most_logged": kept.most_logged,
            "kept_s": kept.kept_s,
        }
        text = json.dumps(bounds | dict(asked), ensure_ascii=False, separators=(",", ":"))
        async with _reached():
            return await self._scripts[name](keys=[keys.MARKS], args=[queue_keys.PREFIX, text])


@asynccontextmanager
async def _reached() -> AsyncIterator[None]:
    """Turn a server that does not answer into `StoreAway`, without the address; refusals of a command stay."""
    try:
        yield
    except (RedisError, OSError) as error:
        if isinstance(error, ResponseError) and any(one in str(error) for one in ("GROUP", "no such key")):
            raise  # there is no group yet, or there is one by now

        raise StoreAway(f"Redis does not answer ({type(error).__name__})") from error
