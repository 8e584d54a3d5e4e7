"""The interval of an indicator: where its value would lie in other days like those that were watched.

Every indicator, whatever its formula, is made of days. Days are drawn anew (Efron 1979) and the values that this gives
are regressed on how often each day was drawn: that says what each day adds (its pseudo-value; Efron 2014, the
infinitesimal jackknife by regression). For a mean these are the days themselves; for a ratio, a quantile or a share,
what the days are worth to it. Their mean is then judged with the project's own model of noise that remembers
(`statistics.noise`), beside the weekdays, on a scale on which the value has no end: the logarithm for what is above
zero, log-odds for a share.

So days that resemble the day before widen the interval, Sundays that are Sundays do not, and four weeks suffice. A
place that was watched all the time has an interval too: the period is complete, but it is a sample of days like these.
`parvis bench decisions` prints in how many simulated months the interval holds the truth.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from hypervisor.history.past import Floats
from hypervisor.indicators.frame import WEEK_DAYS, Draw, Frame, Indices, Mask
from hypervisor.statistics.effect import estimate
from hypervisor.statistics.noise import Model

LEVEL = 0.95
DRAWS = 99
DRAWS_A_UNIT = 4
"""Draws: four for each day, and never fewer than 99: the regression has as many unknowns as there are days."""

SEED = 20_261_127
"""Of the draws: the same data give everybody the same interval."""

LEAST_DAYS = 14
"""With fewer local days there is no interval: one week does not show how far another may be from it."""

LEAST_FOR_WEEKDAYS = 21
"""From so many days on weekdays are told apart: before, their difference counts as noise, which is careful."""

MOST_UNITS = 92
"""More days are taken by the week: what a quarter of days can show, a year of weeks can."""

SAME = 1e-9
MOST_FAILED = 0.05


class Scale(NamedTuple):
    """Where a value has no end, and back."""

    there: Callable[[Floats], Floats]
    back: Callable[[float], float]


def _same(values: Floats) -> Floats:
    return values


def _odds(most: float) -> Scale:
    return Scale(lambda v: np.log(v / (most - v)), lambda x: most / (1 + float(np.exp(-x))))


PLAIN = Scale(_same, float)
LOGARITHM = Scale(np.log, lambda x: float(np.exp(x)))


@dataclass(slots=True)
class Drawing:
    """The draws of a period, shared by all of its indicators."""

    frame: Frame
    unit: Indices  # (days,) which unit a day belongs to
    counts: Floats  # (draws, units)
    draws: list[Draw]
    _models: dict[bytes, Model] = field(default_factory=dict)

    @staticmethod
    def of(frame: Frame) -> "Drawing":
        """Draw days, or weeks where there are many of them; nothing where there are too few."""
        width = 1 if frame.days <= MOST_UNITS else WEEK_DAYS
        unit = np.arange(frame.days) // width
        units = int(unit[-1]) + 1
        if frame.days < LEAST_DAYS:
            return Drawing(frame, unit, np.empty((0, units)), [])
        rng = np.random.default_rng(SEED)
        picked = rng.integers(0, units, (max(DRAWS, DRAWS_A_UNIT * units), units))
        counts = np.array([np.bincount(row, minlength=units) for row in picked], float)
        days = [np.flatnonzero(unit == n) for n in range(units)]
        return Drawing(frame, unit, counts, [Draw.over(frame, [days[n] for n in row]) for row in picked])

    def interval(self, value: float, drawn: Floats, watched: Mask, most: float | None) -> tuple[float, float] | None:
        """Return the interval of a value.

        Args:
            value: what all days give.
            drawn: (draws,) what each draw gives; NaN where it gives nothing.
            watched: (days,) days that the value is made of.
            most: what the value cannot exceed; None: nothing.
        """
        known = np.isfinite(drawn)
        mine = np.unique(self.unit[watched])
        if known.mean() < 1 - MOST_FAILED or len(mine) < 4 or not len(self.draws):
            return None
        if np.ptp(drawn[known]) <= SAME * max(1.0, abs(value)):
            return value, value
        scale = _scale(value, drawn[known], most)
        centre = float(scale.there(np.array(value)))
        pseudo = _pseudo_values(scale.there(drawn[known]), self.counts[known], mine)
        reach = self._reach(pseudo, mine)
        if reach is None:
            return None
        low, high = scale.back(centre - reach), scale.back(centre + reach)
        return (low, high) if most is None else (max(0.0, low), min(most, high))

    def _reach(self, pseudo: Floats, mine: Indices) -> float | None:
        """Return half the width of the interval of a mean of units."""
        model = self._model(mine)
        if model is None:
            return None
        found = estimate(model, pseudo, 0, np.random.default_rng(SEED), LEVEL)
        return (found.high - found.low) / 2

    def _model(self, mine: Indices) -> Model | None:
        key = mine.tobytes()
        if key not in self._models:
            columns = [np.ones(len(mine)), *self._weekdays(mine)]
            if len(mine) < len(columns) + 4:
                return None
            self._models[key] = Model(np.column_stack(columns), mine)
        return self._models[key]

    def _weekdays(self, mine: Indices) -> list[Floats]:
        """Return columns that tell weekdays apart, around zero over the days that there are: they leave the mean."""
        if len(self.counts[0]) != self.frame.days or len(mine) < LEAST_FOR_WEEKDAYS:
            return []
        weekday = self.frame.weekday[np.searchsorted(self.frame.day, np.arange(self.frame.days))][mine]
        there = np.unique(weekday)[1:]
        return [(weekday == one) - float((weekday == one).mean()) for one in there]


def _pseudo_values(drawn: Floats, counts: Floats, mine: Indices) -> Floats:
    """Return (units,): what each unit adds, around zero, on the scale of a mean of them."""
    around = counts - counts.mean(axis=0)
    slope, *_ = np.linalg.lstsq(around, drawn - drawn.mean(), rcond=None)
    here: Floats = np.asarray(slope, float)[mine]
    pseudo: Floats = (here - here.mean()) * float(len(mine))
    return pseudo


def _scale(value: float, drawn: Floats, most: float | None) -> Scale:
    if most is not None and value < most and (drawn > 0).all() and (drawn < most).all() and value > 0:
        return _odds(most)
    return LOGARITHM if value > 0 and (drawn > 0).all() else PLAIN


def drawn_values(reckon: Callable[[Draw], float], draws: Sequence[Draw], fails: type[Exception]) -> Floats:
    """Return (draws,) what each draw gives; NaN where it gives nothing."""
    found = np.full(len(draws), np.nan)
    for n, draw in enumerate(draws):
        try:
            found[n] = reckon(draw)
        except fails:
            continue
    return found
