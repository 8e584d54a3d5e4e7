"""YOLOX as its official export gives it: (1, N, 5+C), not yet decoded; input BGR 0..255.

Columns: offset x, y within the cell, log of width and height (all in strides), objectness, class scores.
Source: `yolox/models/yolo_head.py` (decode_outputs) and `demo/ONNXRuntime` of github.com/Megvii-BaseDetection/YOLOX.
"""

import numpy as np

from models.detections import Detections
from models.heads.grid import Grid
from models.heads.head import FloatArray, Selection, best_class


def decode(output: FloatArray, selection: Selection, grid: Grid) -> Detections:
    """Return the boxes above the threshold, px of the input."""
    table = output[0]
    (hits,) = np.nonzero(table[:, 4] >= selection.score_min)
    rows = table[hits]
    stride = grid.stride_px[hits, None]
    centre = (rows[:, :2] + grid.cell[hits]) * stride
    size = np.exp(rows[:, 2:4]) * stride
    return best_class(np.hstack([centre, size]), rows[:, 5:] * rows[:, 4:5], selection)
