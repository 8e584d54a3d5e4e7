"""What a day would have been anyway: weekday, holidays, weather and, where asked, a trend."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from hypervisor.statistics.noise import Floats

WEEK = 7


@dataclass(frozen=True, slots=True)
class Calendar:
    """The days of a series, and what is known of them. Columns of arrays are days."""

    first: date
    days: int
    off: frozenset[date] = frozenset()  # public and school holidays: days unlike their weekday
    weather: Floats | None = None  # (w, days) such as millimetres of rain and degrees; NaN is filled by the mean
    trend: bool = False

    def __len__(self) -> int:
        return self.days

    def longer(self, days: int) -> "Calendar":
        """Return the calendar with so many days more, of which the weather is not known."""
        return replace(self, days=self.days + days, weather=None)

    def weekdays(self) -> np.ndarray:
        """Return (days,): 0 is Monday."""
        return (self.first.weekday() + np.arange(self.days)) % WEEK


def columns_of(calendar: Calendar) -> Floats:
    """Return (days, k): a constant, six contrasts of weekdays, and what varies of holidays, weather and trend."""
    weekdays = calendar.weekdays()
    contrasts = [(weekdays == d) - 1.0 * (weekdays == 0) for d in range(1, WEEK)]
    found = [np.ones(calendar.days), *contrasts]
    for extra in _extras(calendar):
        spread = extra.std()
        if spread > 0:
            found.append((extra - extra.mean()) / spread)
    return np.column_stack(found)


def _extras(calendar: Calendar) -> list[Floats]:
    found: list[Floats] = []
    if calendar.off:
        days = (calendar.first + timedelta(n) for n in range(calendar.days))
        found.append(np.array([float(day in calendar.off) for day in days]))
    if calendar.weather is not None:
        for row in calendar.weather:
            known = np.isfinite(row)
            if known.any():
                found.append(np.where(known, row, row[known].mean()))
    if calendar.trend:
        found.append(np.arange(calendar.days, dtype=float))
    return found
