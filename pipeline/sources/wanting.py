"""Whether a frame's picture is wanted, also where not every frame has one."""

import numpy as np
from numpy.typing import NDArray

from pipeline.schedule import STILL, Due, Glance, Wanted


class Wanting:
    """Asks `due` about every frame. A look that falls due on a frame without a picture is made on the next with one."""

    def __init__(self, due: Due) -> None:
        self._due = due
        self._owed = False

    def wants(self, index: int, time_s: float, glance: Glance, *, passed_over: bool) -> Wanted:
        """Return whether to convert a frame; `passed_over`: it was left undecoded."""
        due = self._due(index, time_s, _nothing if passed_over else glance)
        if due == STILL and not self._owed:
            return due
        wanted = bool(due) or self._owed
        self._owed = wanted and passed_over
        return wanted and not passed_over


def _nothing() -> NDArray[np.uint8] | None:
    return None
