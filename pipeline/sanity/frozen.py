"""Pictures that repeat: a camera's noise changes from picture to picture, a frozen encoder says the same again.

What is usual is learned: how much the stillest quarter of the picture changes between two looks, which is noise and
compression. Frozen is when even the liveliest cell changes by less than half of that. Where compression leaves nothing
of the noise (the usual is 0), only an exact repetition of the whole picture counts.

Limit: a clock that the camera writes into its frozen picture hides it, unless a mask lies over the clock.
"""

import cv2
import numpy as np

from pipeline.sanity.picture import CELLS, Copy, by_cell

LEARN_S = 60.0
STILL = 0.5
STILLEST = CELLS[0] * CELLS[1] // 4
"""Number, by rising change, of the cell whose change is taken for the camera's noise: a quarter of them is stiller."""


class Repetition:
    """Tells whether a copy repeats the one before."""

    def __init__(self) -> None:
        self._last: Copy | None = None
        self._usual: float | None = None  # change of the stillest quarter, grey levels

    def repeats(self, grey: Copy, step_s: float) -> bool:
        """Return whether the copy (144, 192) is the last one again, `step_s` later."""
        last, self._last = self._last, grey
        if last is None:
            return False
        change = by_cell(cv2.absdiff(grey, last).astype(np.float32))
        liveliest = float(change.max())
        if liveliest == 0.0 or (self._usual is not None and liveliest < STILL * self._usual):
            return True
        stillest = float(np.partition(change.ravel(), STILLEST)[STILLEST])
        share = 1 - float(np.exp(-step_s / LEARN_S))
        self._usual = stillest if self._usual is None else self._usual + share * (stillest - self._usual)
        return False
