"""Once a day, by lease, everything is judged: in the process that keeps the history."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypervisor.feed import Feed, FeedAway
from hypervisor.history.past import Past
from hypervisor.recommendations import keeping
from hypervisor.recommendations.judge import Local, judged
from hypervisor.store.values import Commit, Conflict, Fenced, Store, StoreAway

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
            judgement = await judged(self.past, local)
            fresh = await keeping.kept(self.store, judgement, local.today, local.now_s, fence)
            await self.store.commit(Commit(marks={MARK: today}, fence=fence))
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
        return Local(ZoneInfo(self.timezone or most), self.clock(), await keeping.names_of(self.feed))

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
