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


class Surprise:
    """Knows where everyone should be, and which places move for nothing."""

    def __init__(self) -> None:
        self._now: F64 = np.empty((0, 4))  # boxes after the last look, fractions of the picture, with their margins
        self._velocity: F64 = np.empty((0, 2))  # fractions a second
        self._muted_until_s: F64 = np.empty((0, 0))
        self._pause_s: F64 = np.empty((0, 0))
        self._asked: Cells | None = None  # where something moved that the last look was asked for
        self._asked_s = 0.0

    def told(self, size: tuple[int, int], outlook: Outlook) -> None:
        """Take what a look found in a picture of `size` (width, height) px."""
        scale = np.array([*size, *size], np.float64)
        half = MARGIN * np.sqrt(np.prod(outlook.xyxy[:, 2:] - outlook.xyxy[:, :2], axis=1))[:, None]
        self._now = np.concatenate([outlook.xyxy[:, :2] - half, outlook.xyxy[:, 2:] + half], axis=1) / scale
        self._velocity = outlook.velocity / scale[:2]
        if self._asked is not None:
            self._learn(self._asked & ~self._known(self._asked.shape, 0.0), self._asked)
            self._asked = None

    def sees(self, moved: Cells, time_s: float, since_s: float) -> bool:
        """Return whether a look is worth it; `moved` (h, w) differs from the last look, `since_s` ago."""
        if moved.shape != self._muted_until_s.shape:
            self._muted_until_s, self._pause_s = np.full(moved.shape, -np.inf), np.zeros(moved.shape)
        if not moved.any():
            return False
        unknown = moved & (self._muted_until_s <= time_s) & ~self._known(moved.shape, since_s)
        if not unknown.any():
            return False
        self._asked, self._asked_s = unknown, time_s
        return True

    def _learn(self, vain: Cells, asked: Cells) -> None:
        """Mute the cells where a look found nobody; trust the others again."""
        self._pause_s[asked & ~vain] = 0.0
        pause_s = np.clip(2 * self._pause_s[vain], MUTE_FIRST_S, MUTE_LONGEST_S)
        self._pause_s[vain] = pause_s
        self._muted_until_s[vain] = self._asked_s + pause_s

    def _known(self, shape: tuple[int, ...], since_s: float) -> Cells:
        """Return the cells between where everyone was at the last look and where they should be by now."""
        shift = np.tile(self._velocity * since_s, 2)
        low = np.minimum(self._now, self._now + shift)[:, :2] * shape[::-1]
        high = np.maximum(self._now, self._now + shift)[:, 2:] * shape[::-1]
        known = np.zeros(shape, np.bool_)
        corners = np.concatenate([np.floor(low), np.ceil(high)], axis=1)
        for left, top, right, bottom in np.maximum(corners, 0).astype(int).tolist():
            known[top:bottom, left:right] = True
        return known
