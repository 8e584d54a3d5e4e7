"""What the ground looks like when it is clean: the present reference, and a bank of others by light.

The present one follows the light slowly where nothing differs, and stands still where something does. The bank keeps
how the clean ground looked at other times (sun, cloud, dusk, night): what looks like any of them is clean.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipeline.cleanliness.compare import likeness_between
from pipeline.cleanliness.light import change_of_light
from pipeline.cleanliness.sample import Grey, Map, Mask, Packed

FOLLOW_S = 300.0
"""Time in which the present reference follows the light."""

LEARN_EVERY_S = 5.0
BANK_EVERY_S = 600.0
BANK_MOST = 4
SAME_LIGHT, OTHER_LIGHT = 0.6, 0.005
"""Two references are of one light unless they are less alike than that over such a share of the ground: a shadow that
falls elsewhere is another light, however small it is in the whole."""

_PARTS = 256

STEADY = 0.6
"""The present reference follows only where the ground is at least so much like it."""


class Clean:
    """One clean look."""

    __slots__ = ("_known", "chroma", "grey", "taken_s")

    def __init__(self, grey: Grey, chroma: Grey, known: Mask, taken_s: float) -> None:
        self.grey = grey  # (h, w)
        self.chroma = chroma  # (h/2, w/2, 2)
        self.taken_s = taken_s
        self.known = known

    @property
    def known(self) -> Mask:
        """Return where the ground is known, (h, w), a new mask each time."""
        return self._known.mask

    @known.setter
    def known(self, known: Mask) -> None:
        self._known = Packed.of(known)


@dataclass(slots=True, eq=False)
class References:
    """The clean looks of one camera, in windows of so many px."""

    window: int
    present: Clean | None = None
    bank: list[Clean] = field(default_factory=list)
    _fine: NDArray[np.uint16] | None = None  # the present grey, in parts of its levels: light is followed slowly
    _learned_s: float = float("-inf")
    _banked_s: float = float("-inf")
    _healed_s: float = float("-inf")

    def start(self, grey: Grey, chroma: Grey, known: Mask, time_s: float) -> None:
        """Take a look as the present reference; one that was there goes to the bank."""
        if self.present is not None:
            self._keep(self.present)
        self.present = Clean(grey.copy(), chroma.copy(), known, time_s)
        self._fine = _fine(grey)
        self._learned_s = self._banked_s = time_s

    def restore(self, cleans: list[Clean], time_s: float) -> None:
        """Take up what was kept before a restart, the present one first."""
        if cleans:
            self.present, self.bank = cleans[0], cleans[1:]
            self._fine = _fine(cleans[0].grey)
            self._learned_s = self._banked_s = time_s

    def clear(self) -> None:
        """Forget everything: the camera shows another scene."""
        self.present, self._fine = None, None
        self.bank.clear()

    def all(self) -> list[Clean]:
        """Return every reference, the present one first."""
        return ([self.present] if self.present is not None else []) + self.bank

    def likeness(self, grey: Grey) -> Map:
        """Return how far the ground (h, w) looks like the reference that fits best, (h, w); 1 where none is known."""
        assert self.present is not None
        assert self._fine is not None
        best = likeness_between(grey, _exact(self._fine), self.window)
        best[~self.present.known] = -1.0 if self.bank else 1.0
        for other in self.bank:
            self._improve(best, grey, other)
        best[best == -1.0] = 1.0
        return best

    def _improve(self, best: Map, grey: Grey, other: Clean) -> None:
        """Raise the likeness where another reference fits better; only rows and columns in doubt are compared."""
        doubtful = best < STEADY
        rows, columns = np.flatnonzero(doubtful.any(axis=1)), np.flatnonzero(doubtful.any(axis=0))
        if not len(rows):
            return
        reach = self.window
        part = np.s_[
            max(0, rows[0] - reach) : rows[-1] + reach + 1, max(0, columns[0] - reach) : columns[-1] + reach + 1
        ]
        like = likeness_between(grey[part], other.grey[part], self.window)
        like[~other.known[part]] = -1.0
        np.maximum(best[part], like, out=best[part])

    def learn(self, ground: tuple[Grey, Grey], free: Mask, like: Map, time_s: float) -> None:
        """Follow the light where the ground is free, known and looks the same; take new ground where it is free.

        `ground` is grey and chroma, `free` where nothing lies or hides it.
        """
        since_s = time_s - self._learned_s
        if self.present is None or self._fine is None or 0 <= since_s < LEARN_EVERY_S:
            return
        self._learned_s = time_s
        share = np.float32(1 - math.exp(-max(0.0, min(since_s, FOLLOW_S)) / FOLLOW_S))
        exact = _exact(self._fine)
        known = self.present.known
        new = free & ~known
        steady = free & known & (like >= STEADY)
        if steady.any():  # what cannot be seen now follows the light of what lies around it
            light = change_of_light(exact, ground[0], steady, 2.0) ** share
            exact = np.where(free, exact, np.clip(exact * light, 0, 255)).astype(np.float32)
        follows = steady.astype(np.float32) * share
        follows[new] = 1.0
        exact += (ground[0] - exact) * follows
        self._fine, self.present.grey = _fine(exact), exact.astype(np.uint8)
        half = follows[::2, ::2, None] > 0
        drawn = self.present.chroma + np.sign(ground[1].astype(np.int16) - self.present.chroma)
        self.present.chroma = np.where(half, np.clip(drawn, 0, 255), self.present.chroma).astype(np.uint8)
        if new.any():
            fresh = new[::2, ::2, None]
            self.present.chroma = np.where(fresh, ground[1], self.present.chroma)
        self.present.known = known | new

    def adopt(self, ground: tuple[Grey | Map, Grey | Map], where: Mask) -> None:
        """Take the present look as clean somewhere: what lay there in the reference is gone, or may lie there."""
        if self.present is None or self._fine is None:
            return
        self._fine[where] = _fine(ground[0][where])
        self.present.grey[where] = ground[0][where]
        half = where[::2, ::2]
        self.present.chroma[half] = ground[1][half]
        self.present.known = self.present.known | where

    def heal(self, ground: tuple[Grey, Grey], where: Mask, alike: Mask, zones: Mask, time_s: float) -> None:
        """Take the ground that shows now as clean somewhere, in the light of the reference.

        `alike` is where the ground now is that of the reference: from it the light between the two is told. Taken as it
        looks now, a patch in the light of now would stand out from the reference, and be a change again. What has gone
        may be a shadow, and come again with the sun: so the look of before goes to the bank.
        """
        if self.present is None or self._fine is None:
            return
        if not 0 <= time_s - self._healed_s < BANK_EVERY_S:
            self._healed_s = time_s
            before = self.present
            self._keep(Clean(before.grey.copy(), before.chroma.copy(), before.known, before.taken_s), zones)
        seen = alike & ~where & self.present.known
        if not seen.any():
            self.adopt(ground, where)
            return
        light = change_of_light(ground[0], self.present.grey, seen, 2.0)
        lit = np.clip(ground[0] * light, 0, 255)
        tint = 128 + (ground[1].astype(np.float32) - 128) * light[::2, ::2, None]
        self.adopt((lit, np.clip(tint, 0, 255)), where)

    def forget(self, where: Mask) -> None:
        """Know nothing somewhere in the present reference."""
        if self.present is not None:
            self.present.known = self.present.known & ~where

    def remember(self, ground: tuple[Grey, Grey], known: Mask, zones: Mask, time_s: float) -> bool:
        """Put a clean look into the bank, if it is time; return whether it was."""
        if self.present is None or 0 <= time_s - self._banked_s < BANK_EVERY_S:
            return False
        self._banked_s = time_s
        grey = np.where(known, ground[0], self.present.grey)
        self._keep(Clean(grey, ground[1].copy(), known | self.present.known, time_s), zones)
        return True

    def _keep(self, clean: Clean, zones: Mask | None = None) -> None:
        """Put a look in the bank: in the place of one of the same light, else of the oldest where it is full."""
        if zones is not None:
            for n, other in enumerate(self.bank):
                like = likeness_between(clean.grey, other.grey, self.window)
                if float((like[zones] < SAME_LIGHT).mean()) <= OTHER_LIGHT:
                    self.bank[n] = clean
                    return
        if len(self.bank) >= BANK_MOST:
            self.bank.remove(min(self.bank, key=lambda one: one.taken_s))
        self.bank.append(clean)


def _fine(grey: Grey | Map) -> NDArray[np.uint16]:
    """Return grey levels in 256ths: half the memory of floating point, and fine enough."""
    return np.asarray(np.round(grey.astype(np.float32) * _PARTS), np.uint16)


def _exact(fine: NDArray[np.uint16]) -> Map:
    return np.multiply(fine, np.float32(1 / _PARTS), dtype=np.float32)
