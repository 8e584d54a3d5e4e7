"""What a series usually has at an hour of the week or on a weekday, and the steps that lie beyond it.

Usual is the median of the same phase; nine in ten lie between its quantiles. A step is beyond what is usual if it is
farther from its median than chance would bring any of all steps, at 5 %: robust standard deviations (of the same hour
of any day: one hour of the week alone is seen too rarely) against the normal quantile after Bonferroni.
"""

from dataclasses import replace
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from hypervisor.cross.steps import LEAST_SEEN, Steps
from hypervisor.history.past import Floats

CHANCE = 0.05


class Phase(NamedTuple):
    """What one phase usually has; None where it was seen too rarely."""

    phase: int
    value: float | None
    low: float | None
    high: float | None
    n: int


class Beyond(NamedTuple):
    """A step beyond what is usual."""

    step: int
    value: float
    usual: float


def profile(steps: Steps) -> list[Phase]:
    """Return what each phase usually has: those of an ordinary week, then those of days off, as far as there are."""
    return [_phase(steps, one) for one in range(max(steps.week, int(steps.phase.max(initial=0)) + 1))]


def beyond(steps: Steps, found: list[Phase], most: int) -> list[Beyond]:
    """Return the steps beyond what is usual, those that are farthest from it first."""
    medians = np.array([np.nan if one.value is None else one.value for one in found])
    usual = medians[steps.phase]
    scaled = steps.scaled - _scaled(steps, usual)
    # Around a median of n, n values lie closer than around the true one (its variance is 1.57/n of theirs).
    seen = np.array([one.n for one in found])[steps.phase]
    widened = np.sqrt(1 + np.pi / np.maximum(seen, 1))
    far = np.abs(scaled) / widened / _spreads(scaled, steps.phase % steps.per_day)
    known = np.isfinite(far)
    if not known.any():
        return []
    limit = NormalDist().inv_cdf(1 - CHANCE / 2 / int(known.sum()))
    order = np.argsort(np.where(known, -far, 0.0))
    picked = [int(one) for one in order[:most] if known[one] and far[one] > limit]
    return [Beyond(one, float(steps.values[one]), float(usual[one])) for one in picked]


def _phase(steps: Steps, phase: int) -> Phase:
    own = steps.values[(steps.phase == phase) & steps.known]
    if len(own) < LEAST_SEEN:
        return Phase(phase, None, None, None, len(own))
    low, middle, high = (float(one) for one in np.quantile(own, [0.05, 0.5, 0.95]))
    return Phase(phase, middle, low, high, len(own))


def _scaled(steps: Steps, usual: Floats) -> Floats:
    return replace(steps, values=usual).scaled


def _spreads(scaled: Floats, group: np.ndarray) -> Floats:
    """Return (n,): the robust standard deviation of each step's group; NaN where it is zero."""
    spread = np.full(len(scaled), np.nan)
    for one in np.unique(group):
        own = scaled[(group == one) & np.isfinite(scaled)]
        if len(own) and (found := 1.4826 * float(np.median(np.abs(own)))) > 0:
            spread[group == one] = found
    return spread
