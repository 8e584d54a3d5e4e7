"""Privacy masks: parts of the picture that nothing may see."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.schedule import Glance
from pipeline.sources.contract import Polygon


class Masks:
    """Polygons blacked out in place; their corners in pixels are kept for the latest picture size."""

    def __init__(self, polygons: Sequence[Polygon]) -> None:
        self._polygons = polygons
        self._size: tuple[int, int] | None = None
        self._corners: list[NDArray[np.int32]] = []

    def black_out(self, image: NDArray[np.uint8]) -> None:
        """Blacken the polygons in `image`, (H, W, 3) or (H, W) uint8; every pixel that an edge touches goes too."""
        if not self._polygons:
            return
        height, width = image.shape[:2]
        if self._size != (width, height):
            scale = np.array([width, height])
            self._corners = [np.round(np.array(polygon) * scale).astype(np.int32) for polygon in self._polygons]
            self._size = (width, height)
        for corners in self._corners:  # one by one: together, overlapping polygons would cancel each other out
            cv2.fillPoly(image, [corners], (0, 0, 0))


class MaskedGlance:
    """A `pipeline.schedule.Glance` at what a source is at, with the masks black in it.

    Its corners are in pixels of the small picture: masks of its own, or both would compute them anew at every frame.
    """

    def __init__(self, polygons: Sequence[Polygon], glance: Glance) -> None:
        self._masks = Masks(polygons)
        self._glance = glance
        self._taken: NDArray[np.uint8] | None = None

    def __call__(self) -> NDArray[np.uint8] | None:
        """Return the small luma picture, (h, w) uint8; None where it cannot be had."""
        luma = self._taken = self._glance()
        if luma is not None:
            self._masks.black_out(luma)
        return luma

    def take(self) -> NDArray[np.uint8] | None:
        """Return what was seen since the last call, if anybody glanced, for who needs it as well."""
        taken, self._taken = self._taken, None
        return taken
