"""How sure a figure is: bootstrap over stretches of a clip.

Crossings close in time are alike (one group, one hidden moment), so whole stretches of `SEGMENT_S` are drawn with
replacement, not single crossings (block bootstrap: Künsch, "The jackknife and the bootstrap for general stationary
observations", Annals of Statistics 17, 1989). Two systems are compared on the same draws. A clip of a minute has few
stretches, so the interval is rather too narrow than too wide, and it says nothing of other places.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.matching import Matching

SEGMENT_S = 5.0
DRAWS = 4000
SEED = 20090617
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and where it lies in 95 of 100 draws."""

    value: float
    low: float
    high: float


def by_segment(runs: Sequence[Matching], duration_s: float, segment_s: float = SEGMENT_S) -> F64:
    """Return hits, false and missed crossings (S, 3) of each stretch of a clip, summed over runs.

    Hits and missed ones lie where they truly happened, false ones where they were counted.
    """
    counts = np.zeros((max(1, math.ceil(duration_s / segment_s)), 3))
    for run in runs:
        times_s = (
            [true.time_s for _, true in run.pairs],
            [c.time_s for c in run.false],
            [t.time_s for t in run.missed],
        )
        for column, times in enumerate(times_s):
            rows = np.clip((np.array(times) / segment_s).astype(int), 0, len(counts) - 1)
            np.add.at(counts[:, column], rows, 1)
    return counts


def f1_interval(counts: F64, draws: int = DRAWS, seed: int = SEED) -> Interval:
    """Return the event F1 of stretches (S, 3), all runs together."""
    drawn = _draw(counts, draws, seed)
    return _interval(float(_f1(counts.sum(axis=0))), _f1(drawn))


def difference_interval(ours: F64, peer: F64, draws: int = DRAWS, seed: int = SEED) -> Interval:
    """Return by how much the event F1 of `ours` (S, 3) is above that of `peer` (S, 3) on the same stretches."""
    found = float(_f1(ours.sum(axis=0)) - _f1(peer.sum(axis=0)))
    return _interval(found, _f1(_draw(ours, draws, seed)) - _f1(_draw(peer, draws, seed)))


def _draw(counts: F64, draws: int, seed: int) -> F64:
    """Return the sums (draws, 3) of stretches drawn with replacement; the same seed draws the same stretches."""
    rows = np.random.default_rng(seed).integers(0, len(counts), (draws, len(counts)))
    return np.asarray(counts[rows].sum(axis=1))


def _f1(sums: F64) -> F64:
    hits, false, missed = sums[..., 0], sums[..., 1], sums[..., 2]
    total = 2 * hits + false + missed
    return np.asarray(np.where(total > 0, 2 * hits / np.maximum(total, 1), 1.0))


def _interval(value: float, drawn: F64) -> Interval:
    low, high = np.percentile(drawn, [2.5, 97.5])
    return Interval(value, float(low), float(high))
