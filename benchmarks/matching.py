"""Counted crossings against true ones: event F1, WAPE and their parts.

Matching is one-to-one and maximal, then of smallest total |Δt|, within the same line and direction and
|Δt| ≤ 1.0 s. A counted crossing that fits only an uncertain one is neither a hit nor an error.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from benchmarks.truthfile import TrueCrossing, Truth
from pipeline.events import Crossing
from pipeline.taxonomy import city_name

TOLERANCE_S = 1.0
_FAR = 1e6


@dataclass(frozen=True, slots=True)
class Score:
    """How well one run counted one clip; sums over clips and phases add up."""

    hits: int
    false: int
    missed: int
    absolute_error: int  # Σ |count − truth| over line × direction
    truth: int

    @property
    def f1(self) -> float:
        """Return 2·hits / (2·hits + false + missed)."""
        total = 2 * self.hits + self.false + self.missed
        return 2 * self.hits / total if total else 1.0

    @property
    def wape(self) -> float:
        """Return the absolute count error as a share of the true count."""
        return self.absolute_error / self.truth if self.truth else float(self.absolute_error > 0)

    def __add__(self, other: "Score") -> "Score":
        return Score(
            self.hits + other.hits,
            self.false + other.false,
            self.missed + other.missed,
            self.absolute_error + other.absolute_error,
            self.truth + other.truth,
        )


@dataclass(frozen=True, slots=True)
class Matching:
    """Which counted crossing is which true one."""

    pairs: tuple[tuple[Crossing, TrueCrossing], ...]
    false: tuple[Crossing, ...]
    missed: tuple[TrueCrossing, ...]
    ignored: tuple[Crossing, ...]  # fit only what is uncertain


def match(
    counted: Sequence[Crossing],
    truth: Sequence[TrueCrossing],
    with_class: bool = False,
    tolerance_s: float = TOLERANCE_S,
) -> Matching:
    """Return the best one-to-one matching; with `with_class` the class must agree as well."""

    def fits(c: Crossing, t: TrueCrossing) -> bool:
        return not with_class or city_name(c.class_name) == city_name(t.class_name)

    certain = [t for t in truth if t.certain]
    pairs = _assign(counted, certain, fits, tolerance_s)
    used_c, used_t = {i for i, _ in pairs}, {j for _, j in pairs}
    rest = [c for i, c in enumerate(counted) if i not in used_c]
    uncertain = [t for t in truth if not t.certain]
    ignored = {i for i, _ in _assign(rest, uncertain, lambda c, t: True, tolerance_s)}
    return Matching(
        tuple((counted[i], certain[j]) for i, j in pairs),
        tuple(c for i, c in enumerate(rest) if i not in ignored),
        tuple(t for j, t in enumerate(certain) if j not in used_t),
        tuple(c for i, c in enumerate(rest) if i in ignored),
    )


def score(counted: Sequence[Crossing], truth: Truth, with_class: bool = False) -> Score:
    """Return hits, errors and count errors of one run over one clip."""
    m = match(counted, truth.crossings, with_class)
    ignored = {id(c) for c in m.ignored}
    kept = [c for c in counted if id(c) not in ignored]
    error = 0
    for line in truth.lines:
        for direction in ("forward", "backward"):
            got = sum(c.line_id == line["id"] and c.direction == direction for c in kept)
            true = sum(t.line == line["id"] and t.direction == direction for t in truth.certain)
            error += abs(got - true)
    return Score(len(m.pairs), len(m.false), len(m.missed), error, len(truth.certain))


def _assign(
    counted: Sequence[Crossing],
    true: Sequence[TrueCrossing],
    fits: Callable[[Crossing, TrueCrossing], bool],
    tolerance_s: float,
) -> list[tuple[int, int]]:
    if not counted or not true:
        return []
    cost = np.full((len(counted), len(true)), _FAR)
    for i, c in enumerate(counted):
        for j, t in enumerate(true):
            apart = abs(c.time_s - t.time_s)
            if c.line_id == t.line and c.direction == t.direction and apart <= tolerance_s + 1e-9 and fits(c, t):
                cost[i, j] = apart
    rows, columns = linear_sum_assignment(cost)
    return [(int(i), int(j)) for i, j in zip(rows, columns, strict=True) if cost[i, j] < _FAR]
