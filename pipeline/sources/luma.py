"""A small grey picture: enough to see whether something moves, for a fraction of what the whole one costs."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_WIDTH = 192
"""A picture is halved as long as it stays this wide, so a wide one ends between 192 and 383 px."""


def small(picture: NDArray[Any], shift: int = 0, least_px: int = LEAST_WIDTH) -> NDArray[np.uint8]:
    """Return a picture halved as long as it stays `least_px` wide: a copy, (h, w) or (h, w, 3) uint8 as it came.

    One of more than eight bits is shifted down by so many. Halving, by averaging 2 x 2 px, is several times cheaper
    than one step to a given size, whose weights are fractions. An odd last row or column is left out: less than a
    hundredth of the picture.
    """
    while picture.shape[1] // 2 >= least_px and picture.shape[0] >= 2:
        height, width = picture.shape[0] // 2, picture.shape[1] // 2
        picture = cv2.resize(picture[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    return np.array(picture >> shift if shift else picture, np.uint8)


def of_bgr(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the small luma picture of an image (H, W, 3) uint8 BGR, itself (h, w) uint8."""
    return np.asarray(cv2.cvtColor(small(image), cv2.COLOR_BGR2GRAY), np.uint8)
