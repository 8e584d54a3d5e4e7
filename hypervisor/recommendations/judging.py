"""The whole site judged now, as one application knows it: names, positions, days off, and the city's own bounds."""

import asyncio
from datetime import date, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hypervisor.context import Context
from hypervisor.days_off import days_off
from hypervisor.history.door import past_of
from hypervisor.recommendations import keeping
from hypervisor.recommendations.bounds import kept_catalogue

if TYPE_CHECKING:
    from hypervisor.recommendations.judge import Judgement
    from hypervisor.recommendations.local import Local


async def judged_site(context: Context) -> "tuple[Judgement, Local]":
    """Return what is recommended, and for where and when.

    Raises:
        FeedAway: if Redis does not answer.
        ConfigError: if the city's bounds are not understood (any more).
    """
    from hypervisor.recommendations.judge import judged
    from hypervisor.recommendations.local import Local, spots_of
    from hypervisor.recommendations.view import window_before

    settings, zone = context.settings, ZoneInfo(context.settings.timezone)
    spots = await spots_of(context.feed, context.store, context.clock)
    local = Local(zone, context.clock(), await keeping.names_of(context.feed), spots=spots)
    window = window_before(local.today)
    off = await asyncio.to_thread(days_off, settings, window.first, window.last)
    local = local._replace(off={one.day: one.kind for one in off})
    rules = await asyncio.to_thread(kept_catalogue, settings.recommendations_dir)
    return await judged(past_of(context), local, rules), local


async def days_ahead(context: Context, today: date, days: int) -> list[date]:
    """Return the days off of the coming days."""
    found = await asyncio.to_thread(days_off, context.settings, today, today + timedelta(days=days))
    return [one.day for one in found]
