"""An optional second model, of litter: it is asked on tiles of the zones, as large as the camera sees them.

Where it sees waste at a candidate's place, that is told after half the time. That it sees none changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.detections import Detections, Image
from pipeline.cleanliness.spots import Spot
from pipeline.cleanliness.zones import WatchedZone

EVERY_S = 30.0
"""It is asked so often at most."""

TILE_PX = 640
OVERLAP_PX = 64
MOST_TILES = 12
"""Tiles a time at most: of a larger zone, others come next time."""

WASTE_FROM = 0.3
COVERS = 0.3
"""Share of a candidate's place that a box of waste must cover."""


@dataclass(slots=True, eq=False)
class LitterEyes:
    """Asks a model; `waste` are the classes (ids) that are waste."""

    detect: Callable[[Image], Detections]
    waste: frozenset[int]
    _asked_s: float | None = None
    _next: int = 0

    def look(self, image: Image, zones: Sequence[WatchedZone], spots: Sequence[Spot], time_s: float) -> None:
        """Ask, if it is time and there is a candidate, and note which candidates the model agrees with."""
        waiting = [spot for spot in spots if spot.deposit is None and not spot.agreed]
        due = self._asked_s is None or not 0 <= time_s - self._asked_s < EVERY_S
        if not waiting or not due:
            return
        self._asked_s = time_s
        scale = zones[0].mask.shape[1] / image.shape[1]
        tiles = list(tiles_of(zones, (image.shape[1], image.shape[0]), scale))
        chosen = [tiles[(self._next + n) % len(tiles)] for n in range(min(MOST_TILES, len(tiles)))]
        self._next = (self._next + len(chosen)) % max(1, len(tiles))
        boxes = np.concatenate([self._waste_in(image, tile) for tile in chosen]) if chosen else np.zeros((0, 4))
        for spot in waiting:
            spot.agreed = _is_covered(np.array(spot.box) / scale, boxes)

    def _waste_in(self, image: Image, tile: tuple[int, int]) -> "np.ndarray":
        left, top = tile
        found = self.detect(np.ascontiguousarray(image[top : top + TILE_PX, left : left + TILE_PX]))
        sure = (found.score >= WASTE_FROM) & np.isin(found.class_id, list(self.waste))
        return found.xyxy[sure].reshape(-1, 4) + np.array([left, top] * 2, np.float32)


def tiles_of(zones: Sequence[WatchedZone], size: tuple[int, int], scale: float) -> Iterator[tuple[int, int]]:
    """Yield left and top of the tiles that hold a part of a zone, px of pictures of (width, height)."""
    every = np.logical_or.reduce([zone.mask for zone in zones])
    step = TILE_PX - OVERLAP_PX
    for top in range(0, max(1, size[1] - OVERLAP_PX), step):
        for left in range(0, max(1, size[0] - OVERLAP_PX), step):
            y1, y2 = int(top * scale), int((top + TILE_PX) * scale) + 1
            x1, x2 = int(left * scale), int((left + TILE_PX) * scale) + 1
            if every[y1:y2, x1:x2].any():
                yield left, top


def _is_covered(place: "np.ndarray", boxes: "np.ndarray") -> bool:
    if not len(boxes):
        return False
    low, high = np.maximum(boxes[:, :2], place[:2]), np.minimum(boxes[:, 2:], place[2:])
    both = np.clip(high - low, 0, None).prod(axis=1)
    mine = float((place[2:] - place[:2]).prod())
    theirs = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1)
    return bool((both >= COVERS * np.minimum(mine, theirs)).any())
