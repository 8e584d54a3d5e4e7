"""Series brought to the same steps: quarters, hours or local days; what was watched too little is not observed.

Days unlike their weekday are phases of their own: a school holiday that of its weekday among school holidays, public
holidays one for all of them. What a phase was seen too rarely to say is left to nobody's Tuesday.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from hypervisor.history.past import HOUR_S, Floats, Hours, days_of
from hypervisor.statistics.outcome import SMALL

LEAST_WATCHED = 0.75
"""Of an hour. What was counted in 45 minutes says how much an hour had, to a few per cent; in 20 it does not."""

WEEKDAYS = 7
QUARTER_S = 900
PER_DAY = {"15m": 96, "1h": 24, "1d": 1}
"""Step → how many a day has."""

LEAST_SEEN = 3
"""Fewer, and a phase says nothing of what is usual."""

Off = Mapping[date, str]
"""Local day → `public` or `calendar`."""


class Quarters(Hours):
    """A series on quarters of an hour: as `Hours`, with `first_s` a whole quarter."""

    __slots__ = ()

    def __post_init__(self) -> None:
        if self.first_s % QUARTER_S or self.values.shape != self.coverage.shape or self.values.ndim != 1:
            raise ValueError(f"expected whole quarters and equal columns, got {self.first_s}, {self.values.shape}")


@dataclass(frozen=True, slots=True)
class Steps:
    """One series on steps, without holes: NaN is not observed."""

    starts: NDArray[np.int64]  # (n,) seconds since the epoch
    values: Floats  # (n,) counts are scaled to the whole step
    coverage: Floats  # (n,) 0..1
    phase: NDArray[np.int64]  # (n,) step of the local week, 0 is Monday's first; days off lie beyond `week`
    unit: str
    level: bool
    per_day: int = 24

    @property
    def week(self) -> int:
        """Return how many phases an ordinary week has."""
        return WEEKDAYS * self.per_day

    @property
    def rare(self) -> NDArray[np.bool_]:
        """Return (n,): steps of days off whose phase was seen too rarely to say what is usual."""
        seen = np.bincount(self.phase[self.known], minlength=int(self.phase.max(initial=0)) + 1)
        found: NDArray[np.bool_] = (self.phase >= self.week) & (seen[self.phase] < LEAST_SEEN)
        return found

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


def clocked(hours: Hours, zone: ZoneInfo, *, level: bool, off: Off | None = None) -> Steps:
    """Return a series on its hours or quarters. Twice the same local one, when clocks go back, is two of one phase."""
    step_s = QUARTER_S if isinstance(hours, Quarters) else HOUR_S
    per_day = 24 * HOUR_S // step_s
    watched = np.isfinite(hours.values) & (hours.coverage >= LEAST_WATCHED)
    whole = hours.values if level else hours.values / np.maximum(hours.coverage, LEAST_WATCHED)
    starts = hours.first_s + step_s * np.arange(len(hours), dtype=np.int64)
    local = [datetime.fromtimestamp(int(one), UTC).astimezone(zone) for one in starts]
    place = ((one.hour * 3600 + one.minute * 60) // step_s for one in local)
    phases = [_phase(one.date(), at, per_day, off or {}) for one, at in zip(local, place, strict=True)]
    values = np.where(watched, whole, np.nan)
    return Steps(starts, values, hours.coverage, np.array(phases, np.int64), hours.unit, level, per_day)


def _phase(day: date, at: int, per_day: int, off: Off) -> int:
    """Return the phase of the `at`-th step of a day: an ordinary week, a week of holidays, a public holiday."""
    week = WEEKDAYS * per_day
    if off.get(day) == "public":
        return 2 * week + at
    return day.weekday() * per_day + at + (week if day in off else 0)


def daily(hours: Hours, zone: ZoneInfo, *, level: bool, off: Off | None = None) -> Steps:
    """Return a series on local days, of 23 to 25 hours.

    Raises:
        ValueError: if there is no whole day.
    """
    days = days_of(whole_hours(hours, level=level), zone, level=level)
    dates = [days.first + timedelta(days=n) for n in range(len(days.values))]
    starts = [round(datetime(one.year, one.month, one.day, tzinfo=zone).timestamp()) for one in dates]
    phase = np.array([_phase(one, 0, 1, off or {}) for one in dates], dtype=np.int64)
    return Steps(np.array(starts, np.int64), days.values, days.coverage, phase, days.unit, level, 1)


def whole_hours(hours: Hours, *, level: bool) -> Hours:
    """Return hours out of quarters, of which those at either end that are no whole hour are left out."""
    if not isinstance(hours, Quarters):
        return hours
    skip = -(hours.first_s // QUARTER_S) % 4
    n = (len(hours) - skip) // 4
    values, coverage = (one[skip : skip + 4 * n].reshape(n, 4) for one in (hours.values, hours.coverage))
    known = np.isfinite(values)
    weight = np.where(known, coverage if level else 1.0, 0.0)
    total = (np.where(known, values, 0.0) * weight).sum(axis=1)
    divided = total / np.maximum(weight.sum(axis=1), 1e-9) if level else total
    found = np.where(known.any(axis=1), divided, np.nan)
    return Hours(hours.asked, hours.first_s + skip * QUARTER_S, found, coverage.mean(axis=1), hours.unit)


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
