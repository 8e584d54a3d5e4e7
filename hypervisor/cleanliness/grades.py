"""Grades A to F of what lies in a zone, in the terms of Scotland's Code of Practice on Litter and Refuse (2018).

| grade | means | cut |
|---|---|---|
| A | nothing lies there | |
| B, B− | a little | large things on 100 m², small ones six to one |
| C, D, E | more and more | likewise |
| F | fly-tipping: a bag of waste, bulky waste, or an unclassified deposit as large as a bag | by kind |

A camera sees large things only, so this is its grade of *what it can see*: cigarette ends are not in it. The limits are
`pipeline.grades`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, get_args

from hypervisor.cleanliness.deposits import Condition, Deposit
from pipeline.grades import GradeLimits

Grade = Literal["A", "B", "B-", "C", "D", "E", "F"]
GRADES: tuple[Grade, ...] = get_args(Grade)
ACCEPTABLE: frozenset[str] = frozenset({"A", "B", "B-"})
FLY_TIPPING = frozenset({"bulky", "bags"})


@dataclass(frozen=True, slots=True)
class Load:
    """What lies in a zone at one moment."""

    things: int  # each component of a deposit counts
    large: float  # in large things; small ones weigh less
    fly_tipping: bool


def load(conditions: Iterable[Condition], limits: GradeLimits) -> Load:
    """Add up what lies there."""
    things, large, fly_tipping = 0, 0.0, False
    for one in conditions:
        things += one.components
        is_large = one.area_m2 is None or one.area_m2 / one.components >= limits.large_m2
        large += one.components / (1.0 if is_large else limits.small_per_large)
        as_large_as_a_bag = one.area_m2 is not None and one.area_m2 >= limits.fly_tipping_m2
        fly_tipping |= one.type in FLY_TIPPING or (one.type == "unclassified" and as_large_as_a_bag)
    return Load(things, large, fly_tipping)


def grade(found: Load, area_m2: float | None, limits: GradeLimits) -> Grade | None:
    """Return the grade of a zone; None where there is something in a zone whose area is not known."""
    if found.fly_tipping:
        return "F"
    if not found.things:
        return "A"
    if not area_m2:
        return None
    density = found.large * 100 / area_m2
    if density < limits.b_below:
        return "B-" if density >= limits.b_minus_from else "B"
    return "C" if density <= limits.c_to else "D" if density <= limits.d_to else "E"


@dataclass(frozen=True, slots=True)
class Stay:
    """A condition with its end."""

    condition: Condition
    until_s: float


def stays(deposits: Iterable[Deposit]) -> list[Stay]:
    """Return what lay there from when to when; what an operator called normal never counts."""
    found: list[Stay] = []
    for one in deposits:
        if one.state == "absorbed":
            continue
        conditions = list(one.conditions())
        ends = [*(later.from_s for later in conditions[1:]), one.seen_until_s]
        found += [Stay(what, end_s) for what, end_s in zip(conditions, ends, strict=True) if end_s > what.from_s]
    return found


def parts(lying: Sequence[Stay], from_s: float, to_s: float) -> list[tuple[float, list[Condition]]]:
    """Cut a span where something comes or goes; return the length of each part and what lay there in it."""
    cuts = {from_s, to_s}
    here = [one for one in lying if one.condition.from_s < to_s and one.until_s > from_s]
    for one in here:
        cuts |= {at_s for at_s in (one.condition.from_s, one.until_s) if from_s < at_s < to_s}
    edges = sorted(cuts)
    return [
        (end_s - start_s, [one.condition for one in here if one.condition.from_s <= start_s and one.until_s >= end_s])
        for start_s, end_s in pairwise(edges)
    ]
