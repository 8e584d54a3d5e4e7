"""Real footage of fixed cameras for the cleanliness benchmark: backgrounds, clips without and with deposits.

Grounds are drawn by hand, as an operator would: where one can stand or drive, without buildings, sky and trees.
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.report import ROOT, SHARED
from pipeline.schedule import at_rate
from pipeline.sources import SourceSpec, open_source

Picture = NDArray[np.uint8]
Polygon = tuple[tuple[float, float], ...]

RATE = 2.0
"""Pictures a second that are worked on: the watch takes one a second."""

CLEANLINESS = SHARED / "cleanliness"


@dataclass(frozen=True, slots=True)
class Clip:
    """One clip and its ground."""

    name: str
    path: Path
    ground: Polygon
    fps: float | None = None  # where the file does not say, or says it wrong
    deposit_free: bool = True


PLAZA = Clip(
    "plaza",
    ROOT / "benchmarks" / "footage" / "plaza.mp4",
    ((0.0, 0.36), (0.28, 0.31), (0.52, 0.36), (0.62, 0.22), (0.85, 0.22), (1.0, 0.36), (1.0, 1.0), (0.0, 1.0)),
)
ROUNDABOUT = Clip(
    "roundabout",
    SHARED / "footage" / "roundabout.mp4",
    ((0.05, 0.4), (0.35, 0.2), (0.68, 0.2), (0.98, 0.45), (1.0, 0.95), (0.0, 0.95)),
)
CLOUDS = Clip(
    "clouds",
    CLEANLINESS / "pets2001_d3c1_clouds_negative",
    ((0.0, 0.6), (0.3, 0.58), (0.62, 0.58), (0.8, 0.55), (1.0, 0.66), (1.0, 1.0), (0.0, 1.0)),
    fps=912 / 218,
)
MOTORWAY = Clip(
    "motorway",
    CLEANLINESS / "negatives" / "bgslib_motorway_320x240.avi",
    ((0.0, 0.5), (0.4, 0.2), (0.85, 0.15), (1.0, 0.35), (1.0, 1.0), (0.0, 1.0)),
)
ROAD = Clip(
    "road",
    CLEANLINESS / "negatives" / "bgslib_road_640x360.avi",
    ((0.0, 0.2), (1.0, 0.2), (1.0, 1.0), (0.0, 1.0)),
)
SEATED = Clip(
    "seated man",
    CLEANLINESS / "deposits" / "Candela_m1_10.mp4",
    ((0.0, 0.25), (1.0, 0.25), (1.0, 1.0), (0.0, 1.0)),
    fps=10.0,
    deposit_free=False,
)

PLATES = (PLAZA, CLOUDS, ROUNDABOUT)
NEGATIVES = (CLOUDS, PLAZA, ROUNDABOUT, MOTORWAY, ROAD)


def pictures(clip: Clip, rate: float = RATE) -> list[tuple[float, Picture]]:
    """Return (time_s, picture (H, W, 3) BGR) of a clip, so many a second.

    Raises:
        SourceError: if it cannot be read.
    """
    source = open_source(SourceSpec(str(clip.path), fps=clip.fps, pace="fast"), at_rate(rate))
    try:
        return [(frame.time_s, frame.image.copy()) for frame in source if frame.image is not None]
    finally:
        source.close()


def plate_of(taken: list[tuple[float, Picture]], most: int = 25) -> Picture:
    """Return the median of some pictures: the ground without who passes."""
    step = max(1, len(taken) // most)
    return np.asarray(np.median(np.stack([picture for _, picture in taken[::step]]), axis=0), np.uint8)


def ground_mask(clip: Clip, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return where the ground is in pictures of (width, height)."""
    mask = np.zeros((size[1], size[0]), np.uint8)
    cv2.fillPoly(mask, [np.round(np.array(clip.ground) * size).astype(np.int32)], 1)
    return mask.astype(np.bool_)
