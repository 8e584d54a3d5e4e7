"""A small grey copy of a picture, and what of it tells whether the camera sees what it used to see."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]
Copy = NDArray[np.uint8]

SIZE = (192, 144)
"""(width, height) px of the copy, whatever the camera's resolution: a change of it changes nothing here."""

CELLS = (8, 6)
"""The copy is judged cell by cell, so that what happens at one place cannot speak for the others."""

_NOISE = 1.0
"""Gradient, grey levels a pixel, below which a direction says little."""

HALF = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What one copy shows."""

    edges: tuple[Map, Map]  # (144, 192) each: direction of the gradient, angle doubled, length 0 (no edge) to 1
    energy: Map  # (144, 192) squared gradient
    coarse: Map  # (144, 192) squared gradient at half the resolution: falls less when the picture is blurred


def small(image: NDArray[np.uint8]) -> Copy:
    """Return the small grey copy (144, 192) uint8 of a picture (H, W, 3) BGR."""
    return np.asarray(cv2.cvtColor(cv2.resize(image, SIZE, interpolation=cv2.INTER_LINEAR), cv2.COLOR_BGR2GRAY))


def fitted(luma: NDArray[np.uint8]) -> Copy:
    """Return a small luma picture (h, w), made before for somebody else, in the size of the copy."""
    same = luma.shape == (SIZE[1], SIZE[0])
    return luma if same else np.asarray(cv2.resize(luma, SIZE, interpolation=cv2.INTER_AREA), np.uint8)


def look_at(copy: Copy) -> Look:
    """Return what a copy (144, 192) shows.

    The angle is doubled, so that an edge whose bright and dark side change places (day and night) stays the same
    edge. The length does not grow with contrast: light that changes changes little.
    """
    gx, gy = _gradient(copy)
    sine = gx * gy
    gx *= gx
    gy *= gy
    energy = gx + gy
    weight = 1 / (energy + _NOISE)
    gx -= gy
    gx *= weight
    sine *= 2 * weight
    half = cv2.resize(copy.astype(np.float32), (SIZE[0] // 2, SIZE[1] // 2), interpolation=cv2.INTER_AREA)
    hx, hy = _gradient(np.asarray(half, np.float32))
    coarse = cv2.resize(hx * hx + hy * hy, SIZE, interpolation=cv2.INTER_LINEAR)
    return Look((gx, sine), energy, np.asarray(coarse))


def by_cell(map_: Map) -> Map:
    """Return the mean of each cell, (6, 8)."""
    return np.asarray(cv2.resize(map_, CELLS, interpolation=cv2.INTER_AREA), np.float32)


def free_of(polygons: Sequence[Sequence[tuple[float, float]]]) -> Map:
    """Return 1 where no mask lies, 0 in masks and close to them, (144, 192): their edges are no part of the scene."""
    free = np.ones((SIZE[1], SIZE[0]), np.float32)
    for polygon in polygons:
        corners = np.round(np.array(polygon) * SIZE).astype(np.int32)
        cv2.fillPoly(free, [corners], 0.0)
        cv2.polylines(free, [corners], True, 0.0, 5)
    return free


def middle(values: Map) -> float:
    """Return the (upper) median of values (N,), N > 0, in a tenth of the time of `numpy.median`."""
    return float(np.partition(values, len(values) // 2)[len(values) // 2])


def covered(boxes: Map, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return which cells (6, 8) boxes (N, 4), px of a picture of `size` (width, height), cover to a half at least."""
    inside = np.zeros((SIZE[1], SIZE[0]), np.uint8)
    scale = np.array([SIZE[0] / size[0], SIZE[1] / size[1]] * 2)
    for x1, y1, x2, y2 in np.round(boxes * scale).astype(int).tolist():
        inside[max(y1, 0) : max(y2, 0), max(x1, 0) : max(x2, 0)] = 255
    return np.asarray(cv2.resize(inside, CELLS, interpolation=cv2.INTER_AREA)) >= HALF * 255


def _gradient(grey: Map | Copy) -> tuple[Map, Map]:
    """Return the gradient along x and y, grey levels a pixel."""
    return (
        np.asarray(cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=0.125)),
        np.asarray(cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=0.125)),
    )
