"""Whether a candidate is a deposit, no deposit, or nothing yet: what each sample adds to what is known of it."""

from typing import Literal

from pipeline.cleanliness.scene import DIFFERS, Look
from pipeline.cleanliness.seen import Seen, overlap
from pipeline.cleanliness.spots import SAME, Spot, within
from pipeline.cleanliness.things import Thing

Found = Literal["nobody", "near", "is it"]
"""Whether a person, an animal or a vehicle is at a place, and then whether the place is about as large."""

PRESENT = 0.7
"""Share of the samples that could see the ground in which a candidate must have been there."""

CALM = 0.7
"""Share of the samples in which it must have been still: who stands or sits there moves now and then."""

A_THING = 0.6
"""Share of the samples in which it must have been a thing rather than light."""

VETO = 0.3
"""Share of the samples in which a person, an animal or a vehicle may have been at its place."""

LEAST_SEEN = 5
CONVINCED = 2
"""So many closer looks that find nobody outweigh one that found somebody: detectors err, but seldom time after time."""

AGAIN_S, AGAIN_MOST_S = 3.0, 30.0
"""A candidate is looked at closely again after so long, for each time that somebody was found there, up to a bound."""

SURE_S = 3.0
"""What was light before must be a thing for so long before it is taken for one."""

GONE_SEEN = 10
"""Samples after which what the reference has, and the ground has not, is taken out of the reference."""

GIVEN_UP = 6
"""Samples in a row without it after which a candidate is forgotten."""


def note_thing(spot: Spot, things: list[Thing], began_s: float) -> None:
    """Note since when a candidate has been a thing; one put down where there was only light begins to live then."""
    if not any(thing.is_thing for thing in things):
        spot.thing_since_s = None
        return
    if spot.thing_since_s is None:
        spot.thing_since_s = began_s
    since_s = spot.thing_since_s
    if spot.things < A_THING * spot.seen and began_s - since_s >= SURE_S:
        spot.begin_again(max(things, key=lambda thing: thing.area * thing.is_thing), since_s)


def is_ripe(spot: Spot) -> bool:
    """Return whether what was seen of a candidate makes it a deposit."""
    return (
        spot.seen >= LEAST_SEEN
        and spot.seen >= PRESENT * (spot.seen + spot.missed)
        and spot.missed_now == 0
        and spot.calm >= CALM * spot.seen
        and spot.things >= A_THING * spot.seen
        and spot.vetoed <= VETO * spot.looks
        and not spot.vetoed_now
    )


def is_settled(spot: Spot) -> bool:
    """Return whether a spot is a thing that lies still, told or not."""
    return spot.deposit is not None or (
        spot.seen >= LEAST_SEEN and spot.calm >= CALM * spot.seen and spot.things >= A_THING * spot.seen
    )


def is_convincing(spot: Spot, found: Found, time_s: float) -> bool:
    """Note what a closer look at a candidate found; return whether all of them together say that nobody is there.

    Who stands in front of it only keeps it waiting, as long as they do.
    """
    if found == "is it":
        spot.somebody += 1
    elif found == "nobody":
        spot.nobody += 1
        if spot.nobody > CONVINCED * spot.somebody:
            return True
    spot.hold_until_s = time_s + min(AGAIN_MOST_S, AGAIN_S * max(1, spot.somebody))
    return False


def is_something_gone(spot: Spot) -> bool:
    """Return whether a candidate is no thing, but the place of one that the reference holds."""
    return (
        spot.deposit is None
        and spot.seen >= GONE_SEEN
        and spot.gone >= PRESENT * spot.seen
        and spot.calm >= CALM * spot.seen
    )


def is_over(spot: Spot) -> bool:
    """Return whether a candidate was not there after all."""
    if spot.deposit is not None:
        return False
    rare = spot.missed > spot.seen and spot.missed >= GIVEN_UP
    return rare or spot.missed_now >= GIVEN_UP


def veto(spot: Spot, seen: Seen, scale: float) -> None:
    """Note who or what the detector saw at a spot."""
    box = (spot.box[0] / scale, spot.box[1] / scale, spot.box[2] / scale, spot.box[3] / scale)
    spot.vetoed_now = False
    for x1, y1, x2, y2 in seen.hiding.tolist():
        wide, high = min(box[2], x2) - max(box[0], x1), min(box[3], y2) - max(box[1], y1)
        if wide > 0 and high > 0 and wide * high >= VETO * (box[2] - box[0]) * (box[3] - box[1]):
            spot.vetoed_now = True
    spot.vetoed += spot.vetoed_now
    for name, score, share in zip(seen.names, seen.scores, overlap(box, seen.named).tolist(), strict=True):
        if share >= SAME:
            spot.names[name] = spot.names.get(name, 0.0) + score


def differing(spot: Spot, look: Look) -> float:
    """Return the share of a spot, of what can be seen of it, that differs from every clean reference."""
    seen = within(look.known, spot.box) & spot.mask
    return float((within(look.like, spot.box)[seen] < DIFFERS).mean()) if seen.any() else 1.0
