"""Whether something moves that nobody knows of: a reason to look before the next look is due."""

import numpy as np
from numpy.typing import NDArray

from pipeline.pace.change import Cells
from pipeline.tracking.tracker import Outlook

F64 = NDArray[np.float64]

MARGIN = 0.5
"""Sizes around a box that belong to it: limbs, shadows, and where it may have gone otherwise than expected."""

MUTE_FIRST_S = 2.0
MUTE_LONGEST_S = 60.0
"""Where a look found nothing (a tree, a flag, a screen), none is asked for during a time that doubles each time."""


WAIT_FIRST_S = 0.25
WAIT_LONGEST_S = 4.0
"""The same for the whole picture, where one look after the other was for nothing."""


class Surprise:
    """Knows where everyone should be, and which places move for nothing."""

    def __init__(self) -> None:
        self._boxes: F64 = np.empty((0, 4))  # boxes after the last look, fractions of the picture, with their margins
        self._velocity: F64 = np.empty((0, 2))  # fractions a second
        self._muted_until_s: F64 = np.empty((0, 0))
        self._pause_s: F64 = np.empty((0, 0))
        self._asked: Cells | None = None  # where something moved that the last look was asked for
        self._asked_s = 0.0
        self._wait_s = 0.0
        self._wait_until_s = float("-inf")

    def told(self, size: tuple[int, int], outlook: Outlook) -> None:
        """Take what a look found in a picture of `size` (width, height) px."""
        scale = np.array([*size, *size], np.float64)
        half = MARGIN * np.sqrt(np.prod(outlook.xyxy[:, 2:] - outlook.xyxy[:, :2], axis=1))[:, None]
        self._boxes = np.concatenate([outlook.xyxy[:, :2] - half, outlook.xyxy[:, 2:] + half], axis=1) / scale
        self._velocity = outlook.velocity / scale[:2]
        if self._asked is not None:
            self._learn(self._asked, filled(self._boxes[outlook.fresh], self._asked.shape))
            self._asked = None

    def sees(self, moved: Cells, time_s: float, since_s: float) -> bool:
        """Return whether a look is worth it; `moved` (h, w) differs from the last look, `since_s` ago."""
        if moved.shape != self._muted_until_s.shape:
            self._muted_until_s, self._pause_s = np.full(moved.shape, -np.inf), np.zeros(moved.shape)
        if not moved.any():
            return False
        if time_s < self._wait_until_s:
            return False
        unknown = moved & (self._muted_until_s <= time_s) & ~self._known(moved.shape, since_s)
        if not unknown.any():
            return False
        self._asked, self._asked_s = unknown, time_s
        return True

    def _learn(self, asked: Cells, fresh: Cells) -> None:
        """Mute the cells where a look found nobody new; trust the others again."""
        vain = asked & ~fresh
        self._pause_s[asked & fresh] = 0.0
        self._wait_s = min(max(2 * self._wait_s, WAIT_FIRST_S), WAIT_LONGEST_S) if (vain == asked).all() else 0.0
        self._wait_until_s = self._asked_s + self._wait_s
        self._pause_s[vain] = np.clip(2 * self._pause_s[vain], MUTE_FIRST_S, MUTE_LONGEST_S)
        self._muted_until_s[vain] = self._asked_s + self._pause_s[vain]

    def _known(self, shape: tuple[int, ...], since_s: float) -> Cells:
        """Return the cells between where everyone was at the last look and where they should be by now."""
        shift = np.tile(self._velocity * since_s, 2)
        low, high = np.minimum(self._boxes, self._boxes + shift), np.maximum(self._boxes, self._boxes + shift)
        return filled(np.concatenate([low[:, :2], high[:, 2:]], axis=1), shape)


def filled(boxes: F64, shape: tuple[int, ...]) -> Cells:
    """Return the cells of a grid (h, w) that boxes (N, 4), fractions of the picture, touch."""
    found = np.zeros(shape, np.bool_)
    edges = boxes * np.array([shape[1], shape[0]] * 2)
    corners = np.concatenate([np.floor(edges[:, :2]), np.ceil(edges[:, 2:])], axis=1)
    for left, top, right, bottom in np.maximum(corners, 0).astype(int).tolist():
        found[top:bottom, left:right] = True
    return found
