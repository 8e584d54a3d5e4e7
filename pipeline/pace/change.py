"""Where a glance differs from another one: cell by cell, light and noise left out."""

import cv2
import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
Cells = NDArray[np.bool_]

COMPARED_PX = 120
"""Glances are halved as long as they stay this wide, so they are compared 120 to 239 px wide."""

CELL_PX = 4
"""Cells are so wide and high, in pixels of the glance: a person 12 px wide at the detector fills one and a half."""

LEAST = 3.0
"""Grey levels, mean of a cell: what a code's quantisation changes in a picture that stands still."""

TIMES_NOISE = 6.0
"""A cell has changed where its mean differs by so many standard deviations of what all cells do."""

MOST = 12.0
"""Grey levels that are a change however noisy: the mean of a cell is of dozens of pixels of the camera."""

_TO_SIGMA = 1.4826  # from the median of absolute deviations, for a normal distribution


def changed(reference: Luma, glance: Luma) -> Cells:
    """Return which cells differ, (h / 4, w / 4), between two glances (h, w) of one camera.

    The median difference is taken off first: a cloud before the sun changes all cells alike. What cells differ by
    usually is taken from the middle half of them, so the measure follows a camera's noise; it is right as long as
    less than half of the picture moves; where more does, `MOST` bounds it.
    """
    size = (max(1, glance.shape[1] // CELL_PX), max(1, glance.shape[0] // CELL_PX))
    difference = cv2.subtract(glance, reference, dtype=cv2.CV_16S)
    cells = cv2.resize(difference, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    cells -= _middle(cells)
    distance = np.abs(cells)
    noise = _TO_SIGMA * _middle(distance)
    return np.asarray(distance > min(max(LEAST, TIMES_NOISE * noise), MOST))


def _middle(values: NDArray[np.float32]) -> float:
    """Return the (upper) median; a tenth of the time of `numpy.median`, which looks at NaN and at axes."""
    flat = values.ravel()
    return float(np.partition(flat, len(flat) // 2)[len(flat) // 2])
