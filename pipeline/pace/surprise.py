"""Whether something moves where nobody was moving: a reason to look before the next look is due."""

import numpy as np
from numpy.typing import NDArray

from pipeline.pace.change import Cells
from pipeline.tracking.tracker import Outlook

F64 = NDArray[np.float64]

MARGIN = 0.5
"""Sizes around a box that belong to it: limbs and shadows."""

MUTE_FIRST_S = 2.0
MUTE_LONGEST_S = 60.0
"""Where a look found nothing (a tree, a flag, a screen), none is asked for during a time that doubles each time."""

WAIT_FIRST_S = 0.25
WAIT_LONGEST_S = 4.0
"""The same for the whole picture, where one look after the other was for nothing."""


class Surprise:
    """Knows which places move for nothing. While someone is followed, looks are due often enough without it."""

    def __init__(self) -> None:
        self._quiet = True  # nobody was moving at the last look
        self._muted_until_s: F64 = np.empty((0, 0))
        self._pause_s: F64 = np.empty((0, 0))
        self._asked: Cells | None = None  # where something moved that the last look was asked for
        self._asked_s = 0.0
        self._wait_s = 0.0
        self._wait_until_s = float("-inf")

    def told(self, size: tuple[int, int], outlook: Outlook) -> None:
        """Take what a look found in a picture of `size` (width, height) px."""
        self._quiet = not len(outlook.xyxy)
        if self._asked is not None:
            self._learn(self._asked, filled(outlook.xyxy[outlook.fresh], size, self._asked.shape))
            self._asked = None

    def possible(self, time_s: float) -> bool:
        """Return whether a surprise would be believed at this moment; if not, nobody need glance."""
        return self._quiet and time_s >= self._wait_until_s

    def sees(self, moved: Cells, time_s: float) -> bool:
        """Return whether a look is worth it; cells `moved` (h, w) differ from the last look."""
        unknown = self.meaning(moved, time_s)
        if not unknown.any():
            return False
        self._asked, self._asked_s = unknown, time_s
        return True

    def meaning(self, moved: Cells, time_s: float) -> Cells:
        """Return the cells, of those that moved, that do not move for nothing."""
        if moved.shape != self._muted_until_s.shape:
            self._muted_until_s, self._pause_s = np.full(moved.shape, -np.inf), np.zeros(moved.shape)
        return moved & (self._muted_until_s <= time_s)

    def _learn(self, asked: Cells, fresh: Cells) -> None:
        """Mute the cells where a look found nobody new; trust the others again."""
        vain = asked & ~fresh
        self._pause_s[asked & fresh] = 0.0
        self._wait_s = min(max(2 * self._wait_s, WAIT_FIRST_S), WAIT_LONGEST_S) if (vain == asked).all() else 0.0
        self._wait_until_s = self._asked_s + self._wait_s
        self._pause_s[vain] = np.clip(2 * self._pause_s[vain], MUTE_FIRST_S, MUTE_LONGEST_S)
        self._muted_until_s[vain] = self._asked_s + self._pause_s[vain]


def filled(xyxy: F64, size: tuple[int, int], shape: tuple[int, ...]) -> Cells:
    """Return the cells of a grid (h, w) that boxes (N, 4), px of a picture of `size`, touch, margins included."""
    found = np.zeros(shape, np.bool_)
    margin = MARGIN * np.sqrt(np.prod(xyxy[:, 2:] - xyxy[:, :2], axis=1))[:, None]
    scale = np.array([shape[1] / size[0], shape[0] / size[1]])
    low, high = np.floor((xyxy[:, :2] - margin) * scale), np.ceil((xyxy[:, 2:] + margin) * scale)
    for left, top, right, bottom in np.maximum(np.concatenate([low, high], axis=1), 0).astype(int).tolist():
        found[top:bottom, left:right] = True
    return found
