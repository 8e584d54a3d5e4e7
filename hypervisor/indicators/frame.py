"""Hours and days of one period in local time, and what a formula's parts are while it is reckoned."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from hypervisor.history.past import HOUR_S, Floats

Indices = NDArray[np.intp]
Mask = NDArray[np.bool_]
WEEK_DAYS = 7
LEAST_OF_HOUR = 0.5
"""An hour of which less was watched tells nothing of its rest."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The hours of a period; days are local ones, numbered from 0."""

    hour_of_day: Indices  # (n,) local
    weekday: Indices  # (n,) 0 is Monday
    day: Indices  # (n,)
    whole: Mask  # (days,) whether all of a day's hours lie in the period
    holiday: Mask  # (n,) whether it is one of a public holiday

    @staticmethod
    def of(from_s: int, hours: int, zone: ZoneInfo, holidays: frozenset[date] = frozenset()) -> "Frame":
        """Build the frame of so many hours, one at least."""
        local = [datetime.fromtimestamp(from_s + n * HOUR_S, UTC).astimezone(zone) for n in range(hours)]
        dates = [one.date() for one in local]
        first = dates[0].toordinal()
        day = np.array([one.toordinal() - first for one in dates])
        whole = np.ones(int(day[-1]) + 1, bool)
        after = datetime.fromtimestamp(from_s + hours * HOUR_S, UTC).astimezone(zone)
        before = datetime.fromtimestamp(from_s - HOUR_S, UTC).astimezone(zone)
        whole[0] &= before.date() != dates[0]
        whole[-1] &= after.date() != dates[-1]
        hour_of_day, weekday = (np.array([f(one) for one in local]) for f in (_hour, datetime.weekday))
        return Frame(hour_of_day, weekday, day, whole, np.array([one in holidays for one in dates]))

    @property
    def days(self) -> int:
        """Return how many local days it touches."""
        return len(self.whole)

    def first_of(self, day: int) -> int:
        """Return the first hour of a day."""
        return int(np.searchsorted(self.day, day))


def _hour(at: datetime) -> int:
    return at.hour


@dataclass(frozen=True, slots=True)
class Column:
    """Hours or days: values with NaN, how much was watched, and which of them are asked for."""

    values: Floats  # counts of an hour are of the whole hour
    coverage: Floats
    asked: Mask
    is_known: bool = True  # False: the measure is not taken here at all


@dataclass(frozen=True, slots=True)
class Times:
    """Durations, each with the day on which it began."""

    hours: Floats
    ended: Mask
    day: Indices


@dataclass(frozen=True, slots=True)
class Draw:
    """Days that are looked at, in order; all of them once, or drawn with replacement."""

    hours: Indices
    days: Indices

    @staticmethod
    def all_of(frame: Frame) -> "Draw":
        """Look at everything once."""
        return Draw(np.arange(len(frame.day)), np.arange(frame.days))

    @staticmethod
    def over(frame: Frame, blocks: Sequence[Indices]) -> "Draw":
        """Look at days, each as often as it is named; blocks of them stay together."""
        days = np.concatenate(blocks)
        begins, ends = np.searchsorted(frame.day, days), np.searchsorted(frame.day, days, side="right")
        return Draw(np.concatenate([np.arange(one, end) for one, end in zip(begins, ends, strict=True)]), days)


def watched_hours(values: Sequence[float] | Floats, coverage: Floats, *, counts: bool) -> Column:
    """Return hours as formulas see them: counts stand for the whole hour, of which half at least was watched."""
    found = np.where(coverage >= LEAST_OF_HOUR, np.asarray(values, float), np.nan)
    if counts:
        found = found / np.where(coverage > 0, np.minimum(coverage, 1.0), 1.0)
    return Column(found, np.minimum(coverage, 1.0), np.ones(len(found), bool))
