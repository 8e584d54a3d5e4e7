"""Two series beside each other: how closely they move together, how much later, and how little is known of it.

What both do every week (rush hours, Sundays) and what weather does to both is taken out first: otherwise everything in
a city goes with everything. What is left remembers, so n hours say less than n independent ones would: the effective
sample size is that of Bartlett (1946), n / (1 + 2 sum (1 - j/n) rx(j) ry(j)), and intervals are Fisher's z with it
(Spearman's with the factor 1.06 of Fieller, Hartley and Pearson 1957). A correlation is never a cause.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hypervisor.statistics.noise import Floats

Singles = NDArray[np.float32]
Method = Literal["pearson", "spearman"]
LEVEL = 0.95
LEAST_EFFECTIVE = 20.0
"""Below so many independent hours nothing is concluded: the interval would cover half of all correlations."""

LONGEST_MEMORY = 400
"""Steps over which the memory of a series is followed, and a quarter of it at most."""

_FIELLER = 1.06


@dataclass(frozen=True, slots=True)
class Lagged:
    """How one series goes with another that is looked at `lag` steps later."""

    lag: int  # steps; positive: the second follows the first
    value: float | None  # None: no conclusion
    low: float | None
    high: float | None
    n: int  # steps in which both were observed
    effective: float  # of them, as if independent


def without_rhythm(values: Floats, phase: np.ndarray) -> Floats:
    """Return (m, n) departures from the mean of the same phase, such as the hour of the week; NaN stays NaN.

    Args:
        values: (m, n).
        phase: (n,) whole numbers from 0.
    """
    size = int(phase.max()) + 1 if len(phase) else 0
    left = np.empty_like(values)
    for row, own in enumerate(values):
        known = np.isfinite(own)
        sums = np.bincount(phase[known], own[known], size)
        counts = np.bincount(phase[known], minlength=size)
        left[row] = own - (sums / np.maximum(counts, 1))[phase]
    return left


def without(values: Floats, others: Floats) -> Floats:
    """Return (m, n): what is left of each row after a linear fit of `others` (k, n), such as rain and temperature."""
    explained = np.where(np.isfinite(others), others, np.nanmean(others, axis=1, keepdims=True)).T
    explained = np.column_stack([np.ones(len(explained)), explained])
    left = np.full_like(values, np.nan)
    for row, own in enumerate(values):
        known = np.isfinite(own)
        if known.sum() > explained.shape[1]:
            fitted, *_ = np.linalg.lstsq(explained[known], own[known], rcond=None)
            left[row, known] = own[known] - explained[known] @ fitted
    return left


def ranks(values: Floats) -> Floats:
    """Return (m, n) ranks of each row, ties shared, NaN left out."""
    from scipy.stats import rankdata  # loaded when the first rank is asked for

    found = np.full_like(values, np.nan)
    for row, own in enumerate(values):
        known = np.isfinite(own)
        found[row, known] = rankdata(own[known])
    return found


def lagged(first: Floats, second: Floats, lags: range, method: Method = "pearson") -> list[Lagged]:
    """Return how two series (n,) go together at each lag; intervals hold for all lags at once (Bonferroni)."""
    return across(first[None, :], second, lags, method)[0]


def across(firsts: Floats, second: Floats, lags: range, method: Method = "pearson") -> list[list[Lagged]]:
    """Return for each row of `firsts` (m, n) how `second` (n,) goes with it at each lag.

    Raises:
        ValueError: if the lengths differ, or a series is constant where it was observed.
    """
    if firsts.shape[1] != second.shape[0]:
        raise ValueError(f"series of {firsts.shape[1]} and {second.shape[0]} steps; expected the same steps")
    if method == "spearman":
        firsts, second = ranks(firsts), ranks(second[None, :])[0]
    for one in (*firsts, second):
        known = one[np.isfinite(one)]
        if len(known) < 2 or np.ptp(known) == 0:
            raise ValueError("a series is constant or was never observed; expected one that varies")
    r, n = _correlations(firsts, second, lags)
    longest = max(1, min(len(second) // 4, LONGEST_MEMORY))
    own = autocorrelation(second, longest)
    memory = np.array([_memory(autocorrelation(row, longest) * own, len(second)) for row in firsts])
    effective = n / memory[:, None]
    # Fisher's z, for all lags at once: the level is that of each if together they shall hold with LEVEL.
    each = 1 - (1 - LEVEL) / len(lags)
    wide = NormalDist().inv_cdf((1 + each) / 2) * math.sqrt(_FIELLER if method == "spearman" else 1.0)
    reach = wide / np.sqrt(np.maximum(effective - 3, 1.0))
    z = np.arctanh(np.clip(r, -0.999999, 0.999999))
    low, high = np.tanh(z - reach), np.tanh(z + reach)
    return [
        [
            _lagged(lag, *(float(one[row, column]) for one in (r, low, high, n, effective)))
            for column, lag in enumerate(lags)
        ]
        for row in range(len(firsts))
    ]


def strongest(found: list[Lagged]) -> Lagged | None:
    """Return the lag at which two series go together most; None where nothing can be concluded."""
    known = [one for one in found if one.value is not None]
    return max(known, key=lambda one: abs(one.value or 0.0), default=None)


def _correlations(firsts: Floats, second: Floats, lags: range) -> tuple[Floats, Floats]:
    """Return (m, L) correlations and counts, all at once: sums over the steps in which both are known."""
    x, mx = _filled(firsts)
    y, my = _filled(second[None, :])
    ys, mys = _shifted(y[0], lags), _shifted(my[0], lags)
    n = mx @ mys
    sx, sy = x @ mys, mx @ ys
    xx, yy, xy = (x * x) @ mys, mx @ (ys * ys), x @ ys
    with np.errstate(invalid="ignore", divide="ignore"):
        r = (xy - sx * sy / n) / np.sqrt((xx - sx**2 / n) * (yy - sy**2 / n))
    return np.clip(r, -1, 1).astype(float), n.astype(float)


def _filled(values: Floats) -> tuple[Singles, Singles]:
    """Return rows around zero in units of their spread, zero where unknown, and where they are known.

    Single precision is enough for sums of numbers of size one, and twice as fast.
    """
    known = np.isfinite(values)
    centred = values - np.nanmean(values, axis=1, keepdims=True)
    scaled = np.where(known, centred / np.nanstd(values, axis=1, keepdims=True), 0.0)
    return scaled.astype(np.float32), known.astype(np.float32)


def _shifted(values: Singles, lags: range) -> Singles:
    """Return (n, L): at row t, the value `lag` steps later; zero beyond the ends."""
    n = len(values)
    out = np.zeros((n, len(lags)), np.float32)
    for column, lag in enumerate(lags):
        low, high = max(0, -lag), min(n, n - lag)
        if low < high:
            out[low:high, column] = values[low + lag : high + lag]
    return out


def _memory(product: Floats, n: int) -> float:
    """Return how many steps tell as much as one independent step, one at least; `product` is rx(j) ry(j) from j = 0."""
    ends = np.flatnonzero(product[1:] <= 0)  # beyond it the estimates are noise (initial positive sequence, Geyer 1992)
    last = int(ends[0]) if len(ends) else len(product) - 1
    j = np.arange(1, last + 1)
    return max(1.0, 1 + 2 * float(((1 - j / n) * product[1 : last + 1]).sum()))


def autocorrelation(values: Floats, longest: int) -> Floats:
    """Return (longest + 1,): how a series goes with itself, gaps left out."""
    from scipy import fft

    known = np.isfinite(values)
    x = np.where(known, values - values[known].mean(), 0.0).astype(np.float32)
    size = fft.next_fast_len(len(x) + longest + 1, real=True)
    products, pairs = (
        fft.irfft(np.abs(fft.rfft(one, size)) ** 2, size)[: longest + 1] for one in (x, known.astype(np.float32))
    )
    covariance = np.divide(products, pairs, out=np.zeros_like(products), where=pairs > 0.5)
    scaled: Floats = covariance / covariance[0] if covariance[0] > 0 else np.eye(1, longest + 1)[0]
    return scaled


def _lagged(lag: int, r: float, low: float, high: float, n: float, effective: float) -> Lagged:
    if effective < LEAST_EFFECTIVE or not math.isfinite(r):
        return Lagged(lag, None, None, None, round(n), effective)
    return Lagged(lag, r, low, high, round(n), effective)
