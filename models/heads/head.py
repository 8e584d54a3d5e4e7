"""What all head families share: the question, the answer, and the choice of a box's class."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.detections import Detections

FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Selection:
    """Which boxes are asked for."""

    score_min: float  # 0..1
    class_ids: NDArray[np.intp] | None = None  # (K,); None: every class


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """How to prepare the input of a model, and how to read its output."""

    name: str
    decode: Callable[[Sequence[FloatArray], Selection], Detections]  # all outputs → boxes in px of the input
    classes: int | None  # how many it tells apart; None: its output does not show it
    overlapping: bool = True  # the same object may come several times: suppression is still to do
    rgb: bool = True  # order of the input's planes; else BGR
    scale: float = 1 / 255  # of the input's values, from 0..255


def best_class(cxcywh: FloatArray, scores: FloatArray, selection: Selection) -> Detections:
    """Return boxes under their best class, without those whose best class was not asked for.

    The best class is sought among all: a truck that looks a little like a car is no car just because
    nobody asked for trucks, so a count does not change with what else is asked for.

    Args:
        cxcywh: (K, 4) centre and size, px.
        scores: (K, C) score of each class.
        selection: what is asked for.
    """
    class_id = scores.argmax(axis=1)
    score = scores[np.arange(len(scores)), class_id]
    keep = score >= selection.score_min
    if selection.class_ids is not None:
        keep &= np.isin(class_id, selection.class_ids)
    half = cxcywh[keep, 2:] / 2
    centre = cxcywh[keep, :2]
    return Detections(
        np.hstack([centre - half, centre + half]).astype(np.float32, copy=False),
        score[keep].astype(np.float32, copy=False),
        class_id[keep].astype(np.int32),
    )
