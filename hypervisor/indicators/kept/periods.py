"""Days, weeks and months as a city counts them: local, whole, and done once late facts had their time."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

Step = Literal["day", "week", "month"]
STEPS: tuple[Step, ...] = ("day", "week", "month")
GRACE_S = 4 * 3600.0
"""A period is reckoned so long after its end: buckets seal, cameras that were cut off catch up, hours go to files."""

BACK: dict[Step, int] = {"day": 92, "week": 53, "month": 24}
"""How many periods back are looked at: a quarter of days, a year of weeks, two years of months."""


class Period(NamedTuple):
    """One of them."""

    step: Step
    first: date  # local
    from_s: int
    to_s: int

    @staticmethod
    def holding(step: Step, day: date, zone: ZoneInfo) -> "Period":
        """Return the period that a local day lies in."""
        first = _first(step, day)
        return Period(step, first, _start(first, zone), _start(_next(step, first), zone))

    @staticmethod
    def after(step: Step, first: date) -> date:
        """Return the first day of the period after the one that begins with a day."""
        return _next(step, first)

    def before(self, zone: ZoneInfo) -> "Period":
        """Return the period before."""
        return Period.holding(self.step, self.first - timedelta(days=1), zone)


def due(step: Step, now_s: float, zone: ZoneInfo, earliest: date) -> Iterator[Period]:
    """Yield the periods that are over, newest first, `BACK` of them at most and none before a day."""
    period = Period.holding(step, datetime.fromtimestamp(now_s, UTC).astimezone(zone).date(), zone)
    if period.to_s + GRACE_S > now_s:
        period = period.before(zone)
    if period.to_s + GRACE_S > now_s:
        period = period.before(zone)
    for _ in range(BACK[step]):
        if datetime.fromtimestamp(period.to_s - 1, UTC).date() < earliest:
            return
        yield period
        period = period.before(zone)


def utc_days(period: Period) -> list[date]:
    """Return the UTC days that a period touches: what the files of hours are called by."""
    first, last = (datetime.fromtimestamp(at, UTC).date() for at in (period.from_s, period.to_s - 1))
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _first(step: Step, day: date) -> date:
    if step == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if step == "week" else day


def _next(step: Step, first: date) -> date:
    if step == "month":
        return (first + timedelta(days=31)).replace(day=1)
    return first + timedelta(days=7 if step == "week" else 1)


def _start(day: date, zone: ZoneInfo) -> int:
    return int(datetime.combine(day, time(), zone).timestamp())
