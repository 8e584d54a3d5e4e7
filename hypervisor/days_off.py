"""The days off of the site, as one application asks for them."""

from datetime import date
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


@lru_cache(maxsize=4)
def _of(config: HolidaysConfig, base: Path, timezone: str) -> DaysOff:
    return DaysOff(config, base, ZoneInfo(timezone))
