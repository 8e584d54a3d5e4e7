"""YOLOv5 (and v7): (1, N, 5+C), columns cx, cy, w, h in px of the input, objectness, class scores.

Three anchors a cell, so N is three times the number of cells.
Source: `models/yolo.py` of github.com/ultralytics/yolov5, class Detect; score = objectness x class score.
"""

import numpy as np

from models.detections import Detections
from models.heads.head import FloatArray, Selection, best_class


def decode(output: FloatArray, selection: Selection) -> Detections:
    """Return the boxes above the threshold, px of the input."""
    table = output[0]
    # No class score exceeds 1, so a box below the threshold in objectness alone is out.
    (hits,) = np.nonzero(table[:, 4] >= selection.score_min)
    rows = table[hits]
    return best_class(rows[:, :4], rows[:, 5:] * rows[:, 4:5], selection)
