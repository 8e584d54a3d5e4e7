"""Series brought to the same steps: hours, or local days; what was watched too little is not observed."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from hypervisor.history.past import HOUR_S, Floats, Hours, days_of
from hypervisor.statistics.outcome import SMALL

LEAST_WATCHED = 0.75
"""Of an hour. What was counted in 45 minutes says how much an hour had, to a few per cent; in 20 it does not."""

HOURS_OF_WEEK, WEEKDAYS = 168, 7


@dataclass(frozen=True, slots=True)
class Steps:
    """One series on steps, without holes: NaN is not observed."""

    starts: NDArray[np.int64]  # (n,) seconds since the epoch
    values: Floats  # (n,) counts are scaled to the whole step
    coverage: Floats  # (n,) 0..1
    phase: NDArray[np.int64]  # (n,) the local hour of the week, or the weekday; 0 is Monday
    unit: str
    level: bool

    def __len__(self) -> int:
        return len(self.values)

    @property
    def known(self) -> NDArray[np.bool_]:
        """Return (n,): which steps were observed."""
        return np.isfinite(self.values)

    @property
    def scaled(self) -> Floats:
        """Return (n,): logarithms of counts, levels as they are: rhythms of counts multiply, those of levels add."""
        return self.values if self.level else np.log(self.values + SMALL)

    def back(self, scaled: Floats) -> Floats:
        """Return figures out of what `scaled` gave."""
        return scaled if self.level else np.maximum(np.exp(scaled) - SMALL, 0.0)


def hourly(hours: Hours, zone: ZoneInfo, *, level: bool) -> Steps:
    """Return a series on hours. Twice the same local hour, when clocks go back, is two steps of one phase."""
    watched = np.isfinite(hours.values) & (hours.coverage >= LEAST_WATCHED)
    whole = hours.values if level else hours.values / np.maximum(hours.coverage, LEAST_WATCHED)
    starts = hours.first_s + HOUR_S * np.arange(len(hours), dtype=np.int64)
    local = [datetime.fromtimestamp(int(one), UTC).astimezone(zone) for one in starts]
    phase = np.array([one.weekday() * 24 + one.hour for one in local], dtype=np.int64)
    return Steps(starts, np.where(watched, whole, np.nan), hours.coverage, phase, hours.unit, level)


def daily(hours: Hours, zone: ZoneInfo, *, level: bool) -> Steps:
    """Return a series on local days, of 23 to 25 hours.

    Raises:
        ValueError: if there is no whole day.
    """
    days = days_of(hours, zone, level=level)
    dates = [days.first + timedelta(days=n) for n in range(len(days.values))]
    starts = [round(datetime(one.year, one.month, one.day, tzinfo=zone).timestamp()) for one in dates]
    phase = np.array([one.weekday() for one in dates], dtype=np.int64)
    return Steps(np.array(starts, np.int64), days.values, days.coverage, phase, days.unit, level)


def added(parts: list[Hours], how: str) -> Hours:
    """Return one series out of several cameras' of a place: `sum`, `max` or `primary` (the first that watched).

    A sum of which a part was not watched is not known: it would look like a quiet hour.
    """
    values, coverage = np.stack([one.values for one in parts]), np.stack([one.coverage for one in parts])
    if how == "sum":
        return replace(parts[0], values=values.sum(axis=0), coverage=coverage.min(axis=0))
    known = np.isfinite(values)
    if how == "primary":
        chosen = np.argmax(known & (coverage >= LEAST_WATCHED), axis=0)
    else:
        chosen = np.argmax(np.where(known, values, -np.inf), axis=0)
    at = np.arange(values.shape[1])
    return replace(parts[0], values=values[chosen, at], coverage=coverage[chosen, at])
