"""Server-sent events: one task reads the streams, every reader has a bounded queue, a slow one is cut off.

How a reader that resumes loses nothing and sees nothing twice: it joins first, and from that moment its queue holds
everything after the hub's position H. Then it reads what lies between its own position and H from the feed, hands
that out, and goes on with the queue, leaving out what is not after its own position.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from hypervisor import notices
from hypervisor.events import PAGE, Delivery, Wanted, deliveries
from hypervisor.feed import Feed, FeedAway, Position
from hypervisor.notices import Notice
from hypervisor.problems import Refusal
from hypervisor.settings import Settings
from hypervisor.store.values import Store, StoreAway

Streamed = Delivery | Notice
"""What an event stream is made of: observations of cameras, messages of the bus."""

AT_ONCE = 200  # events sent in one piece
ROOM_S = 1.0  # how long readers that are behind hold up the others, at most, while more than a page waits
LOOK_S = 0.01
BACKOFF_S = (0.2, 0.5, 1.0, 2.0)  # pauses while the store is away; the last one repeats

_log = logging.getLogger(__name__)


class Reader:
    """One open event stream."""

    def __init__(self, wanted: Wanted, after: Position, size: int) -> None:
        self.wanted = wanted
        self.after = after  # everything up to here has been handed out, or was not wanted
        self._queue: asyncio.Queue[Streamed | None] = asyncio.Queue(size)

    @property
    def idle(self) -> bool:
        """Tell whether nothing waits."""
        return self._queue.empty()

    def offer(self, delivery: Streamed) -> bool:
        """Queue a delivery if it is wanted; return False when the queue is full."""
        if not self.wanted(delivery.event):
            return True
        if self._queue.full():
            return False
        self._queue.put_nowait(delivery)
        return True

    def end(self) -> None:
        """Drop what waits and end the stream; whoever still reads resumes from the last event it got."""
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(None)

    async def next(self, timeout_s: float) -> Streamed | None:
        """Return the next delivery after `after`; None at the end.

        Raises:
            TimeoutError: nothing came.
        """
        async with asyncio.timeout(timeout_s):
            while True:
                delivery = await self._queue.get()
                if delivery is None:
                    self._queue.put_nowait(None)  # the end stays the end
                    return None
                if delivery.position > self.after:
                    self.after = delivery.position
                    return delivery

    def waiting(self) -> list[Streamed]:
        """Return what else can be handed out now, up to `AT_ONCE`; with the one that `next` gave it goes out in one
        piece."""
        found: list[Streamed] = []
        while len(found) < AT_ONCE and not self._queue.empty():
            delivery = self._queue.get_nowait()
            if delivery is None:
                self._queue.put_nowait(None)  # `next` tells of the end
                break
            if delivery.position > self.after:
                self.after = delivery.position
                found.append(delivery)
        return found

    @property
    def is_behind(self) -> bool:
        """Tell whether more than half of the queue is full."""
        return self._queue.qsize() * 2 > self._queue.maxsize


class Hub:
    """The one reader of the feed, and the readers that it serves."""

    def __init__(
        self,
        feed: Feed,
        store: Store,
        settings: Settings,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._feed, self._store = feed, store
        self._settings = settings
        self._pause = pause
        self._readers: set[Reader] = set()
        self._position = Position(0, 0, "")  # up to here all is queued for every reader that wants it
        self._joined = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        return len(self._readers)

    async def join(self, wanted: Wanted, after: Position | None) -> Reader:
        """Open a stream after a position, or from now on.

        Raises:
            Refusal: too many are open, or the service is stopping.
            FeedAway: the store does not answer.
        """
        if self._closed or len(self._readers) >= self._settings.max_clients:
            raise Refusal("too-many-streams", f"{len(self._readers)} event streams are open; try again later")
        now = await self._feed.now()
        if not self._readers:  # nobody was there: what was told in between need not be read again
            self._position = max(self._position, now)
        # No await from here on: position and membership change together.
        reader = Reader(wanted, self._position if after is None else after, self._settings.client_queue)
        self._readers.add(reader)
        self._joined.set()
        return reader

    def leave(self, reader: Reader) -> None:
        """Forget a reader."""
        self._readers.discard(reader)
        if not self._readers:
            self._joined.clear()

    def close(self) -> None:
        """End all streams and take no more."""
        self._closed = True
        for reader in list(self._readers):
            reader.end()

    def reached(self, reader: Reader) -> Position:
        """Return the position up to which a reader has been handed all it wants."""
        return max(reader.after, self._position) if reader.idle else reader.after

    async def catch_up(self, reader: Reader) -> AsyncIterator[Streamed]:
        """Yield what was told between the reader's position and what its queue holds."""
        until = self._position
        while reader.after < until:
            ready, position, _ = await self._read(reader.after, reader.wanted)
            for one in ready:
                if reader.wanted(one.event):
                    reader.after = one.position
                    yield one
            reader.after = position

    async def run(self) -> None:
        """Read and hand out until cancelled; nobody reading costs nothing."""
        failures = 0
        while True:
            await self._joined.wait()
            try:
                more = await self._step()
                failures = 0
            except (FeedAway, StoreAway) as error:
                if failures == 0:
                    _log.warning("event streams wait: %s", error)
                await self._pause(BACKOFF_S[min(failures, len(BACKOFF_S) - 1)])
                failures += 1
                continue
            await (self._room() if more else self._pause(self._settings.poll_s))

    async def _room(self) -> None:
        """Let readers take what they have before the next page comes: a burst is no reason to cut anybody off."""
        waited_s = 0.0
        while any(reader.is_behind for reader in self._readers) and waited_s < ROOM_S:
            await self._pause(LOOK_S)
            waited_s += LOOK_S
        await self._pause(0)

    async def _step(self) -> bool:
        """Hand out one page; return whether more is waiting."""
        ready, position, more = await self._read(self._position, Wanted())
        # No await from here on: a reader that joins sees position and queues in step.
        for reader in list(self._readers):
            if not all(reader.offer(delivery) for delivery in ready):
                _log.warning("an event stream was cut off: %d events waited unread", self._settings.client_queue)
                reader.end()
                self.leave(reader)
        self._position = position
        return more

    async def _read(self, after: Position, wanted: Wanted) -> tuple[list[Streamed], Position, bool]:
        """Return what was told after a position, in order, up to which it was read, and whether more waits.

        The messages are read after the observations: all of them that come before the page's end were written when
        the server told its time for it.
        """
        most = min(PAGE, max(1, self._settings.client_queue // 4))  # of each source: half a queue together
        page = await self._feed.read(wanted.cameras, after, most)
        told = await notices.between(self._store, after, page.position, most)
        observed = [one for one in page.items if one.position <= told.until]
        ready: list[Streamed] = [*await deliveries(self._feed, observed, wanted)]
        if told.items:
            cameras = await self._feed.cameras()
            ready += [one for one in told.items if notices.is_visible(one.event.data, one.event.cameras, cameras)]
            ready.sort(key=lambda one: one.position)
        return ready, told.until, page.more or told.until < page.position
