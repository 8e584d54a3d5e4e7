"""What recommendations are judged on: whole local weeks of a camera or sensor, as days × hours of the day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from hypervisor.history.past import HOUR_S, Asked, Floats, Hours

DAY, WEEK = 24, 7
WEEKS = 12
PICK_WEEKS = 4
"""What is chosen out of many (an hour, a place) is chosen on these first weeks and judged on the others: an hour that
was picked because it was the busiest looks busier than it is (data-splitting, Cox 1975)."""

LEAST_HOUR = 0.5
"""Of an hour, so much must have been watched for it to be taken for the whole of it."""

LEAST_DAY = 0.9
"""And of the hours of a day that a question is about: what is missing may be the rush hour."""

WALKERS = ("pedestrian", "person")
CYCLISTS = ("cyclist", "bicycle")
VEHICLES = ("car", "van", "bus", "truck", "motorcycle", "motorcyclist")


class Window(NamedTuple):
    """Whole weeks of local days, Monday to Sunday."""

    first: date
    days: int
    off: frozenset[tuple[date, str]] = frozenset()  # days unlike their weekday → `public` or `calendar`

    @property
    def last(self) -> date:
        """Return the last day."""
        return self.first + timedelta(days=self.days - 1)

    @property
    def picking(self) -> slice:
        """Return the days on which something is chosen."""
        return slice(0, self.days * PICK_WEEKS // WEEKS)

    @property
    def judging(self) -> np.ndarray:
        """Return (days,): True on the days on which what was chosen is judged."""
        found: np.ndarray = np.arange(self.days) >= self.days * PICK_WEEKS // WEEKS
        return found

    def weekdays(self) -> np.ndarray:
        """Return (days,): 0 is Monday."""
        return (self.first.weekday() + np.arange(self.days)) % WEEK

    def days_off(self) -> list[Floats]:
        """Return a column (days,) for public holidays and one for calendars, of those that are there."""
        known = dict(self.off)
        kinds = [known.get(self.first + timedelta(days=n)) for n in range(self.days)]
        columns = [np.array([float(one == kind) for one in kinds]) for kind in ("public", "calendar")]
        return [one for one in columns if one.any()]


def window_before(today: date, weeks: int = WEEKS, off: Mapping[date, str] | None = None) -> Window:
    """Return the last whole weeks before a day."""
    monday = today - timedelta(days=today.weekday())
    return Window(monday - timedelta(weeks=weeks), weeks * WEEK, frozenset((off or {}).items()))


@dataclass(frozen=True, slots=True)
class Table:
    """One series as days × hours: counts an hour watched, or levels; NaN where too little was watched, or nothing."""

    values: Floats  # (days, 24)
    coverage: Floats  # (days, 24) 0..1
    unit: str = ""

    def mean(self, hours: Sequence[int] = range(DAY)) -> Floats:
        """Return (days,): the mean of some hours; NaN where less than `LEAST_DAY` of them was watched."""
        chosen = list(hours)
        part, covered = self.values[:, chosen], self.coverage[:, chosen]
        known = np.isfinite(part)
        n = known.sum(axis=1)
        mean = np.where(known, part, 0.0).sum(axis=1) / np.maximum(n, 1)
        found: Floats = np.where((n > 0) & (covered.mean(axis=1) >= LEAST_DAY), mean, np.nan)
        return found

    def profile(self, days: slice | np.ndarray = slice(None)) -> Floats:
        """Return (24,): the mean of each hour of the day; NaN for an hour that was never watched."""
        part = self.values[days]
        known = np.isfinite(part)
        n = known.sum(axis=0)
        found: Floats = np.where(n > 0, np.where(known, part, 0.0).sum(axis=0) / np.maximum(n, 1), np.nan)
        return found

    def busiest(self, window: Window, width: int = 1, hours: range = range(DAY)) -> list[int]:
        """Return the `width` hours together that had most in the weeks for choosing; empty if nothing was watched."""
        profile = self.profile(window.picking)
        starts = range(hours.start, hours.stop - width + 1)
        sums = {one: float(profile[one : one + width].sum()) for one in starts}
        known = {one: total for one, total in sums.items() if np.isfinite(total)}
        if not known:
            return []
        begin = max(known, key=lambda one: known[one])
        return list(range(begin, begin + width))


@dataclass(frozen=True, slots=True)
class Place:
    """Where a recommendation may be made: a camera, a line or zone of one, or a sensor."""

    camera: str = ""
    sensor: str = ""
    subject: str = ""


Series = tuple[str, str, str]  # measure, line or zone, class


@dataclass(frozen=True, slots=True)
class Site:
    """What is known of one camera or sensor, and of the air around."""

    window: Window
    place: Place
    tables: Mapping[Series, Table]
    air: Mapping[str, Table] = field(default_factory=dict)  # measure → the mean of the sensors near it
    far: frozenset[str] = frozenset()  # what is measured, but not known to be near

    def subjects(self, measure: str) -> list[str]:
        """Return the lines or zones that have a measure."""
        return sorted({subject for name, subject, _ in self.tables if name == measure})

    def table(self, measure: str, subject: str, classes: Sequence[str] = ()) -> Table | None:
        """Return a series of a line or zone, its classes added; None if there is none."""
        found = [
            table
            for (name, where, class_name), table in self.tables.items()
            if name == measure and where == subject and (not classes or class_name in classes)
        ]
        if not found:
            return None
        total = np.sum([one.values for one in found], axis=0)
        return Table(total, np.min([one.coverage for one in found], axis=0), found[0].unit)

    def most(self, measure: str, classes: Sequence[str]) -> Table | None:
        """Return the series of the line or zone where most was: lines of one camera see the same people again."""
        found = [one for subject in self.subjects(measure) if (one := self.table(measure, subject, classes))]
        return max(found, key=lambda one: float(np.nansum(one.values[self.window.picking])), default=None)

    def watched(self) -> Floats:
        """Return (days,): the share of each day in which the camera watched."""
        return np.max([one.coverage for one in self.tables.values()], axis=0).mean(axis=1)  # type: ignore[no-any-return]


class Clock(NamedTuple):
    """Where each hour of a range lies: made once for all series."""

    from_s: int
    to_s: int
    day: np.ndarray  # (n,)
    hour: np.ndarray  # (n,)
    days: int

    def table(self, hours: Hours, *, level: bool) -> Table:
        """Return a series by local day and hour. A day of 23 hours has a gap; one of 25 has a mean of two hours."""
        enough = np.isfinite(hours.values) & (hours.coverage >= LEAST_HOUR)
        rate = np.where(enough, hours.values, 0.0)
        if not level:
            rate = rate / np.where(enough, hours.coverage, 1.0)
        shape, at = (self.days, DAY), (self.day, self.hour)
        total, n, covered, slots = (np.zeros(shape) for _ in range(4))
        np.add.at(total, at, rate)
        np.add.at(n, at, enough.astype(float))
        np.add.at(covered, at, hours.coverage)
        np.add.at(slots, at, 1.0)
        values = np.where(n > 0, total / np.maximum(n, 1), np.nan)
        return Table(values, np.where(slots > 0, covered / np.maximum(slots, 1), 1.0), hours.unit)


def clock_of(window: Window, zone: ZoneInfo) -> Clock:
    """Return the hours of a window in a time zone."""
    begin = datetime(window.first.year, window.first.month, window.first.day, tzinfo=zone)
    end_day = window.first + timedelta(days=window.days)
    end = datetime(end_day.year, end_day.month, end_day.day, tzinfo=zone)
    from_s, to_s = (int(one.timestamp()) // HOUR_S * HOUR_S for one in (begin, end))
    local = [datetime.fromtimestamp(at, UTC).astimezone(zone) for at in range(from_s, to_s, HOUR_S)]
    days = np.array([max(0, (one.date() - window.first).days) for one in local])
    return Clock(from_s, to_s, days, np.array([one.hour for one in local]), window.days)


def whole(asked: Asked) -> Asked:
    """Return a series with all its ways together."""
    return asked._replace(way="")
