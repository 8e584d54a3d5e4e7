"""Moves what is over from Redis to files: a day at a time, one keeper by lease; and what came late into its day.

A day is written once it is over. How far the keeper has come lies beside the files (`shelf.Handled`), so each turn
looks only at what was written since the last one, and nothing is lost by a keeper that was away: what it finds then
belongs to days that lie in no file, which are written, or to days that do, in which those hours are replaced.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple, TypeVar

from hypervisor.feed import BucketName, FeedAway
from hypervisor.history.duck import Damaged
from hypervisor.history.kept import KeptPast, day_of, start_of
from hypervisor.history.mover import Mover
from hypervisor.history.past import HOUR_S, Asked
from hypervisor.history.rows import DAY_S, Row
from hypervisor.history.shelf import Handled, Shelf
from hypervisor.sensors.keys import CHANGED_S
from hypervisor.sensors.ledger import BucketName as SensorBucket
from hypervisor.sensors.ledger import Ledger
from hypervisor.store.values import Fence, Fenced, Store, StoreAway

LEASE, LEASE_S = "history", 600.0
GRACE_S = 2 * HOUR_S
"""A day is written so long after its end: buckets seal, and cameras that were cut off catch up."""

MONTH_GRACE_D = 3
EVERY_S, BACKOFF_S = 300.0, 5.0
BACK_D = 400
"""How far back days of sensors are looked for where nobody knows what was written: what Redis keeps."""

SKEW_S = 60.0
"""Clocks of machines that take values of sensors may differ by so much."""

_log = logging.getLogger(__name__)
EVERYTHING = [Asked("", camera="", sensor="")]
Bucket = TypeVar("Bucket", BucketName, SensorBucket)


class _Look(NamedTuple):
    """What was written since the last turn, by day."""

    server_s: float
    clock_s: float
    cameras: Mapping[date, Sequence[BucketName]]
    sensors: Mapping[date, Sequence[SensorBucket]]
    all_of_it: bool = False  # nobody knows what was written when: of these days everything is read


class NotFree(Exception):
    """Another process keeps history."""


@dataclass(frozen=True, slots=True)
class Keeper:
    """Writes history; one turn does what is due."""

    past: KeptPast
    store: Store
    holder: str
    clock: Callable[[], float]
    keep_days: float = 1830
    mover: Mover | None = None  # of what is in history beside hours

    async def turn(self) -> int:
        """Write what is due, if this process holds the lease; return how many days were written or changed.

        Raises:
            OSError: if the files cannot be written.
            FeedAway, StoreAway: if Redis does not answer.
        """
        fence = await self.store.lease(LEASE, self.holder, LEASE_S)
        if fence is None:
            return 0
        files, written = self.past.files, 0
        before, shelf = files.handled(), files.shelf()
        if before is not None and self.clock() - before.clock_s > CHANGED_S:
            before = None  # some of what sensors told since is no longer known to be new
        last = day_of(self.clock() - GRACE_S) - timedelta(days=1)
        look = await self._look(before) if before else await self._look_at_all(last)
        for day in _days_of(look, before, last):
            written += await (self._merge(day, look) if shelf.holds(day) else self._write(day))
            if await self._lost(fence):
                return written  # the next turn, whoever's, begins where this one did
        await asyncio.to_thread(files.note, Handled(look.server_s, look.clock_s, last))
        await asyncio.to_thread(self._tidy)
        if self.mover is not None and (moved := await self.mover.turn(fence)):
            _log.info("history: %d resolved cases moved", moved)
        return written

    async def rewrite(self, day: date) -> int:
        """Write a day anew out of what Redis has of it; return how many rows it has, 0 if Redis has none.

        Raises:
            Damaged: if it lies in a month that cannot be read.
            OSError: if the files cannot be written.
        """
        rows = await self._rows(day)
        return await asyncio.to_thread(self.past.files.write_day, day, rows) if rows else 0

    async def mend(self, first: date) -> tuple[int, int]:
        """Write a damaged day, or month, anew out of what Redis has of it; return how many days and rows that is.

        The damaged file is kept under another name. Without a row nothing is done.

        Raises:
            NotFree: another one keeps history.
            OSError: if the files cannot be written.
        """
        if await self.store.lease(LEASE, self.holder, LEASE_S) is None:
            raise NotFree(f"{await self.store.holder(LEASE)} keeps history; expected it to be stopped meanwhile")
        shelf, files = self.past.files.shelf(), self.past.files
        path, is_month = shelf.file_of(first), first in shelf.months
        last = (first + timedelta(days=31)).replace(day=1) if is_month else first + timedelta(days=1)
        rows = {day: await self._rows(day) for day in (first + timedelta(days=n) for n in range((last - first).days))}
        found = [row for day in rows for row in rows[day]]
        if path is None or not found:
            return 0, 0
        aside = path.with_suffix(".damaged")
        aside.unlink(missing_ok=True)
        aside.hardlink_to(path)  # the name of the damaged one is taken over by the new one, and is never missing
        await asyncio.to_thread(files.write_month if is_month else files.write_day, first, found)
        return sum(1 for one in rows.values() if one), len(found)

    async def release(self) -> None:
        """Let another keeper write."""
        with suppress(StoreAway):  # the lease ends by itself
            await self.store.release(LEASE, self.holder)

    async def _look(self, before: Handled) -> _Look:
        """Return what was written since."""
        clock_s, ledger = self.clock(), Ledger(self.store, self.clock)
        cameras = list(await self.past.feed.cameras())
        server_s, written = await self.past.feed.written_since(cameras, HOUR_S, before.server_s)
        sensors = await ledger.changed_since(before.clock_s - SKEW_S)
        return _Look(server_s, clock_s, _by_day(written), _by_day(sensors))

    async def _look_at_all(self, last: date) -> _Look:
        """Return every day of which Redis may have something; a camera at a time, as they can be many hours."""
        clock_s, days = self.clock(), set[date]()
        server_s, _ = await self.past.feed.written_since([], HOUR_S, None)
        for camera in await self.past.feed.cameras():
            _, found = await self.past.feed.written_since([camera], HOUR_S, None)
            days |= {day_of(one.start) for one in found}
        if await Ledger(self.store, self.clock).sensors.listed(limit=1):
            days |= {last - timedelta(days=n) for n in range(BACK_D + 1)}
        return _Look(server_s, clock_s, dict.fromkeys(days, ()), {}, all_of_it=True)

    async def _write(self, day: date) -> int:
        return int(await self.rewrite(day) > 0)

    async def _merge(self, day: date, look: _Look) -> int:
        """Put what was written since into a day that lies in a file."""
        rows = await (self._rows(day) if look.all_of_it else self._late(day, look))
        if not rows:
            return 0
        try:
            return int(await asyncio.to_thread(self.past.files.merge, day, rows))
        except Damaged as error:  # what came late is in Redis, from which the day can be written anew
            _log.error("history: %s; parvis history check --mend writes anew what Redis still has", error)
            return 0

    async def _late(self, day: date, look: _Look) -> list[Row]:
        rows, sensors = await self.past.rows_of(look.cameras.get(day, ())), look.sensors.get(day, ())
        if sensors:
            named = [Asked("", sensor=one) for one in sorted({one.sensor for one in sensors})]
            rows += await self.past.sensor_rows(named, sorted({one.start for one in sensors}))
        return rows

    async def _rows(self, day: date) -> list[Row]:
        hours = range(start_of(day), start_of(day) + DAY_S, HOUR_S)
        cameras = await self.past.camera_rows(EVERYTHING, hours)
        return [*cameras, *await self.past.sensor_rows(EVERYTHING, hours)]

    async def _lost(self, fence: Fence) -> bool:
        held = await self.store.lease(LEASE, self.holder, LEASE_S)
        return held is None or held.token != fence.token

    def _tidy(self) -> None:
        """Make one file of each month that is over, and let go of what is too old."""
        today, files = day_of(self.clock()), self.past.files
        files.tidy()
        for month in _over(files.shelf(), (today - timedelta(days=MONTH_GRACE_D)).replace(day=1)):
            try:
                files.close_month(month)
            except Damaged as error:
                _log.error("history: %s; its month stays in days until parvis history check --mend", error)
        if files.drop_before(today - timedelta(days=self.keep_days)):
            _log.info("history from before %s was deleted", today - timedelta(days=self.keep_days))


def _days_of(look: _Look, before: Handled | None, last: date) -> list[date]:
    """Return the days up to the last that may have to be written or changed, oldest first."""
    found = {*look.cameras, *look.sensors}
    if before is not None:
        found |= {before.last + timedelta(days=n) for n in range(1, (last - before.last).days + 1)}
    return sorted(day for day in found if day <= last)


def _by_day(names: Iterable[Bucket]) -> dict[date, list[Bucket]]:
    found: dict[date, list[Bucket]] = {}
    for one in names:
        found.setdefault(day_of(one.start), []).append(one)
    return found


def _over(shelf: Shelf, closing: date) -> Iterable[date]:
    return sorted({day.replace(day=1) for day in shelf.days if day < closing})


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
        except Fenced:
            _log.info("history: another process keeps it by now")
        except OSError as error:
            _log.error("history cannot be written: %s; nothing is lost, it lies in Redis", error.strerror or error)
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), pause_s)
