"""The picture to draw lines on: the median of several, in which neither people nor vehicles are.

At each place only those pictures have a say in which nothing was found there, so that who stands for most of the time
is gone as well. What was covered all the time (a parked car) is made of patches. Under `statistics` all of it is
blurred besides, as `parvis calibrate` does it: whoever was never found cannot be known.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detections import Image
from pipeline.desk.hiding import Boxes, coarse
from pipeline.still import BLUR_OF_HEIGHT

GAP_S = 0.6
WANTED = 15
FEWEST = 5
"""A camera that looks rarely, because nothing moves, has as good a picture of fewer."""

LEAST_SPAN_S = 8.0
LONG_SPAN_S = 15.0

_STRIP = 64  # rows at once: bounds the memory
_NOBODY = 256  # above every value of a pixel
_PATCHES_HIGH = 30  # of a picture's height, where it is covered all the time


@dataclass(frozen=True, slots=True, eq=False)
class Plate:
    """One picture of several."""

    image: Image
    hidden: Boxes  # px
    seen_s: float  # monotonic
    at_s: float  # seconds since the Unix epoch


class Gathering:
    """Pictures on their way to a median."""

    def __init__(self) -> None:
        self._plates: list[Plate] = []

    def add(self, plate: Plate) -> None:
        """Take a picture; of another size than those before, it begins anew."""
        if self._plates and self._plates[0].image.shape != plate.image.shape:
            self._plates.clear()
        if len(self._plates) == 2 * WANTED:  # some that came before the span was long enough
            del self._plates[1]
        self._plates.append(plate)

    def __len__(self) -> int:
        return len(self._plates)

    @property
    def span_s(self) -> float:
        """Return the time from the first to the last picture."""
        return self._plates[-1].seen_s - self._plates[0].seen_s if self._plates else 0.0

    @property
    def at_s(self) -> float:
        """Return when the newest picture was taken, seconds since the Unix epoch."""
        return self._plates[-1].at_s

    @property
    def is_enough(self) -> bool:
        """Return whether people who walk are gone from the median."""
        if len(self) >= WANTED and self.span_s >= LEAST_SPAN_S:
            return True
        return len(self) >= FEWEST and self.span_s >= LONG_SPAN_S

    @property
    def wait_s(self) -> float:
        """Return in how many seconds there will be enough, as it goes now."""
        if len(self) < 2:
            return LEAST_SPAN_S + 1
        pace_s = max(GAP_S, self.span_s / (len(self) - 1))
        by_number = max((WANTED - len(self)) * pace_s, LEAST_SPAN_S - self.span_s)
        by_time = max((FEWEST - len(self)) * pace_s, LONG_SPAN_S - self.span_s)
        return max(1.0, min(by_number, by_time))

    def still(self, *, blurred: bool) -> Image:
        """Return the median."""
        still, covered = median([one.image for one in self._plates], [one.hidden for one in self._plates])
        patch = max(1, still.shape[0] // _PATCHES_HIGH)
        np.copyto(still, coarse(still, patch), where=covered[..., None])
        if blurred:
            still = np.asarray(cv2.GaussianBlur(still, (0, 0), max(1.0, BLUR_OF_HEIGHT * still.shape[0])), np.uint8)
        return still


def median(images: list[Image], hidden: list[Boxes]) -> tuple[Image, NDArray[np.bool_]]:
    """Return the median of pictures where they are not hidden, and where (H, W) all of them were."""
    height, width = images[0].shape[:2]
    masks = np.zeros((len(images), height, width), np.uint8)
    for mask, boxes in zip(masks, hidden, strict=True):
        for left, top, right, bottom in np.round(boxes).astype(int).tolist():
            mask[max(0, top) : max(0, bottom), max(0, left) : max(0, right)] = 1
    still = np.empty_like(images[0])
    for top in range(0, height, _STRIP):
        rows = slice(top, top + _STRIP)
        still[rows] = _median_of(np.stack([image[rows] for image in images]), masks[:, rows])
    return still, np.asarray(masks.all(axis=0), np.bool_)


def _median_of(images: NDArray[np.uint8], masks: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the lower median of (n, h, w, 3) where masks (n, h, w) are 0; of all, where there is no 0."""
    n = len(images)
    result: NDArray[np.uint8] = np.partition(images, (n - 1) // 2, axis=0)[(n - 1) // 2]
    some = masks.any(axis=0) & ~masks.all(axis=0)
    if some.any():
        values = images[:, some].astype(np.uint16)  # (n, pixels, 3)
        values[masks[:, some] > 0] = _NOBODY
        free = n - masks[:, some].sum(axis=0, dtype=np.intp)  # (pixels,)
        ranked = np.sort(values, axis=0)
        middle = np.take_along_axis(ranked, ((free - 1) // 2)[None, :, None], axis=0)[0]
        result = result.copy()
        result[some] = middle.astype(np.uint8)
    return result
