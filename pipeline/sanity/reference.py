"""What the camera usually sees, learned slowly, and how far a look still agrees with it, cell by cell.

The reference is the mean direction of edges at each pixel. What stands still has a steady one; people, cars and noise
average out. So light may change and a crowd may pass, but when the camera moves, edges are no longer where they were.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.sanity.picture import SIZE, Look, Map, by_cell

LEARN_S = 120.0
"""Time in which the reference follows the scene: night falls more slowly, a blow to the camera is faster."""

STEADY = 0.05
"""Mean squared steadiness of edges from which a cell has enough structure to be judged."""

KEPT = 0.5
"""Agreement, as a share of what is usual, from which a cell still shows what it used to show."""

FLAT = 0.3
"""Contrast, as a share of what is usual, below which a cell shows nothing."""

Cells = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Agreement:
    """How a look agrees with the reference; all (6, 8)."""

    structured: Cells  # may be judged
    kept: Cells  # structured, and shows what it used to show
    flat: Cells  # structured, not kept, and without contrast
    sharpness: Map  # fine to coarse contrast, as a share of what is usual


def _empty() -> Map:
    return np.zeros((SIZE[1], SIZE[0]), np.float32)


@dataclass(slots=True, eq=False)
class Reference:
    """What is usual; `free` is 0 where masks lie, 1 elsewhere."""

    free: Map | None  # None: everywhere
    learned_s: float = 0.0
    _looks: int = 0
    _edges: tuple[Map, Map] = field(default_factory=lambda: (_empty(), _empty()))
    _energy: Map = field(default_factory=_empty)
    _coarse: Map = field(default_factory=_empty)

    def learn(self, look: Look, step_s: float) -> None:
        """Take a look that came `step_s` after the last one: a plain mean at first, then a slow one."""
        self.learned_s += step_s
        self._looks += 1
        share = max(1 / self._looks, 1 - float(np.exp(-step_s / LEARN_S)))
        for now, steady in zip(look.edges, self._edges, strict=True):
            cv2.accumulateWeighted(now, steady, share)
        cv2.accumulateWeighted(look.energy, self._energy, share)
        cv2.accumulateWeighted(look.coarse, self._coarse, share)

    def agreement(self, look: Look) -> Agreement:
        """Return how far a look agrees."""
        (steady_x, steady_y), (now_x, now_y) = self._edges, look.edges
        weight = self._unmasked(steady_x * steady_x + steady_y * steady_y)
        usual = by_cell(weight)
        structured = usual >= STEADY
        seen = by_cell(self._unmasked(steady_x * now_x + steady_y * now_y))
        kept = structured & (seen >= KEPT * usual)
        contrast = by_cell(self._unmasked(look.energy)) / np.maximum(by_cell(self._unmasked(self._energy)), 1e-6)
        flat = structured & ~kept & (contrast < FLAT**2)
        now = by_cell(look.energy * weight) / np.maximum(by_cell(look.coarse * weight), 1e-6)
        before = by_cell(self._energy * weight) / np.maximum(by_cell(self._coarse * weight), 1e-6)
        sharpness = (now / np.maximum(before, 1e-6)).astype(np.float32)
        return Agreement(structured, kept, flat, sharpness)

    def _unmasked(self, map_: Map) -> Map:
        return map_ if self.free is None else map_ * self.free
