"""Once a day, by lease, everything is judged: in the process that keeps the history."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hypervisor.feed import Feed, FeedAway
from hypervisor.history.past import Past
from hypervisor.recommendations import keeping
from hypervisor.recommendations.judge import judged
from hypervisor.recommendations.local import Local, spots_of
from hypervisor.recommendations.rule import Rule, catalogue
from hypervisor.recommendations.view import window_before
from hypervisor.store.values import Commit, Conflict, Fenced, Store, StoreAway
from pipeline.config_faults import ConfigError
from pipeline.days_off import DayOff

LEASE, LEASE_S = "recommendations", 3600.0
MARK = "recommendations"
HOUR = 4
"""From this local hour on: yesterday's last buckets are sealed by then."""

EVERY_S = 300.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DailyJudge:
    """Judges what a city may decide; one turn does what is due."""

    past: Past
    feed: Feed
    store: Store
    holder: str
    clock: Callable[[], float]
    timezone: str = ""  # without: that of the cameras
    off: Callable[[date, date], Sequence[DayOff]] = lambda first, last: ()  # days off of the site; it reads files
    rules: Callable[[], Mapping[str, Rule]] = catalogue  # with what the city set; it reads files

    async def turn(self) -> int | None:
        """Judge if today nobody did; return how many recommendations are new, None if nothing was due.

        Raises:
            FeedAway, StoreAway: if Redis does not answer.
        """
        local = await self._local()
        today = str(local.today)
        if (await self.store.marks()).get(MARK) == today or self._hour(local) < HOUR:
            return None
        fence = await self.store.lease(LEASE, self.holder, LEASE_S)
        if fence is None:
            return None
        try:
            judgement = await judged(self.past, local, await asyncio.to_thread(self.rules))
            fresh = await keeping.kept(self.store, judgement, local.today, local.now_s, fence)
            await self.store.commit(Commit(marks={MARK: today}, fence=fence))
        except ConfigError as error:
            _log.error("recommendations were not judged: %s", error)
            return None
        except (Conflict, Fenced) as error:
            _log.info("recommendations: %s; judged again later", error)
            return None
        finally:
            with suppress(StoreAway):  # the lease ends by itself
                await self.store.release(LEASE, self.holder)
        return fresh

    async def _local(self) -> Local:
        zones = sorted(camera.timezone for camera in (await self.feed.cameras()).values())
        most = max(zones, key=zones.count, default="Europe/Paris")
        spots = await spots_of(self.feed, self.store, self.clock)
        zone = ZoneInfo(self.timezone or most)
        local = Local(zone, self.clock(), await keeping.names_of(self.feed), spots=spots)
        window = window_before(local.today)
        off = await asyncio.to_thread(self.off, window.first, window.last)
        return local._replace(off={one.day: one.kind for one in off})

    def _hour(self, local: Local) -> int:
        return datetime.fromtimestamp(local.now_s, UTC).astimezone(local.zone).hour


async def judge_daily(judge: DailyJudge, stopped: asyncio.Event) -> None:
    """Take turns until `stopped` is set, which ends a turn too; it outlives Redis going away."""
    while not stopped.is_set():
        turn, stop = asyncio.ensure_future(judge.turn()), asyncio.ensure_future(stopped.wait())
        try:
            await asyncio.wait({turn, stop}, return_when=asyncio.FIRST_COMPLETED)
            if turn.done() and (fresh := turn.result()) is not None:
                _log.info("recommendations: judged, %d new", fresh)
        except (StoreAway, FeedAway) as error:
            _log.warning("%s; waiting", error)
        except ValueError as error:
            # Figures that nobody thought of must not end the process: it keeps the history, too.
            _log.error("recommendations could not be judged: %s; history is kept on", error)
        finally:
            turn.cancel()
            stop.cancel()
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), EVERY_S)
