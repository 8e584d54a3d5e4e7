"""Days from which a series lies on another level.

Daily figures, as logarithms if they are counts and without their weekdays, are cut by PELT (Killick, Fearnhead and
Eckley 2012; the library is ruptures, Truong, Oudre and Vayatis 2020) where that lowers the sum of squares by more than
a penalty. A fixed one such as Yao's (1988) is for independent days: in days that remember it sees changes everywhere.
So the penalty is what the best cut gains in noise alone, in all but 1 % of series drawn from the noise of this one
(`statistics.noise`: restricted likelihood, block bootstrap); its own best step is taken out before, or the change that
is looked for would be taken for memory.
"""

from itertools import pairwise
from typing import NamedTuple

import numpy as np

from hypervisor.cross.steps import WEEKDAYS, Steps
from hypervisor.history.past import Floats
from hypervisor.statistics.noise import Model

LEAST_DAYS = 28
SHORTEST_D = 7
"""A change lasts a week at least: less is an event."""

DRAWS, BLOCK_D, BEYOND, SEED = 300, 7, 0.99, 1


class Change(NamedTuple):
    """From the n-th day on it is another level; means of the stretches on both sides."""

    day: int
    before: float
    after: float


def changes(days: Steps) -> list[Change] | None:
    """Return the changes of a daily series; None where too few days were observed to look for one."""
    at = np.flatnonzero(days.known & (days.phase < WEEKDAYS))  # days off are another level, and no change of it
    if len(at) < LEAST_DAYS or np.ptp(days.values[at]) == 0 or len(np.unique(days.phase[at])) < WEEKDAYS:
        return None
    week = _weekdays(days.phase[at])
    series = _without(days.scaled[at][:, None], week)
    if np.std(series) < 1e-9:  # nothing but its week
        return []
    import ruptures  # loaded when the first change is looked for

    penalty = penalty_of(series, week, at)
    ends = ruptures.Pelt(model="l2", min_size=SHORTEST_D, jump=1).fit(series).predict(pen=penalty)
    cuts, values = [0, *ends], days.values[at]
    means = [float(values[low:high].mean()) for low, high in pairwise(cuts)]
    return [Change(int(at[cut]), means[n], means[n + 1]) for n, cut in enumerate(ends[:-1])]


def penalty_of(series: Floats, week: Floats, at: np.ndarray) -> float:
    """Return what the best cut gains in noise alone.

    Args:
        series: (n, 1) without weekdays.
        week: (n, 7) the columns of weekdays.
        at: (n,) which days these are.
    """
    best = int(np.argmax(_gains(series)[:, 0])) + SHORTEST_D
    step = (np.arange(len(series)) >= best).astype(float)
    model = Model(np.column_stack([week, step]), at)
    weights = model.judged(series, 0).weights[:, 0]
    noise = model.resampled(series[:, 0], weights, BLOCK_D, np.random.default_rng(SEED), DRAWS)
    return float(np.quantile(_gains(_without(noise, week)).max(axis=0), BEYOND))


def _gains(series: Floats) -> Floats:
    """Return (cuts, B): by how much each cut lowers the sum of squares of series (n, B)."""
    n, k = len(series), np.arange(1, len(series))[:, None]
    sums = np.cumsum(series - series.mean(axis=0), axis=0)[:-1]
    gains = sums**2 * n / (k * (n - k))
    inside: Floats = gains[SHORTEST_D - 1 : n - SHORTEST_D]
    return inside


def _weekdays(phase: np.ndarray) -> Floats:
    columns: Floats = (phase[:, None] == np.arange(WEEKDAYS)).astype(float)
    return columns


def _without(series: Floats, week: Floats) -> Floats:
    fitted, *_ = np.linalg.lstsq(week, series, rcond=None)
    left: Floats = series - week @ fitted
    return left
