"""What is usual at each place: how like itself the ground is there, and how much of the time it sways.

Leaves, flags, tape and water are never quite like themselves, so more is asked of them before they differ. Both maps
are kept at half the size: what they hold is smooth, and memory is kept for every camera.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from pipeline.cleanliness.sample import Map, Mask

SWAY_SHARE = 0.02
"""Share of each sample in what is known of pixels that sway: leaves, flags and tape in the wind, water."""

LIKE_SHARE = 0.05
"""Share of each sample in the likeness that is usual."""

BELOW_USUAL = 0.25
"""A place differs if it is so much less like the clean ground than usually."""

_AT_FIRST = 0.9


@dataclass(slots=True, eq=False)
class Usual:
    """What is usual; maps are (⌈h/2⌉, ⌈w/2⌉)."""

    _sway: Map | None = None  # share of the samples in which each place was not what it usually is
    _like: Map | None = None  # likeness that each place usually has

    def sways(self, restless: Mask | Map) -> None:
        """Take a sample's map (h, w) of what did not stand still; the first one as it is."""
        half = _halved(restless.astype(np.float32))
        if self._sway is None:
            self._sway = half
        else:
            self._sway += (half - self._sway) * np.float32(SWAY_SHARE)

    @property
    def sway_known(self) -> bool:
        """Return whether a first map was taken."""
        return self._sway is not None

    def looks(self, like: Map, free: Mask) -> None:
        """Take a sample's likeness (h, w) where the ground is free."""
        half = _halved(like)
        if self._like is None:
            self._like = np.full(half.shape, _AT_FIRST, np.float32)
        step = _halved(free.astype(np.float32)) > 0.99
        self._like += (half - self._like) * (step * np.float32(LIKE_SHARE))

    def threshold(self, most: float, shape: tuple[int, ...]) -> Map | np.float32:
        """Return the likeness, `most` at most, below which each place differs, (h, w)."""
        if self._like is None and self._sway is None:
            return np.float32(most)
        level = np.float32(most) if self._like is None else np.minimum(self._like - np.float32(BELOW_USUAL), most)
        lowered = np.asarray(level if self._sway is None else level - self._sway, np.float32)
        return np.asarray(cv2.resize(lowered, (shape[1], shape[0]), interpolation=cv2.INTER_LINEAR), np.float32)


def _halved(whole: Map) -> Map:
    size = (-(-whole.shape[1] // 2), -(-whole.shape[0] // 2))
    return np.asarray(cv2.resize(whole, size, interpolation=cv2.INTER_AREA), np.float32)
