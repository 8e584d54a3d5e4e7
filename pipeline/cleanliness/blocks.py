"""A description of the clean ground from which no picture can be made: what may be kept on disk under `statistics`.

For each block of 16 × 16 px: how its edges are spread over four directions, and how strong they are, in 16 steps each.
Five small numbers for 256 pixels say whether a place looks as it did, and nothing of what it looks like.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.cleanliness.sample import Grey, Map, Mask

SIDE = 16
DIRECTIONS = 4
STEPS = 15

Blocks = NDArray[np.uint8]
"""(rows, columns, 5)"""

ALIKE = 0.2
"""Difference in strength, or share of edges in another direction, up to which blocks show the same."""


def blocks_of(grey: Grey) -> Blocks:
    """Return the description of a picture (h, w)."""
    level = cv2.GaussianBlur(grey.astype(np.float32), (0, 0), 1.5)
    dx, dy = np.asarray(cv2.Sobel(level, cv2.CV_32F, 1, 0)), np.asarray(cv2.Sobel(level, cv2.CV_32F, 0, 1))
    strength = np.hypot(dx, dy) / (level + 16)
    angle = np.mod(np.arctan2(dy, dx), np.pi) / np.pi * DIRECTIONS
    size = (grey.shape[1] // SIDE, grey.shape[0] // SIDE)
    parts = [_mean(np.where(np.floor(angle) % DIRECTIONS == n, strength, 0.0), size) for n in range(DIRECTIONS)]
    total = np.sum(parts, axis=0)
    spread = [part / np.maximum(total, 1e-6) for part in parts]
    level_of = np.clip(np.log1p(total * 50) / 4, 0, 1)
    return np.round(np.dstack([*spread, level_of]) * STEPS).astype(np.uint8)


def differ(now: Blocks, clean: Blocks, where: Mask) -> float:
    """Return the share of blocks, of those that lie in a mask (h, w) to a half, that show something else."""
    size = (now.shape[1], now.shape[0])
    inside = _mean(where.astype(np.float32), size) >= 0.5
    if now.shape != clean.shape or not inside.any():
        return 1.0
    steps = np.abs(now.astype(np.float32) - clean) / STEPS
    apart = np.maximum(steps[:, :, DIRECTIONS], steps[:, :, :DIRECTIONS].sum(axis=2) / 2)
    return float((apart[inside] > ALIKE).mean())


def _mean(picture: NDArray[np.floating], size: tuple[int, int]) -> Map:
    cut = picture[: size[1] * SIDE, : size[0] * SIDE].astype(np.float32)
    return np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), np.float32)
