"""Reckons every indicator by itself, once a day, week or month is over: in the process that keeps the history.

What was reckoned lies in files (`kept.files`), each with the definition and the revision of the hours that it came
from. A keeper that was away finds what is missing there, and what was rewritten since (`history.revisions`).
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from hypervisor.access.principal import LOCAL
from hypervisor.feed import Feed, FeedAway
from hypervisor.history.archive import Archive
from hypervisor.history.kept import KeptPast, day_of
from hypervisor.history.past import Asked, Hours
from hypervisor.indicators.compute import World, computed
from hypervisor.indicators.kept.files import KeptRow, ValueFiles
from hypervisor.indicators.kept.periods import Period, due, utc_days
from hypervisor.indicators.kept.schedule import Schedule, read_schedule
from hypervisor.indicators.kept.telling import MARK, NEWS_S, mark, message_of
from hypervisor.indicators.kept_facts import KeptFacts, Papers
from hypervisor.indicators.library import Library, kept_library
from hypervisor.indicators.model import Value
from hypervisor.indicators.scoping import Ground, Spot, scope_of
from hypervisor.places.model import Place
from hypervisor.problems import Refusal
from hypervisor.store.documents import Documents
from hypervisor.store.values import Commit, Fence, Fenced, Message, Store, StoreAway
from pipeline.config_faults import ConfigError

LEASE, LEASE_S = "indicator-values", 900.0
EVERY_S = 300.0
AT_ONCE = 20
"""Spots that are written together."""

MOST_AT_ONCE = 200
"""Spots and periods of one turn: then others may take the lease, and the process may end."""

NEVER = frozenset({"not-measured", "no-parameter", "no-facts"})
"""Reasons that say nothing of a period: such indicators are not kept."""

_log = logging.getLogger(__name__)


class Kept(NamedTuple):
    """What a turn did."""

    reckoned: int  # spots and periods
    left: bool  # more is due


@dataclass(frozen=True, slots=True)
class _Known:
    """A past whose names were read once: asking for them reads every file."""

    past: KeptPast
    names: Sequence[Asked]

    async def hours(self, asked: Sequence[Asked], from_s: int, to_s: int) -> list[Hours]:
        return await self.past.hours(asked, from_s, to_s)

    async def known(self) -> list[Asked]:
        return list(self.names)


class _Round(NamedTuple):
    """What all of a turn's periods share."""

    library: Library
    schedule: Schedule
    spots: list[str]
    past: _Known
    zone: ZoneInfo
    fence: Fence


def _none(from_s: float, to_s: float) -> frozenset[date]:
    return frozenset()


@dataclass(frozen=True, slots=True)
class ValueKeeper:
    """Reckons values; one turn does what is due, or as much as fits."""

    past: KeptPast
    feed: Feed
    store: Store
    files: ValueFiles
    own: Path | None  # the folder with a city's own indicators and its schedule
    holder: str
    clock: Callable[[], float]
    timezone: str = ""  # without: that of most cameras
    keep_days: float = 5 * 366
    holidays: Callable[[float, float], frozenset[date]] = _none  # public ones between two moments

    async def turn(self) -> Kept | None:
        """Reckon what is due; None while another process does.

        Raises:
            ConfigError: if a city's own files cannot be read.
            OSError: if the files cannot be written.
            FeedAway, StoreAway: if Redis does not answer.
        """
        fence = await self.store.lease(LEASE, self.holder, LEASE_S)
        if fence is None:
            return None
        try:
            found = await self._round(fence)
            done, left = 0, False
            async for _ in self._all(found):
                done += 1
                left = done >= MOST_AT_ONCE
                if left:
                    break
            await asyncio.to_thread(self.files.drop_before, day_of(self.clock()) - timedelta(days=self.keep_days))
            await self.store.commit(Commit(marks={MARK: mark(self.clock(), done, left=left)}, fence=fence))
            return Kept(done, left)
        except Fenced:
            _log.info("another process reckons indicators by now")
            return None
        finally:
            with suppress(StoreAway):  # the lease ends by itself
                await self.store.release(LEASE, self.holder)

    async def _round(self, fence: Fence) -> _Round:
        library = await asyncio.to_thread(kept_library, self.own)
        schedule = await asyncio.to_thread(read_schedule, self.own, library.all)
        cameras = await self.feed.cameras()
        zones = sorted(camera.timezone for camera in cameras.values())
        zone = ZoneInfo(self.timezone or max(zones, key=zones.count, default="Europe/Paris"))
        places = [one.id for one in await Documents(self.store, "places", Place).listed()]
        known = _Known(self.past, await self.past.known())
        return _Round(library, schedule, schedule.spots(places, cameras), known, zone, fence)

    async def _all(self, found: _Round) -> AsyncIterator[None]:
        """Reckon period by period, newest first; yield after each spot."""
        revisions = await asyncio.to_thread(self.past.files.revisions.all)
        for step in found.schedule.steps:
            earliest = await asyncio.to_thread(self._earliest)
            periods = list(due(step, self.clock(), found.zone, earliest))
            if not periods:
                continue
            there = await asyncio.to_thread(self.files.reckoned, step, periods[-1].first)
            for period in periods:
                revision = sum(int(revisions.get(str(day), 0)) for day in utc_days(period))
                wanted = [one for one in found.spots if there.get((one, str(period.first))) != revision]
                async for _ in self._period(found, period, wanted, revision):
                    yield

    def _earliest(self) -> date:
        """Return the first day of which there is anything."""
        files = self.past.files
        return min([*files.months(), *files.days()], default=day_of(self.clock()) - timedelta(days=1))

    async def _period(self, found: _Round, period: Period, spots: Sequence[str], revision: int) -> AsyncIterator[None]:
        """Reckon spots, `AT_ONCE` at a time: they are written together, and told once they are kept."""
        papers = Papers(self.store, period.from_s, Archive(self.past.files.folder.parent))
        for n in range(0, len(spots), AT_ONCE):
            rows, messages = list[KeptRow](), list[Message]()
            for spot in spots[n : n + AT_ONCE]:
                world = await self._world(found, period, spot, papers)
                values = [] if world is None else await self._values(found, world)
                rows += self._rows(found, period, spot, values, revision)
                if world is not None and self.clock() - period.to_s <= NEWS_S:
                    told = message_of(found.library, values, period, spot, world.scope)
                    messages += [told] if told else []
                yield
            held = await self.store.lease(LEASE, self.holder, LEASE_S)
            if held is None or held.token != found.fence.token:
                raise Fenced
            await asyncio.to_thread(self.files.write, period.step, period.first, rows)
            if messages:
                await self.store.commit(Commit(messages=messages, fence=found.fence))

    async def _world(self, found: _Round, period: Period, spot: str, papers: Papers) -> World | None:
        """Return what is known of a spot and period; None if the spot is gone."""
        try:
            ground = Ground(self.feed, self.store, self.clock)
            scope, _ = await scope_of(ground, LOCAL, spot_of(spot), found.past.names)
        except Refusal:
            return None
        facts = KeptFacts(papers, self.feed, LOCAL, scope, period.from_s, period.to_s, found.library.parameters)
        ends = (period.from_s, period.to_s)
        holidays = await asyncio.to_thread(self.holidays, *ends)
        return World(found.past, facts, scope, *ends, found.zone, holidays)

    async def _values(self, found: _Round, world: World) -> list[Value]:
        chosen = [found.library.all[one] for one in found.schedule.chosen(list(found.library.all))]
        return [one for one in await computed(chosen, world) if one.reason not in NEVER]

    def _rows(
        self, found: _Round, period: Period, spot: str, values: Sequence[Value], revision: int
    ) -> Iterator[KeptRow]:
        where = (spot, str(period.first), period.from_s, period.to_s)
        now_s = int(self.clock())
        yield KeptRow(*where, "", None, None, None, "", None, None, "", None, None, None, revision, now_s)
        for one in values:
            fr, en = (one.why.fr, one.why.en) if one.why else (None, None)
            definition = found.library.all[one.indicator].definition
            yield KeptRow(
                *where, one.indicator, one.value, one.low, one.high, one.unit, one.coverage, one.n,
                definition, one.reason, fr, en, revision, now_s,
            )  # fmt: skip


def spot_of(text: str) -> Spot:
    """Return the spot that is written so: `place/ID`, `camera/ID`, or empty for everything."""
    kind, _, name = text.partition("/")
    return Spot(**{kind: name}) if kind else Spot()


async def keep_values(keeper: ValueKeeper, stopped: asyncio.Event) -> None:
    """Take turns until `stopped` is set, which ends a turn too; it outlives Redis going away and a full disk."""
    while not stopped.is_set():
        turn, stop = asyncio.ensure_future(keeper.turn()), asyncio.ensure_future(stopped.wait())
        pause_s = EVERY_S
        try:
            await asyncio.wait({turn, stop}, return_when=asyncio.FIRST_COMPLETED)
            if turn.done() and (kept := turn.result()) is not None and kept.reckoned:
                _log.info("indicators: %d places and periods reckoned", kept.reckoned)
                pause_s = 0.0 if kept.left else EVERY_S
        except (StoreAway, FeedAway) as error:
            _log.warning("%s; waiting", error)
        except ConfigError as error:
            _log.error("indicators are not reckoned: %s", "; ".join(str(one) for one in error.problems))
        except OSError as error:
            _log.error("values of indicators cannot be written: %s; they are reckoned again", error.strerror or error)
        except ValueError as error:
            # Figures that nobody thought of must not end the process: it keeps the history, too.
            _log.error("indicators could not be reckoned: %s; history is kept on", error)
        finally:
            turn.cancel()
            stop.cancel()
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), pause_s)
