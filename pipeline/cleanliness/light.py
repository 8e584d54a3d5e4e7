"""How the light changed between two looks, where the ground can be seen in both, and a guess where it cannot.

Clouds pass in seconds. Ground that was hidden meanwhile would keep the brightness of before, with a sharp border where
it meets what was seen: so it follows the light of what lies around it.
"""

import cv2
import numpy as np

from pipeline.cleanliness.sample import Grey, Map, Mask

CELL = 16
"""Side of the cells, px, over which light is compared: larger than a person's shadow is wide."""

_LIFT = 4.0


def change_of_light(before: Grey | Map, now: Grey | Map, seen: Mask, most: float) -> Map:
    """Return the factor from one look to another, (h, w), smooth.

    `seen` is where both show the ground; more than the factor `most` from what all of it did is no light.
    """
    height, width = seen.shape
    cells = (max(1, width // CELL), max(1, height // CELL))
    weight = _cells(seen.astype(np.float32), cells)
    was, is_ = (_cells(np.where(seen, picture, 0).astype(np.float32), cells) for picture in (before, now))
    for array in (weight, was, is_):  # cells that show little borrow from those around them
        wide = cv2.blur(array, (5, 5)) * 0.2
        widest = cv2.blur(array, (2 * (cells[0] // 4) + 1, 2 * (cells[1] // 4) + 1)) * 0.02
        array += wide + widest
    total = np.maximum(weight, 1e-4)
    factor = (is_ / total + _LIFT) / (was / total + _LIFT)
    common = float(np.median(factor))
    factor = np.clip(factor, common / most, common * most)
    return np.asarray(
        cv2.resize(factor.astype(np.float32), (width, height), interpolation=cv2.INTER_LINEAR), np.float32
    )


def _cells(picture: Map, cells: tuple[int, int]) -> Map:
    return np.asarray(cv2.resize(picture, cells, interpolation=cv2.INTER_AREA), np.float32)
