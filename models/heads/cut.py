"""YOLOv8 and YOLO11 before their last steps: six outputs, decoded here for the few cells that matter.

Per level of the grid, finest first: (1, 4R, h, w) how far each edge lies from the cell's centre, as R logits over
0, 1, …, R-1 strides (their softmax's mean is the distance), for left, top, right, bottom; and (1, C, h, w) logits of
the classes. The whole head does the same for every cell, of which nearly all hold nothing.
Source: `ultralytics/nn/modules/head.py` (class Detect) and `block.py` (class DFL).
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from models.detections import Detections
from models.heads.grid import STRIDES_PX
from models.heads.head import FloatArray, Selection, best_class

LEVELS = len(STRIDES_PX)


def classes_of(outputs: Sequence[tuple[int, ...]], size: tuple[int, int]) -> int | None:
    """Return the number of classes if outputs of these shapes are such a head's; None if they are not.

    Args:
        outputs: shapes, the three of distances first, each finest level first.
        size: (width, height) of the input, px.
    """
    grids = [(size[1] // stride, size[0] // stride) for stride in STRIDES_PX]
    if [shape[2:] for shape in outputs] != grids * 2 or any(len(shape) != 4 or shape[0] != 1 for shape in outputs):
        return None
    distances, classes = ({shape[1] for shape in part} for part in (outputs[:LEVELS], outputs[LEVELS:]))
    if len(distances) != 1 or len(classes) != 1 or min(distances) % 4:
        return None
    return classes.pop()


def decode(outputs: Sequence[FloatArray], selection: Selection, size: tuple[int, int]) -> Detections:
    """Return the boxes above the threshold, px of an input of `size` = (width, height)."""
    boxes, scores = [], []
    threshold = _logit(selection.score_min)
    for distances, classes, stride in zip(outputs[:LEVELS], outputs[LEVELS:], STRIDES_PX, strict=True):
        logits = classes[0].reshape(classes.shape[1], -1)
        asked = logits if selection.class_ids is None else logits[selection.class_ids]
        (hits,) = np.nonzero(asked.max(axis=0, initial=-np.inf) >= threshold)
        if len(hits):
            boxes.append(_boxes(distances[0].reshape(4, -1, logits.shape[1])[:, :, hits], hits, size[0], stride))
            scores.append(1.0 / (1.0 + np.exp(-logits[:, hits].T)))
    if not boxes:
        return Detections.empty()
    return best_class(np.concatenate(boxes), np.concatenate(scores), selection)


def _boxes(logits: FloatArray, hits: NDArray[np.intp], width: int, stride: int) -> FloatArray:
    """Return (K, 4) centre and size, px, from (4, R, K) logits of the distances."""
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    steps = np.arange(logits.shape[1], dtype=np.float32)
    edges = np.einsum("erk,r->ek", weights, steps) / weights.sum(axis=1)  # (4, K), strides
    columns = width // stride
    centre = np.stack([hits % columns, hits // columns]).astype(np.float32) + np.float32(0.5)
    low, high = centre - edges[:2], centre + edges[2:]
    return np.asarray(np.concatenate([(low + high) / 2, high - low]).T * np.float32(stride), np.float32)


def _logit(score: float) -> float:
    if not 0 < score < 1:
        return -math.inf if score <= 0 else math.inf
    return math.log(score / (1 - score))
