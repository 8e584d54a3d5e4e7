"""Delivery without a process: the parts over a real server, stepped by the test, on a clock that it moves."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest

from hypervisor.access.principal import LOCAL, Principal
from hypervisor.delivery import setup
from hypervisor.delivery.desk import Desk
from hypervisor.delivery.fanout import FanOut
from hypervisor.delivery.model import NewSubscription
from hypervisor.delivery.process import Knowing, Parts
from hypervisor.delivery.rights import Entitled
from hypervisor.delivery.settings import DeliverySettings
from hypervisor.delivery.worker import Workers
from hypervisor.store.values import Commit, Message
from tests.hypervisor.conftest import Clock
from tests.hypervisor.delivery.receiver import Receiver, receiving

LOOPBACK = (ip_network("127.0.0.0/8"),)
SETTINGS = DeliverySettings(site="testville", webhook_allow_nets=LOOPBACK, jitter=0.0, timeout_s=5.0)


EVERYBODY: Entitled = {"mobility": (LOCAL,)}
"""Entitles the service to everything: for tests that are about something else."""


class Town:
    """The parts of one delivering process, and what a test does with them."""

    def __init__(self, url: str, clock: Clock, settings: DeliverySettings = SETTINGS) -> None:
        self.parts: Parts = replace(setup.parts(url, settings, clock), random=lambda: 0.0)
        self.clock, self.settings = clock, settings
        self.desk = Desk((self.parts.feed, self.parts.store), self.parts.queue, self.parts.making, settings.site)
        self.queue, self.store = self.parts.queue, self.parts.store
        self.entitled: Entitled = EVERYBODY
        self._told = 0
        self.fan_out = self.another_fan_out()
        making = self.parts.making
        self.workers = Workers(
            self.queue, self.desk.directory, self.parts.channels, settings, (making.clock, lambda: 0.0), "w"
        )

    def another_fan_out(self, name: str = "f") -> FanOut:
        async def knowledge() -> Any:
            known = await Knowing(self.parts, self.desk.directory)()
            return replace(known, entitled=self.entitled)

        sources = (self.parts.feed, self.store)
        return FanOut(sources, self.queue, knowledge, self.settings, self.clock, name)

    async def subscribe(self, channel: dict[str, Any], who: Principal = LOCAL, **asked: Any) -> str:
        """Make a subscription of mobility; return its id."""
        body = {"name": "test", "service": "mobility", "channel": channel, "filter": asked}
        kept = await self.desk.make(who, NewSubscription.model_validate(body), await self.desk.world())
        return kept.id

    async def webhook(self, receiver: Receiver, **asked: Any) -> str:
        """Subscribe a receiver."""
        return await self.subscribe({"type": "webhook", "url": receiver.url}, **asked)

    async def tell(self, kind: str = "alert.opened", lane: str = "case-1", **members: Any) -> str:
        """Tell a message on the bus; return its id."""
        self._told += 1
        name = f"m{self._told}"
        message = Message(name, kind, self.clock(), "r1", lane, **members)
        await self.store.commit(Commit(messages=[message]))
        return name

    async def fan(self) -> None:
        """Queue all that was told, with everything as it is now."""
        await self.fan_out.refresh(0)
        await asyncio.sleep(0.002)  # what was told in this millisecond of the server is read in the next
        while await self.fan_out.step():
            pass

    async def work(self) -> int:
        """Serve all tokens that are ready, one after the other, until there are none; return how many."""
        served = 0
        while tokens := [token for sick in (False, True) for token in await self.queue.tokens(sick, "w", 10, 0.001)]:
            for token in tokens:
                await self.workers.serve(token)
                served += 1
        return served

    async def deliver(self) -> int:
        """Queue and serve all."""
        await self.fan()
        await self.queue.tend()
        return await self.work()

    async def close(self) -> None:
        await setup.close(self.parts)


Story = Callable[[Town], Awaitable[Any]]


@pytest.fixture
def town(valkey_url: str, clock: Clock) -> Callable[..., Any]:
    """Run a story in a town."""

    def run(story: Story, settings: DeliverySettings = SETTINGS) -> Any:
        async def told() -> Any:
            one = Town(valkey_url, clock, settings)
            await one.queue.forget_consumers(3600)  # makes the groups
            try:
                return await story(one)
            finally:
                await one.close()

        return asyncio.run(told())

    return run


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Yield a receiver."""
    with receiving() as one:
        yield one
