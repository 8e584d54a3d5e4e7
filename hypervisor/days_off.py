"""The days off of the site, as one application asks for them."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from hypervisor.settings import Settings
from pipeline.days_off import DayOff, DaysOff, HolidaysConfig


def days_off(settings: Settings, first: date, last: date) -> list[DayOff]:
    """Return the days off from the first to the last day; none where the site names none. It reads files."""
    if settings.holidays is None:
        return []
    base = settings.config_file.parent if settings.config_file else Path()
    return _of(settings.holidays, base, settings.timezone).between(first, last)


def public_days(settings: Settings, first_s: float, last_s: float) -> frozenset[date]:
    """Return the public holidays between two moments, by the local days of the site. It reads files."""
    zone = ZoneInfo(settings.timezone)
    first, last = (datetime.fromtimestamp(one, zone).date() for one in (first_s, last_s))
    return frozenset(one.day for one in days_off(settings, first, last) if one.kind == "public")


class KindsOff:
    """Kinds of days off, for who asks bucket by bucket: a year is found on a thread, and remembered for a while."""

    FRESH_S, MOST_YEARS = 3600.0, 8

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self._settings, self._clock = settings, clock
        self._years: dict[int, Mapping[date, str]] = {}
        self._found_s = clock()

    async def __call__(self, first_s: float, last_s: float) -> Mapping[date, str]:
        """Return local day → `public` or `calendar`, of all days between two moments at least."""
        if self._settings.holidays is None:
            return {}
        if self._clock() - self._found_s > self.FRESH_S:  # a calendar may have been replaced
            self._years.clear()
            self._found_s = self._clock()
        day = timedelta(days=1)  # local days reach beyond those of UTC
        begin, end = (datetime.fromtimestamp(one, UTC).date() for one in (first_s, last_s))
        found: dict[date, str] = {}
        for year in range((begin - day).year, (end + day).year + 1):
            found |= await self._year(year)
        return found

    async def _year(self, year: int) -> Mapping[date, str]:
        if year not in self._years:
            if len(self._years) >= self.MOST_YEARS:
                self._years.clear()
            days = await asyncio.to_thread(days_off, self._settings, date(year, 1, 1), date(year, 12, 31))
            self._years[year] = {one.day: one.kind for one in days}
        return self._years[year]


async def never_off(first_s: float, last_s: float) -> Mapping[date, str]:
    """Return nothing: where a site names no days off."""
    return {}


@lru_cache(maxsize=4)
def _of(config: HolidaysConfig, base: Path, timezone: str) -> DaysOff:
    return DaysOff(config, base, ZoneInfo(timezone))
