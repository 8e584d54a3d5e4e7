"""What `parvis history` runs: the keeper of hours and cases, the reckoning of indicators, the daily judge."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import time

from hypervisor.days_off import days_off, public_days
from hypervisor.history.archive import Archive
from hypervisor.history.files import HourFiles
from hypervisor.history.keeper import Keeper, keep
from hypervisor.history.kept import KeptPast
from hypervisor.history.mover import Mover
from hypervisor.indicators.kept.files import ValueFiles
from hypervisor.indicators.kept.keeper import ValueKeeper, keep_values
from hypervisor.recommendations.bounds import kept_catalogue
from hypervisor.recommendations.daily import DailyJudge, judge_daily
from hypervisor.redis_feed import RedisFeed
from hypervisor.settings import Settings
from hypervisor.store.redis_store import RedisStore
from parvis.doors import bounds_in, times_of
from pipeline.config import RetentionConfig
from pipeline.config_file import load_config

HISTORY = "history"
INDICATORS = "indicators"


@dataclass(frozen=True, slots=True)
class Keeping:
    """Who keeps, reckons and judges."""

    keeper: Keeper
    values: ValueKeeper
    judge: DailyJudge

    async def until(self, stopped: asyncio.Event) -> None:
        """Let all of them work until `stopped` is set."""
        await asyncio.gather(
            keep(self.keeper, stopped), keep_values(self.values, stopped), judge_daily(self.judge, stopped)
        )

    async def reckoned(self) -> int:
        """Reckon until nothing is due; return how many places and periods that were."""
        reckoned = 0
        while (kept := await self.values.turn()) is not None:
            reckoned += kept.reckoned
            if not kept.left:
                break
        return reckoned


@dataclass(frozen=True, slots=True)
class Plan:
    """What a configuration says of history, its faults found before anything runs."""

    retention: RetentionConfig
    settings: Settings
    bounds: Path
    timezone: str  # empty: no configuration says it, and that of the cameras counts

    @staticmethod
    def of(config: Path | None, folder: Path) -> "Plan":
        """Read it.

        Raises:
            ConfigError: if the configuration, a calendar or the city's own bounds cannot be read.
        """
        times = times_of(config)
        settings = Settings(config_file=config, **times)
        retention = load_config(config).site.retention if config else RetentionConfig()
        return Plan(retention, settings, bounds_in(folder), settings.timezone if times else "")


@asynccontextmanager
async def keeping(url: str, folder: Path, plan: Plan) -> AsyncIterator[Keeping]:
    """Yield who keeps a data directory's history; lets go of the lease and of Redis at the end."""
    feed, store = RedisFeed(url), RedisStore(url)
    files = folder / HISTORY
    past = KeptPast(HourFiles(files), feed, store, time)
    days = plan.retention.history_d
    mover = Mover(Archive(files), feed, store, time, plan.retention.cases_d, days)
    holder = f"history-{os.getpid()}-{os.urandom(4).hex()}"
    keeper = Keeper(past, store, holder, time, days, mover)
    own = folder / INDICATORS
    holidays = partial(public_days, plan.settings)
    values = ValueKeeper(past, feed, store, ValueFiles(files), own, holder, time, plan.timezone, days, holidays)
    off, rules = partial(days_off, plan.settings), partial(kept_catalogue, plan.bounds)
    judge = DailyJudge(past, feed, store, holder, time, plan.timezone, off, rules)
    try:
        yield Keeping(keeper, values, judge)
    finally:
        await keeper.release()
        await feed.close()
        await store.close()
