"""The delivering process: fan-out (one at a time, by lease) and workers in one event loop."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from hypervisor.delivery.channels.channel import Channel
from hypervisor.delivery.desk import places
from hypervisor.delivery.directory import Directory, Making
from hypervisor.delivery.fanout import FanOut, Known
from hypervisor.delivery.matching import World
from hypervisor.delivery.queue import Queue
from hypervisor.delivery.rights import Entitled
from hypervisor.delivery.settings import DeliverySettings
from hypervisor.delivery.worker import Workers
from hypervisor.ending import end
from hypervisor.feed import Feed
from hypervisor.store.values import Store, StoreAway

EXPIRE_S = 60.0
"""Dead letters that are too old are looked for so often."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that a delivering process is made of."""

    feed: Feed
    store: Store
    queue: Queue
    channels: Mapping[str, Channel]
    settings: DeliverySettings
    making: Making
    random: Callable[[], float]  # 0..1, for jitter
    entitled: Callable[[], Awaitable[Entitled]]
    name: str  # of this process, never used before


class Knowing:
    """Reads what matching needs, and keeps the queue in step with the subscriptions' states."""

    def __init__(self, parts: Parts, directory: Directory) -> None:
        self._parts, self._directory = parts, directory
        self._expired_s = float("-inf")

    async def __call__(self) -> Known:
        """Return it as it is now."""
        parts = self._parts
        every = await self._directory.all()
        world = World(await parts.feed.cameras(), await places(parts.store))
        # A process that died between a change and what follows from it leaves them apart: put them together again.
        stopped = {name for name, one in every.items() if one.state != "active"}
        held = await parts.queue.held()
        for name in stopped - held:
            await parts.queue.hold(name, held=True)
        for name in held - stopped:
            if name in every:
                await parts.queue.hold(name, held=False)
            else:
                await parts.queue.forget(name)
        await self._expire(list(every))
        wanting = {name: one for name, one in every.items() if one.state != "disabled"}
        return Known(wanting, await parts.entitled(), world)

    async def _expire(self, names: list[str]) -> None:
        now_s = self._parts.making.clock()
        if now_s - self._expired_s >= EXPIRE_S:
            self._expired_s = now_s
            for name in names:
                await self._parts.queue.expire(name)


async def deliver(parts: Parts, stopped: asyncio.Event) -> None:
    """Deliver until `stopped`; attempts that run are given a moment to end."""
    directory = Directory(parts.store, parts.making)
    clock = parts.making.clock
    fan_out = FanOut(
        (parts.feed, parts.store), parts.queue, Knowing(parts, directory), parts.settings, clock, parts.name
    )
    workers = Workers(parts.queue, directory, parts.channels, parts.settings, (clock, parts.random), parts.name)
    tasks = [asyncio.create_task(fan_out.run()), asyncio.create_task(workers.run())]
    waiting = asyncio.create_task(stopped.wait())
    try:
        await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        tasks[0].cancel()
        await workers.drain()
        await end(*tasks)
        ended = await asyncio.gather(*tasks, return_exceptions=True)
        with suppress(StoreAway):
            await fan_out.release()
        for one in ended:
            if isinstance(one, BaseException) and not isinstance(one, asyncio.CancelledError):
                raise one
