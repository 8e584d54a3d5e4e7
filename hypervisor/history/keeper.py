"""Moves what is over from Redis to files: a day at a time, one keeper by lease.

Redis keeps hours for 400 days, so a day is written once it is over and nothing is lost by a keeper that was away for
months. The day's file says by its presence that it is complete.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from hypervisor.feed import FeedAway
from hypervisor.history.kept import KeptPast, day_of, start_of
from hypervisor.history.past import HOUR_S, Asked
from hypervisor.history.rows import DAY_S, Row
from hypervisor.store.values import Fence, Store, StoreAway

LEASE, LEASE_S = "history", 600.0
GRACE_S = 2 * HOUR_S
"""A day is written so long after its end: buckets seal, and cameras that were cut off catch up."""

MONTH_GRACE_D = 3
EVERY_S, BACKOFF_S = 300.0, 5.0
BACK_D = 400
"""How far back days are looked for: what Redis keeps."""

_log = logging.getLogger(__name__)
EVERYTHING = [Asked("", camera="", sensor="")]


@dataclass(frozen=True, slots=True)
class Keeper:
    """Writes history; one turn does what is due."""

    past: KeptPast
    store: Store
    holder: str
    clock: Callable[[], float]
    keep_days: int = 5 * 366

    async def turn(self) -> int:
        """Write what is due, if this process holds the lease; return how many days were written.

        Raises:
            OSError: if the files cannot be written.
            FeedAway, StoreAway: if Redis does not answer.
        """
        fence = await self.store.lease(LEASE, self.holder, LEASE_S)
        if fence is None:
            return 0
        written = 0
        for day in self._due():
            rows = await self._rows(day)
            if rows:
                await asyncio.to_thread(self.past.files.write_day, day, rows)
                written += 1
            if await self._lost(fence):
                return written
        await asyncio.to_thread(self._tidy)
        return written

    async def release(self) -> None:
        """Let another keeper write."""
        with suppress(StoreAway):  # the lease ends by itself
            await self.store.release(LEASE, self.holder)

    def _due(self) -> Iterator[date]:
        """Yield the days that are over and lie in no file, oldest first."""
        last = day_of(self.clock() - GRACE_S) - timedelta(days=1)
        days = (last - timedelta(days=n) for n in range(BACK_D, -1, -1))
        yield from (day for day in days if not self.past.files.holds(day))

    async def _rows(self, day: date) -> list[Row]:
        hours = range(start_of(day), start_of(day) + DAY_S, HOUR_S)
        cameras = await self.past.camera_rows(EVERYTHING, hours)
        return [*cameras, *await self.past.sensor_rows(EVERYTHING, hours)]

    async def _lost(self, fence: Fence) -> bool:
        held = await self.store.lease(LEASE, self.holder, LEASE_S)
        return held is None or held.token != fence.token

    def _tidy(self) -> None:
        """Make one file of each month that is over, and let go of what is too old."""
        today = day_of(self.clock())
        closing = (today - timedelta(days=MONTH_GRACE_D)).replace(day=1)
        for month in sorted({day.replace(day=1) for day in self.past.files.days()}):
            if month < closing:
                self.past.files.close_month(month)
        if self.past.files.drop_before(today - timedelta(days=self.keep_days)):
            _log.info("history from before %s was deleted", today - timedelta(days=self.keep_days))


async def keep(keeper: Keeper, stopped: asyncio.Event) -> None:
    """Take turns until `stopped` is set; it outlives Redis going away and a disk that is full."""
    while not stopped.is_set():
        pause_s = EVERY_S
        try:
            written = await keeper.turn()
            if written:
                _log.info("history: %d days written", written)
        except (StoreAway, FeedAway) as error:
            _log.warning("%s; waiting", error)
            pause_s = BACKOFF_S
        except OSError as error:
            _log.error("history cannot be written: %s; nothing is lost, it lies in Redis", error.strerror or error)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), pause_s)
