"""Whether a value is more than the one before, or only other days.

Two months are compared by their intervals. They are taken to be independent, which is careful: what lasts from one
month to the next makes their difference smaller. A day is compared with the same day of the week before; days and weeks
have no interval of their own, so their change is held against the changes that came before it (root mean square, t).
"""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

from hypervisor.indicators.kept.periods import Step

Verdict = Literal["more", "less", "no-clear-change", "unknown"]
LAG: dict[Step, int] = {"day": 7, "week": 1, "month": 1}
"""Periods between what is compared: a Sunday with a Sunday."""

LEAST_CHANGES = 8
"""Earlier changes that show how large they usually are."""

Z = 1.959964


class Point(NamedTuple):
    """One period of a series without holes: a period without a value is one."""

    value: float | None
    low: float | None = None
    high: float | None = None
    definition: str = ""


class Change(NamedTuple):
    """The last value against the one before."""

    before: float
    value: float
    low: float | None  # of the difference, 95 %
    high: float | None
    verdict: Verdict


def change_of(points: Sequence[Point], step: Step) -> Change | None:
    """Return the change of the last point; None where there is nothing to compare, or the formula is another."""
    lag = LAG[step]
    if len(points) <= lag:
        return None
    now, before = points[-1], points[-1 - lag]
    if now.value is None or before.value is None or now.definition != before.definition:
        return None
    reach = _of_intervals(now, before)
    if reach is None:
        reach = _of_changes(points[:-1], lag, now.definition)
    difference = now.value - before.value
    if reach is None:
        return Change(before.value, now.value, None, None, "unknown")
    verdict: Verdict = "no-clear-change" if abs(difference) <= reach else "more" if difference > 0 else "less"
    return Change(before.value, now.value, difference - reach, difference + reach, verdict)


def _of_intervals(now: Point, before: Point) -> float | None:
    halves = []
    for one in (now, before):
        if one.low is None or one.high is None:
            return None
        halves.append((one.high - one.low) / 2)
    reach = math.hypot(*halves)
    return reach if reach > 0 else None


def _of_changes(points: Sequence[Point], lag: int, definition: str) -> float | None:
    pairs = zip(points[lag:], points, strict=False)
    squares = [
        (later.value - earlier.value) ** 2
        for later, earlier in pairs
        if later.value is not None
        and earlier.value is not None
        and later.definition == earlier.definition == definition
    ]
    if len(squares) < LEAST_CHANGES or sum(squares) == 0:
        return None
    return _t(len(squares)) * math.sqrt(sum(squares) / len(squares))


def _t(free: int) -> float:
    """Return the 97.5 % quantile of t (Cornish and Fisher's expansion; off by less than 0.01 from 8 degrees on)."""
    return Z + (Z**3 + Z) / (4 * free) + (5 * Z**5 + 16 * Z**3 + 3 * Z) / (96 * free**2)
