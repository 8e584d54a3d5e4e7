"""What was: hours of any series, in Redis or in Parquet. Everything that decides reads through `Past`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
HOUR_S = 3600


class Asked(NamedTuple):
    """One series, named as /v1/series names it. Empty means: all of them, summed (or averaged, for levels)."""

    measure: str
    camera: str = ""  # or a sensor
    sensor: str = ""
    subject: str = ""  # a line or zone
    class_name: str = ""
    way: str = ""  # a direction, or the other zone or edge


@dataclass(frozen=True, slots=True)
class Hours:
    """A series on whole hours UTC, without holes: what was not observed is NaN, with coverage 0."""

    asked: Asked
    first_s: int  # seconds since the epoch, a whole hour
    values: Floats  # (n,) counts are of the time watched, not scaled up
    coverage: Floats  # (n,) 0..1
    unit: str

    def __post_init__(self) -> None:
        if self.first_s % HOUR_S or self.values.shape != self.coverage.shape or self.values.ndim != 1:
            raise ValueError(f"expected whole hours and equal columns, got {self.first_s}, {self.values.shape}")

    def __len__(self) -> int:
        return len(self.values)


class Past(Protocol):
    """Reads what was."""

    async def hours(self, asked: Sequence[Asked], from_s: int, to_s: int) -> list[Hours]:
        """Return the hours [from_s, to_s) of each series, in the order asked; what nobody knows is all NaN.

        Raises:
            FeedAway: if Redis does not answer.
        """

    async def known(self) -> list[Asked]:
        """Return every series of which there is any hour."""


@dataclass(frozen=True, slots=True)
class Days:
    """A series on local days."""

    asked: Asked
    first: date
    values: Floats  # (days,) NaN where less than `least` was watched
    coverage: Floats  # (days,)
    unit: str


def days_of(hours: Hours, zone: ZoneInfo, *, level: bool, least: float = 0.9) -> Days:
    """Return local days, of 23 to 25 hours; parts of a day at either end are left out.

    Counts are summed and divided by the part of the day that was watched; levels are averaged over the time watched.
    A day of which less than `least` was watched is not observed: 60 % of a day may be the 60 % without rush hour.
    """
    starts = _midnights(hours, zone)
    values, covered = np.full(len(starts) - 1, np.nan), np.zeros(len(starts) - 1)
    for day, (begin, end) in enumerate(pairwise(starts)):
        part, weight = hours.values[begin:end], hours.coverage[begin:end]
        known = np.isfinite(part)
        covered[day] = weight[known].sum() / (end - begin)
        if covered[day] >= least:
            total = (
                (part[known] * weight[known]).sum() / weight[known].sum() if level else part[known].sum() / covered[day]
            )
            values[day] = total
    first = datetime.fromtimestamp(hours.first_s + int(starts[0]) * HOUR_S, UTC).astimezone(zone).date()
    return Days(hours.asked, first, values, covered, hours.unit)


def _midnights(hours: Hours, zone: ZoneInfo) -> list[int]:
    """Return the hours at which local days begin, the end of the last whole day included."""
    begin = datetime.fromtimestamp(hours.first_s, UTC).astimezone(zone)
    day = begin.date() if begin.hour == 0 else begin.date() + timedelta(days=1)
    found = []
    while True:
        midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
        hour = round((midnight.timestamp() - hours.first_s) / HOUR_S)
        if hour > len(hours):
            break
        found.append(hour)
        day += timedelta(days=1)
    if len(found) < 2:
        raise ValueError("no whole day; expected a range that holds one")
    return found


@dataclass(frozen=True, slots=True)
class TableOfHours:
    """A past that is written down: for tests, simulated cities and exports. Empty names in what is asked sum up."""

    rows: tuple[Hours, ...]
    levels: frozenset[str] = frozenset()  # measures that are averaged rather than summed

    async def hours(self, asked: Sequence[Asked], from_s: int, to_s: int) -> list[Hours]:
        """Return the hours of each series."""
        return [self._one(one, from_s, to_s) for one in asked]

    async def known(self) -> list[Asked]:
        """Return every series."""
        return [one.asked for one in self.rows]

    def _one(self, asked: Asked, from_s: int, to_s: int) -> Hours:
        n = (to_s - from_s) // HOUR_S
        fitting = [one for one in self.rows if fits(asked, one.asked)]
        values, covered = np.full((max(1, len(fitting)), n), np.nan), np.zeros((max(1, len(fitting)), n))
        for row, one in enumerate(fitting):
            shift = (one.first_s - from_s) // HOUR_S
            low, high = max(0, shift), min(n, shift + len(one))
            if low < high:
                values[row, low:high] = one.values[low - shift : high - shift]
                covered[row, low:high] = one.coverage[low - shift : high - shift]
        unit = fitting[0].unit if fitting else ""
        return Hours(asked, from_s, joined(values, level=asked.measure in self.levels), covered.mean(axis=0), unit)


def joined(values: Floats, *, level: bool) -> Floats:
    """Return (n,) out of (rows, n): the sum of counts or the mean of levels; NaN where no row was observed."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=0)
    n = known.sum(axis=0)
    result: Floats = np.where(n > 0, total / np.maximum(n, 1) if level else total, np.nan)
    return result


def fits(asked: Sequence[str], there: Sequence[str]) -> bool:
    """Tell whether a series is among those asked for: an empty name stands for all."""
    return all(not wish or wish == have for wish, have in zip(asked, there, strict=True))
