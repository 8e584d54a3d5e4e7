"""Before anything is tried: what the trial would be able to show, and how long it would have to last."""

import math
from collections.abc import Callable

import numpy as np

from hypervisor.experiments.protocol import Protocol
from hypervisor.statistics.design import Calendar
from hypervisor.statistics.noise import Floats
from hypervisor.statistics.power import power
from hypervisor.statistics.trial import LEAST_BASELINE, LEAST_TRIAL, TooLittle, Trial

WANTED = 0.8
MOST_DAYS = 365


def planned(protocol: Protocol, trial: Trial) -> tuple[float, int | None]:
    """Return the power for the smallest effect that matters, and the days that a power of 0.8 would need.

    Raises:
        TooLittle: if the baseline was observed on too few days to say.
    """
    baseline = trial.outcome()[: protocol.baseline.days]
    watched = int(np.isfinite(baseline).sum())
    if watched < LEAST_BASELINE:
        raise TooLittle(f"the baseline was observed on {watched} days so far; expected {LEAST_BASELINE} at least")
    calendar = Calendar(protocol.baseline.first, protocol.baseline.days, frozenset(protocol.holidays))
    smallest = protocol.outcome.smallest
    size = math.log1p(smallest) if protocol.outcome.scale == "ratio" else smallest

    def at(days: int) -> float:
        return _power(baseline, calendar, days, size)

    return at(protocol.trial.days), _needed(at)


def _power(baseline: Floats, calendar: Calendar, days: int, size: float) -> float:
    try:
        return power(baseline, calendar, days, size)
    except ValueError as error:
        raise TooLittle(str(error)) from None


def _needed(at: Callable[[int], float]) -> int | None:
    """Return the fewest days, in whole weeks, that reach the wanted power: it grows with them, so halving finds it."""
    low, high = LEAST_TRIAL // 7, MOST_DAYS // 7
    if at(high * 7) < WANTED:
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if at(middle * 7) >= WANTED else (middle + 1, high)
    return low * 7
