"""Places at which something lies, from sample to sample: candidates first, some of them deposits later."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np

from pipeline.cleanliness.compare import likeness, statistics_of
from pipeline.cleanliness.sample import Grey, Map, Mask
from pipeline.cleanliness.things import Thing
from pipeline.deposits import DepositType

Box = tuple[int, int, int, int]

SAME = 0.3
"""Shared area, as a share of the smaller one's, from which two regions are one thing: one may contain the other."""

SCRAP = 0.25
"""Area, as a share of what lies beside it, up to which a region is a scrap of it."""

COVERED = 0.3
"""Share of a spot that may be hidden before nothing is said of it."""

STILL = 0.65
"""Likeness to how it looked at first, below which it is not the same thing any more: who stands there moves."""

CALM = 0.85
"""Correlation of one sample of a spot with the median of several, noise apart, from which it was still."""

_GRAIN = 25.0  # variance, grey levels squared, of noise and compression in one sample

_TEMPLATE_AFTER = 3


@dataclass(slots=True, eq=False)
class Spot:
    """One place, px of the size analysed."""

    zone: int
    box: Box
    mask: Mask
    first_s: float
    seen: int = 0  # samples in which it lay there
    missed: int = 0  # samples in which the ground could be seen and it did not
    missed_now: int = 0  # of these, the last ones in a row
    calm: int = 0  # samples seen that showed what the median shows
    calm_now: bool = False
    things: int = 0  # samples seen in which it was a thing, not light
    thing_now: bool = False
    thing_since_s: float | None = None  # it has been a thing in every sample since
    gone: int = 0  # samples seen in which it was something missing
    vetoed: int = 0  # samples in which a person, an animal or a vehicle was at its place
    vetoed_now: bool = False
    looks: int = 0  # samples in all
    evidence: float = 0.0
    dirty: float = 0.0  # share of its mask that differed, usually
    areas: deque[int] = field(default_factory=lambda: deque(maxlen=5))
    parts: deque[int] = field(default_factory=lambda: deque(maxlen=5))
    template: Grey | None = None
    nobody: int = 0  # closer looks that found no person, animal or vehicle at its place
    somebody: int = 0  # those that did
    hold_until_s: float = float("-inf")  # it is not looked at closely again before
    allowed_until_s: float = float("-inf")
    names: dict[str, float] = field(default_factory=dict)
    agreed: bool = False  # a litter model saw waste there
    latest: Thing | None = None
    now: list[Box] = field(default_factory=list)  # its regions in the newest sample that showed it
    deposit: "Opened | None" = None

    @property
    def area(self) -> int:
        """Return its usual area, px."""
        return int(np.median(self.areas)) if self.areas else int(self.mask.sum())

    @property
    def components(self) -> int:
        """Return of how many pieces it usually is."""
        return max(1, int(np.median(self.parts))) if self.parts else 1

    def begin_again(self, thing: Thing, time_s: float) -> None:
        """Start its life anew: what is there now is something else."""
        self.box, self.mask, self.first_s, self.template = thing.box, thing.mask, time_s, None
        self.seen = self.missed = self.missed_now = self.calm = self.things = self.gone = 0
        self.nobody = self.somebody = 0
        self.thing_since_s = None
        self.areas.clear()
        self.parts.clear()


@dataclass(slots=True, eq=False)
class Opened:
    """What is known of a spot that is a deposit."""

    id: str
    opened_s: float
    type: DepositType
    name: str | None
    reported_area: int
    reported_parts: int
    worsened_s: float = float("-inf")
    grown_since_s: float | None = None
    clean_since_s: float | None = None
    hidden_since_s: float | None = None
    told: str = "opened"  # the state that was told last, of opened, occluded, suspended
    evidence: str | None = None


Array = TypeVar("Array", Grey, Map, Mask)


def within(map_: Array, box: Box) -> Array:
    """Return a map's part in a box."""
    return map_[box[1] : box[3], box[0] : box[2]]


def placed(box: Box, mask: Mask, shape: tuple[int, ...]) -> Mask:
    """Return a mask in a box as one of the whole picture, (h, w)."""
    whole = np.zeros(shape[:2], np.bool_)
    whole[box[1] : box[3], box[0] : box[2]] = mask
    return whole


def shared(a_box: Box, a: Mask, b_box: Box, b: Mask) -> int:
    """Return the area that two masks share, px."""
    x1, y1, x2, y2 = max(a_box[0], b_box[0]), max(a_box[1], b_box[1]), min(a_box[2], b_box[2]), min(a_box[3], b_box[3])
    if x1 >= x2 or y1 >= y2:
        return 0
    mine = a[y1 - a_box[1] : y2 - a_box[1], x1 - a_box[0] : x2 - a_box[0]]
    other = b[y1 - b_box[1] : y2 - b_box[1], x1 - b_box[0] : x2 - b_box[0]]
    return int((mine & other).sum())


def are_one(spot: Spot, thing: Thing) -> bool:
    """Return whether a region is of this spot: they overlap, or one contains the other."""
    smaller = min(int(spot.mask.sum()), thing.area)
    return shared(spot.box, spot.mask, thing.box, thing.mask) >= SAME * max(1, smaller)


def is_beside(spot: Spot, thing: "Thing | Spot") -> bool:
    """Return whether a region lies so close to a spot that they are told as one.

    That is a quarter of a side: of the larger one's for a scrap beside it, else of the smaller one's, for two things of
    a size are two.
    """
    sides = [max(b[2] - b[0], b[3] - b[1]) for b in (spot.box, thing.box)]
    areas = sorted((int(spot.mask.sum()), int(thing.mask.sum())))
    reach = (max(sides) if areas[0] <= SCRAP * areas[1] else min(sides)) / 4
    gap_x = max(spot.box[0] - thing.box[2], thing.box[0] - spot.box[2], 0)
    gap_y = max(spot.box[1] - thing.box[3], thing.box[1] - spot.box[3], 0)
    return max(gap_x, gap_y) <= reach


def matched(spots: Sequence[Spot], things: Sequence[Thing]) -> tuple[dict[int, list[Thing]], list[Thing]]:
    """Return the regions of each spot (by its number), deposits first, and those that are new."""
    mine: dict[int, list[Thing]] = {}
    new = []
    order = sorted(range(len(spots)), key=lambda n: (spots[n].deposit is None, spots[n].first_s))
    for thing in things:
        owner = next((n for n in order if are_one(spots[n], thing)), None)
        if owner is None:
            owner = next((n for n in order if _takes_in(spots[n], thing)), None)
        if owner is None:
            new.append(thing)
        else:
            mine.setdefault(owner, []).append(thing)
    return mine, new


def _takes_in(spot: Spot, thing: Thing) -> bool:
    """Return whether a region beside a spot is a piece of it: of a deposit's any, of a candidate's a smaller one."""
    return is_beside(spot, thing) and (spot.deposit is not None or thing.area < spot.area)


def join(spot: Spot, other: Spot) -> None:
    """Let a deposit take in a candidate beside it; its place is that of the larger one."""
    if other.area > spot.area:
        spot.box, spot.mask, spot.template = other.box, other.mask, other.template
        spot.areas, spot.dirty = other.areas, other.dirty or spot.dirty
    spot.first_s = min(spot.first_s, other.first_s)


def is_hidden(spot: Spot, known: Mask, hidden: Mask) -> bool:
    """Return whether too much of a spot cannot be seen now."""
    covered = (within(hidden, spot.box) | ~within(known, spot.box))[spot.mask]
    return float(covered.mean()) > COVERED


def take(spot: Spot, things: list[Thing], newest: Grey, ground: Grey) -> None:
    """Note that a spot was seen, in these regions."""
    largest = max(things, key=lambda thing: thing.area)
    spot.seen += 1
    spot.missed_now = 0
    spot.calm_now = _is_calm(within(newest, spot.box)[spot.mask], within(ground, spot.box)[spot.mask])
    spot.calm += spot.calm_now
    spot.thing_now = any(thing.is_thing for thing in things)
    spot.things += spot.thing_now
    spot.gone += largest.gone
    spot.evidence += (max(thing.evidence for thing in things) - spot.evidence) / min(spot.seen, 10)
    spot.areas.append(sum(thing.area for thing in things))
    spot.parts.append(len(things))
    spot.latest, spot.now = largest, [thing.box for thing in things]
    if spot.deposit is None and largest.area > 1.2 * spot.mask.sum() and spot.seen <= _TEMPLATE_AFTER:
        spot.box, spot.mask = largest.box, largest.mask  # it comes out fully in the median's first samples


def _is_calm(newest: Grey, usual: Grey) -> bool:
    """Return whether one sample shows what the median shows, whatever the light: who stands there moves a little."""
    a, b = newest.astype(np.float32), usual.astype(np.float32)
    a -= a.mean()
    b -= b.mean()
    own = float((b * b).mean())
    alike = float((a * b).mean()) / max(1e-6, float(np.sqrt((a * a).mean() * own)))
    return alike >= CALM * float(np.sqrt(own / (own + _GRAIN)))


def is_same(spot: Spot, grey: Grey) -> bool:
    """Return whether a spot still looks as it did at first, whatever the light; that is kept at sample three."""
    patch = within(grey, spot.box)
    if spot.template is None or spot.template.shape != patch.shape:
        if spot.seen >= _TEMPLATE_AFTER:
            spot.template = patch.copy()
        return True
    window = max(5, min(patch.shape) // 3 | 1)
    like = likeness(statistics_of(patch, window), statistics_of(spot.template, window))
    return float(like[spot.mask].mean()) >= STILL
