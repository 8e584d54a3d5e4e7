"""The life of a deposit: candidate → opened → worsened → cleared, and what lies between.

A candidate is never told. It is opened once it has lain there for `t_open_s`, was seen in most samples that could see
the ground, stood still, is a thing rather than light, and nobody is at its place. It is cleared once its place looks
clean again for `t_clear_s`; `cleared_s` is the first clean sample, back by what the median needs to notice.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from pipeline.cleanliness import spots
from pipeline.cleanliness.blocks import Blocks, blocks_of, differ
from pipeline.cleanliness.candidates import (
    A_THING,
    LEAST_SEEN,
    Found,
    differing,
    is_convincing,
    is_over,
    is_ripe,
    is_settled,
    is_something_gone,
    note_thing,
    veto,
)
from pipeline.cleanliness.kinds import type_of
from pipeline.cleanliness.sample import Mask
from pipeline.cleanliness.scene import Look
from pipeline.cleanliness.seen import Seen
from pipeline.cleanliness.spots import Box, Opened, Spot
from pipeline.cleanliness.things import Thing
from pipeline.cleanliness.zones import WatchedZone
from pipeline.deposits import DepositState

MOST_SPOTS = 60
"""More of them at once are weather; then no new ones are taken up."""

CLEAN = 0.3
"""Share of what usually differs of a deposit's place, below which the place is clean again."""

WORSE = 1.5
WORSE_HELD_S = 60.0
WORSE_EVERY_S = 600.0
AROUND_PX = 8
"""Nothing is learned so near to what lies there: it differs a few px around itself, too."""

HIDDEN_S = 60.0
SUSPENDED_S = 1800.0


class Closer(Protocol):
    """Looks at a candidate's place closely."""

    def __call__(self, box: Box) -> tuple[Found, str | None]:
        """Return who is at a box, px analysed, and what else it may be called."""


@dataclass(frozen=True, slots=True)
class Told:
    """A state of a spot that is to be told."""

    spot: Spot
    state: DepositState


@dataclass(slots=True, eq=False)
class Life:
    """The spots of one camera; `quiet` says why a zone may be dirty at a moment, or None."""

    camera_id: str
    zones: list[WatchedZone]
    quiet: Callable[[str, float], str | None]
    metres_per_px: Callable[[Box], float | None]
    spots: list[Spot] = field(default_factory=list)
    blocks: Blocks | None = None  # the clean ground of before a restart, where no picture of it was kept
    healed: list[Spot] = field(default_factory=list)  # places from which something of the reference has gone for good

    def step(self, look: Look, seen: Seen, scale: float, closer: Closer) -> Iterator[Told]:
        """Take a look; `scale` is px analysed for each px of the picture that boxes are given in."""
        mine, new = spots.matched(self.spots, look.things)
        for n, spot in enumerate(self.spots):
            spot.looks += 1
            veto(spot, seen, scale)
            self._follow(spot, mine.get(n, []), look)
        self.healed = [spot for spot in self.spots if is_something_gone(spot)]
        self.spots = [spot for spot in self.spots if not is_over(spot) and spot not in self.healed]
        self._take_up(new, look)
        for spot in list(self.spots):
            if spot.deposit is None:
                yield from self._open(spot, look, closer)
            else:
                yield from self._go_on(spot, spot.deposit, look)

    def hold(self, time_s: float) -> Iterator[Told]:
        """Note that nothing can be seen; deposits are told as suspended, candidates wait."""
        for spot in self.spots:
            if spot.deposit is not None:
                spot.deposit.clean_since_s = None
                yield from _unseen(spot, spot.deposit, time_s, HIDDEN_S)

    def busy(self, shape: tuple[int, int]) -> Mask:
        """Return where something lies or may lie, (h, w), a few px around included."""
        return _around(self.spots, shape)

    def settled(self, shape: tuple[int, int]) -> Mask:
        """Return where things lie still, told or not yet, (h, w), a few px around included."""
        return _around([spot for spot in self.spots if is_settled(spot)], shape)

    def lying(self, shape: tuple[int, int]) -> Mask:
        """Return where deposits lie, (h, w), a few px around included."""
        return _around(self.open, shape)

    @property
    def open(self) -> list[Spot]:
        """Return the deposits."""
        return [spot for spot in self.spots if spot.deposit is not None]

    def absorb(self, deposit_id: str) -> Told | None:
        """Take a deposit off: somebody said that it is normal there."""
        spot = next((one for one in self.open if one.deposit is not None and one.deposit.id == deposit_id), None)
        if spot is None:
            return None
        self.spots.remove(spot)
        return Told(spot, "absorbed")

    def _take_up(self, new: list[Thing], look: Look) -> None:
        for thing in new[: max(0, MOST_SPOTS - len(self.spots))]:
            inside = [int((spots.within(zone.mask, thing.box) & thing.mask).sum()) for zone in self.zones]
            if not inside or max(inside) == 0:
                continue
            spot = Spot(int(np.argmax(inside)), thing.box, thing.mask, look.began_s)
            spots.take(spot, [thing], look.newest, look.ground[0])
            spot.looks = 1
            self.spots.append(spot)

    def _follow(self, spot: Spot, things: list[Thing], look: Look) -> None:
        """Note whether a spot was seen in this sample."""
        if spots.is_hidden(spot, look.known, look.hidden):
            return
        if not things:
            spot.thing_now = False
            spot.missed += 1
            spot.missed_now += 1
            return
        spots.take(spot, things, look.newest, look.ground[0])
        if spot.deposit is not None:
            return
        note_thing(spot, things, look.began_s)
        if not spots.is_same(spot, look.ground[0]):
            spot.begin_again(max(things, key=lambda thing: thing.area), look.began_s)

    def _open(self, spot: Spot, look: Look, closer: Closer) -> Iterator[Told]:
        zone = self.zones[spot.zone]
        if self.quiet(zone.config.id, look.time_s) is not None:
            spot.allowed_until_s = look.time_s
            return
        open_s = zone.rules.open_s / 2 if spot.agreed else zone.rules.open_s
        if look.time_s - spot.first_s < open_s or look.time_s < spot.hold_until_s or not is_ripe(spot):
            return
        if spots.is_hidden(spot, look.known, look.hidden) or self._belongs_to_another(spot, look):
            return
        if not spot.calm_now:  # somebody passes in front of it: what they look like says nothing of it
            return
        found, name = closer(spot.box)
        if not is_convincing(spot, found, look.time_s):
            return
        if name is not None:
            spot.names[name] = spot.names.get(name, 0.0) + 1.0
        if spot.latest is not None and spot.latest.area > spot.mask.sum():
            spot.box, spot.mask = spot.latest.box, spot.latest.mask
        spot.template = spots.within(look.ground[0], spot.box).copy()
        spot.dirty = differing(spot, look)
        kind, called = type_of(spot, self.metres_per_px(spot.box))
        spot.deposit = Opened(self._id_of(spot), look.time_s, kind, called, spot.area, spot.components)
        yield Told(spot, "opened")

    def _belongs_to_another(self, spot: Spot, look: Look) -> bool:
        """Return whether a candidate is a piece of what lies beside it; a deposit takes it in."""
        beside = [other for other in self.spots if other is not spot and spots.is_beside(other, spot)]
        owner = next((other for other in beside if other.deposit is not None), None)
        if owner is not None:
            spot.dirty = differing(spot, look)
            spots.join(owner, spot)
            self.spots.remove(spot)
            return True
        larger = [other for other in beside if other.area > spot.area and other.seen >= LEAST_SEEN]
        return any(other.things >= A_THING * other.seen for other in larger)

    def _go_on(self, spot: Spot, deposit: Opened, look: Look) -> Iterator[Told]:
        if spots.is_hidden(spot, look.known, look.hidden):
            yield from _unseen(spot, deposit, look.time_s, HIDDEN_S)
            return
        share = self._known_to_differ(spot, look)
        if share is None:
            yield from _unseen(spot, deposit, look.time_s, HIDDEN_S)
            return
        deposit.hidden_since_s = None
        if deposit.told != "opened":
            deposit.told = "opened"
            yield Told(spot, "resumed")
        if share >= CLEAN * spot.dirty and (spot.thing_now or spots.is_same(spot, look.ground[0])):
            deposit.clean_since_s = None
            yield from _worsened(spot, deposit, look.time_s)
            return
        if deposit.clean_since_s is None:
            deposit.clean_since_s = look.began_s
        if look.time_s - deposit.clean_since_s >= self.zones[spot.zone].rules.t_clear_s:
            self.spots.remove(spot)
            yield Told(spot, "cleared")

    def _known_to_differ(self, spot: Spot, look: Look) -> float | None:
        """Return the share of a deposit's place that differs from clean; None where nothing is known of clean."""
        if float(spots.within(look.certain, spot.box)[spot.mask].mean()) >= 0.5:
            return differing(spot, look)
        if self.blocks is None:
            return None
        place = spots.placed(spot.box, spot.mask, look.like.shape)
        return differ(blocks_of(look.ground[0]), self.blocks, place)

    def skip(self, gap_s: float) -> None:
        """Note that time went by, or back, without a look: what may have lain there all the while is not known to."""
        for spot in self.spots:
            if spot.deposit is None:
                spot.first_s += gap_s
                spot.thing_since_s = None
            else:
                spot.deposit.clean_since_s = spot.deposit.hidden_since_s = spot.deposit.grown_since_s = None

    def _id_of(self, spot: Spot) -> str:
        zone = self.zones[spot.zone].config.id
        text = f"{zone}|{round(spot.first_s * 1000)}|{spot.box}"
        return f"{self.camera_id}-{zone}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _around(places: Sequence[Spot], shape: tuple[int, int]) -> Mask:
    mask = np.zeros(shape, np.bool_)
    for x1, y1, x2, y2 in [spot.box for spot in places] + [box for spot in places for box in spot.now]:
        mask[max(0, y1 - AROUND_PX) : y2 + AROUND_PX, max(0, x1 - AROUND_PX) : x2 + AROUND_PX] = True
    return mask


def _unseen(spot: Spot, deposit: Opened, time_s: float, after_s: float) -> Iterator[Told]:
    """Tell that a deposit is hidden after a while, and suspended after half an hour; its clean samples start anew."""
    if deposit.hidden_since_s is None:
        deposit.hidden_since_s = time_s
    deposit.clean_since_s = None
    hidden_s = time_s - deposit.hidden_since_s
    if hidden_s >= SUSPENDED_S and deposit.told != "suspended":
        deposit.told = "suspended"
        yield Told(spot, "suspended")
    elif hidden_s >= after_s and deposit.told == "opened":
        deposit.told = "occluded"
        yield Told(spot, "occluded")


def _worsened(spot: Spot, deposit: Opened, time_s: float) -> Iterator[Told]:
    grown = spot.area >= WORSE * deposit.reported_area or spot.components > deposit.reported_parts
    if not grown:
        deposit.grown_since_s = None
        return
    if deposit.grown_since_s is None:
        deposit.grown_since_s = time_s
    if time_s - deposit.grown_since_s < WORSE_HELD_S or time_s - deposit.worsened_s < WORSE_EVERY_S:
        return
    deposit.reported_area, deposit.reported_parts, deposit.worsened_s = spot.area, spot.components, time_s
    deposit.grown_since_s = None
    yield Told(spot, "worsened")
