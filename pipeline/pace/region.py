"""Where in the picture the detector looks: the part that lines and zones need, or tiles where objects are small."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np

from models.detections import Detections, Detector, DetectorStatus, Image
from models.nms import suppress
from pipeline.config import CameraConfig, DetectorConfig

MARGIN = 0.15
"""Of width and height around lines and zones: the way on which an object is found and confirmed before it counts.

A walker needs about one size for it, a car two; few objects are larger than a twelfth of the picture.
"""

QUARTERS = 4
"""Regions are whole quarters of the picture wide and high: each shape has a session of its own, some 40 MB large."""

OVERLAP = 0.2
"""Of a tile, with the next one: what is smaller is whole in one of them."""

AT_EDGE_PX = 2.0

Box = tuple[float, float, float, float]


class Resizable(Detector, Protocol):
    """A detector whose input can be made smaller."""

    def longest_for(self, source: tuple[int, int]) -> int:
        """Return the longer side of the input, px, for pictures of `source` = (width, height)."""

    def at_input(self, longest_px: int) -> Detector:
        """Return the same detector with another longer side of the input."""


def region_of(camera: CameraConfig) -> Box | None:
    """Return the part of the picture that a camera's lines and zones need, in fractions; None: all of it."""
    points = [point for line in camera.lines for point in line.path]
    points += [point for zone in camera.zones for point in zone.points]
    if not points:
        return None
    columns, rows = zip(*points, strict=True)
    left, right = _quarters(min(columns) - MARGIN, max(columns) + MARGIN)
    top, bottom = _quarters(min(rows) - MARGIN, max(rows) + MARGIN)
    return None if (right - left) * (bottom - top) >= 1.0 else (left, top, right, bottom)


def _quarters(low: float, high: float) -> tuple[float, float]:
    """Return the span, widened to whole quarters and moved into the picture."""
    low, high = max(low, 0.0), min(high, 1.0)
    length = min(1.0, math.ceil((high - low) * QUARTERS - 1e-9) / QUARTERS)
    start = min(max(0.0, (low + high - length) / 2), 1.0 - length)
    return start, start + length


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """A part of the picture, px, and which of its edges are edges of the whole region."""

    left: int
    top: int
    right: int
    bottom: int
    outer: tuple[bool, bool, bool, bool]  # left, top, right, bottom


def aimed(detector: Detector, config: DetectorConfig, camera: CameraConfig) -> Detector:
    """Return a detector that looks where the configuration says; the same one where that is everywhere.

    One of fixed input shape looks everywhere: a part of the picture costs it as much as all of it.
    """
    region = region_of(camera) if config.region == "places" else None
    if (region is None and config.tiles == 1) or not hasattr(detector, "longest_for"):
        return detector
    return RegionDetector(cast(Resizable, detector), region, config.tiles)


class RegionDetector:
    """Looks at a region of each picture, in one piece or in tiles; boxes are those of the whole picture.

    In one piece objects are as large in the input as they would be in the whole picture's, and the input is smaller.
    Each of several tiles has an input as large as the whole picture's: objects are larger in it.
    """

    def __init__(self, detector: Resizable, region: Box | None = None, tiles: int = 1) -> None:
        self._detector = detector
        self._region = region or (0.0, 0.0, 1.0, 1.0)
        self._tiles = tiles
        self._size: tuple[int, int] | None = None
        self._parts: Sequence[_Part] = ()
        self._view: Detector = detector

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names."""
        return self._detector.labels

    @property
    def status(self) -> DetectorStatus:
        """The device in use."""
        return self._detector.status

    def __call__(self, image: Image) -> Detections:
        """Return what is seen in the region of `image`, (H, W, 3) uint8 BGR."""
        size = (image.shape[1], image.shape[0])
        if size != self._size:
            self._lay(size)
        found = [
            _placed(self._view(image[part.top : part.bottom, part.left : part.right]), part) for part in self._parts
        ]
        return found[0] if len(found) == 1 else suppress(_joined(found))

    def _lay(self, size: tuple[int, int]) -> None:
        """Lay region and tiles on pictures of this size."""
        x1, y1, x2, y2 = (round(edge * length) for edge, length in zip(self._region, (*size, *size), strict=True))
        self._parts = list(_tiles((x1, y1, x2, y2), self._tiles))
        longest = self._detector.longest_for(size)
        if self._tiles == 1:
            longest = round(longest * max(x2 - x1, y2 - y1) / max(size))
        self._view = self._detector.at_input(longest)
        self._size = size


def _tiles(box: tuple[int, int, int, int], count: int) -> Iterable[_Part]:
    """Yield `count` tiles of a box in a row along its longer side, each overlapping the next."""
    x1, y1, x2, y2 = box
    wide = x2 - x1 >= y2 - y1
    start, length = (x1, x2 - x1) if wide else (y1, y2 - y1)
    piece = length / (count - OVERLAP * (count - 1))
    for number in range(count):
        low = round(start + number * piece * (1 - OVERLAP))
        high = start + length if number == count - 1 else round(low + piece)
        first, last = number == 0, number == count - 1
        if wide:
            yield _Part(low, y1, high, y2, (first, True, last, True))
        else:
            yield _Part(x1, low, x2, high, (True, first, True, last))


def _placed(found: Detections, part: _Part) -> Detections:
    """Return boxes of a tile in the whole picture, without those that its inner edges cut: the next tile has them."""
    xyxy = found.xyxy
    if len(found) and not all(part.outer):
        bounds = np.array([0, 0, part.right - part.left, part.bottom - part.top], np.float32)
        cut = (np.abs(xyxy - bounds) <= AT_EDGE_PX) & ~np.array(part.outer)
        found = found.where(~cut.any(axis=1))
        xyxy = found.xyxy
    shift = np.array([part.left, part.top, part.left, part.top], np.float32)
    return Detections(xyxy + shift, found.score, found.class_id)


def _joined(found: Sequence[Detections]) -> Detections:
    """Return all boxes in one."""
    return Detections(
        np.concatenate([one.xyxy for one in found]),
        np.concatenate([one.score for one in found]),
        np.concatenate([one.class_id for one in found]),
    )
