"""The fan-out: reads what was told, asks every subscription, and queues. One process does it at a time, by lease.

Its marks (how far it has read) move in the same call of the server that queues what it read. So whatever dies when,
nothing is queued twice and nothing is left out; a fan-out that lost its lease, or whose answer was lost, finds the
marks elsewhere and reads on from there.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from hypervisor.delivery import candidates, checks, queue_keys
from hypervisor.delivery.candidates import Candidate
from hypervisor.delivery.matching import Matcher, World
from hypervisor.delivery.model import Email, Subscription
from hypervisor.delivery.queue import Batch, Item, Queue
from hypervisor.delivery.rights import Entitled
from hypervisor.delivery.schedule import next_digest_s
from hypervisor.delivery.settings import DeliverySettings
from hypervisor.events import Wanted, deliveries
from hypervisor.feed import Feed, FeedAway, Position
from hypervisor.store.values import Fence, Store, StoreAway

LEASE = "deliver"
PAGE = 500
BUS_START = "0-0"
UNREAD_S = 5.0  # while nobody wants observations, their mark follows this far behind
DIGEST_LANE = "digest"
BACKOFF_S = (0.2, 0.5, 1.0, 2.0)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Known:
    """Everything that matching needs, as it was read last."""

    subscriptions: Mapping[str, Subscription] = field(default_factory=dict)  # the active and the paused
    entitled: Entitled = field(default_factory=dict)
    world: World = field(default_factory=World)

    def matchers(self) -> dict[str, Matcher]:
        """Return a matcher for each subscription."""
        return {
            name: Matcher(one, self.entitled.get(one.service, ()), self.world)
            for name, one in self.subscriptions.items()
        }


Knowledge = Callable[[], Awaitable[Known]]


def items_for(
    found: Sequence[Candidate], known: Known, matchers: Mapping[str, Matcher], now_s: float
) -> list[tuple[Item, Candidate]]:
    """Return what is to be queued for whom, in the order in which it was told."""
    result = []
    hearing: dict[str, list[tuple[str, Subscription]]] = {}  # kind → who asks for it at all
    for one in found:
        if one.kind not in hearing:
            hearing[one.kind] = [pair for pair in known.subscriptions.items() if matchers[pair[0]].hears(one.kind)]
        for name, subscription in hearing[one.kind]:
            if one.told_s >= subscription.made_s and matchers[name](one):
                result.append((item(name, subscription, one, now_s), one))
    return result


def item(name: str, subscription: Subscription, candidate: Candidate, now_s: float) -> Item:
    """Return a message for a subscription: a digest has one lane that waits for its hour."""
    if isinstance(subscription.channel, Email):
        return Item(name, DIGEST_LANE, candidate.id, next_digest_s(subscription.channel, now_s))
    return Item(name, candidate.lane, candidate.id)


class FanOut:
    """Reads both sources in order and queues what subscriptions want."""

    def __init__(
        self,
        sources: tuple[Feed, Store],
        queue: Queue,
        knowledge: Knowledge,
        settings: DeliverySettings,
        clock: Callable[[], float],
        holder: str,
    ) -> None:
        self._feed, self._store = sources
        self._queue, self._knowledge, self._settings = queue, knowledge, settings
        self._clock, self._holder = clock, holder
        self._known, self._matchers, self._refreshed_s = Known(), dict[str, Matcher](), float("-inf")
        self._fence: Fence | None = None
        self._leased_s = float("-inf")
        self._marks: dict[str, str] | None = None  # as kept; None: to be read
        self._at: tuple[Position, str] = (Position(0, 0, ""), BUS_START)  # read so far; nothing queued beyond the marks
        self._marked_s = 0.0

    async def run(self) -> None:
        """Go on until cancelled; a server that is away is waited for."""
        failures = 0
        while True:
            try:
                more = await self.step()
                failures = 0
            except (FeedAway, StoreAway) as error:
                if failures == 0:
                    _log.warning("deliveries wait: %s", error)
                self._marks, self._leased_s = None, float("-inf")
                await asyncio.sleep(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
                failures += 1
                continue
            await asyncio.sleep(0 if more else self._settings.poll_s)

    async def release(self) -> None:
        """Give the lease back, so that another goes on at once."""
        await self._store.release(LEASE, self._holder)

    async def step(self) -> bool:
        """Read and queue one page of each source; return whether more waits."""
        if not await self._leads():
            return False
        await self.refresh(self._settings.refresh_s)
        if self._marks is None:
            await self._take_up()
        observed, at, more = await self._observed()
        told = await self._store.bus(self._at[1], PAGE)
        found = observed + [candidates.of_message(one) for one in told]
        reached = (at, told[-1].position if told else self._at[1])
        now_s = self._clock()
        queued = items_for(found, self._known, self._matchers, now_s)
        if queued or now_s - self._marked_s >= self._settings.refresh_s:
            await self._enqueue(queued, reached)
        else:
            self._at = reached
        return more or len(told) == PAGE

    async def refresh(self, after_s: float) -> Known:
        """Read subscriptions, rights, cameras and places again if that was longer ago; keep `held` in step."""
        now_s = self._clock()
        if now_s - self._refreshed_s >= after_s:
            self._known = await self._knowledge()
            self._matchers, self._refreshed_s = self._known.matchers(), now_s
        return self._known

    async def _leads(self) -> bool:
        """Tell whether this process holds the lease; renew it in time."""
        now_s = self._clock()
        if now_s - self._leased_s < self._settings.lease_s / 3:
            return True
        fence = await self._store.lease(LEASE, self._holder, self._settings.lease_s)
        if fence is None or fence != self._fence:
            self._marks = None  # somebody else has read on meanwhile
        self._fence, self._leased_s = fence, now_s if fence else float("-inf")
        return fence is not None

    async def _take_up(self) -> None:
        """Go on where the marks stand; without any, where the oldest subscription begins."""
        kept = await self._store.marks()
        self._marks = {name: kept.get(name, "") for name in (queue_keys.FEED_MARK, queue_keys.BUS_MARK)}
        made_s = [one.made_s for one in self._known.subscriptions.values()]
        begin = Position.before_ms(round(min(made_s, default=self._clock()) * 1000))
        feed_mark, bus_mark = self._marks[queue_keys.FEED_MARK], self._marks[queue_keys.BUS_MARK]
        self._at = (Position.parse(feed_mark) if feed_mark else begin, bus_mark or BUS_START)
        if feed_mark:
            gone = await self._feed.trimmed(list(self._known.world.cameras), self._at[0])
            if gone:
                _log.warning("not delivered: what was deleted before it was read, of %s", ", ".join(gone))

    async def _observed(self) -> tuple[list[Candidate], Position, bool]:
        """Return observations after the position that may be told, how far they reach, and whether more waits."""
        kinds = frozenset(
            kind for kind in checks.OBSERVED if any(matcher.hears(kind) for matcher in self._matchers.values())
        )
        if not kinds:  # a subscription that wants some is noticed before the mark has passed what it is owed
            behind = Position.before_ms((await self._feed.now()).ms - round(UNREAD_S * 1000))
            return [], max(self._at[0], behind), False
        page = await self._feed.read(frozenset(), self._at[0], PAGE)
        ready = await deliveries(self._feed, page.items, Wanted(kinds=kinds))
        return [candidates.of_observation(one) for one in ready], page.position, page.more

    async def _enqueue(self, queued: Sequence[tuple[Item, Candidate]], reached: tuple[Position, str]) -> None:
        assert self._marks is not None
        marks = {queue_keys.FEED_MARK: str(reached[0]), queue_keys.BUS_MARK: reached[1]}
        bodies = {one.id: candidates.body(one, self._settings.site) for one in {c.id: c for _, c in queued}.values()}
        batch = Batch([one for one, _ in queued], bodies, self._marks, marks, self._fence)
        if await self._queue.enqueue(batch):
            self._marks, self._at, self._marked_s = marks, reached, self._clock()
        else:  # another process reads now, or an answer was lost and it is done: read the marks again
            self._marks, self._leased_s = None, float("-inf")
