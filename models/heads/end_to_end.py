"""End-to-end heads (YOLOv10, YOLO26, Ultralytics exports with `nms=True`): (1, N, 6) or (N, 6), suppression done.

Columns: left, top, right, bottom in px of the input, score, class.
"""

import numpy as np

from models.detections import Detections
from models.heads.head import FloatArray, Selection


def decode(output: FloatArray, selection: Selection) -> Detections:
    """Return the boxes above the threshold, px of the input."""
    table = output.reshape(-1, 6)
    rows = table[table[:, 4] >= selection.score_min]
    if selection.class_ids is not None:
        rows = rows[np.isin(rows[:, 5], selection.class_ids)]
    return Detections(
        np.ascontiguousarray(rows[:, :4], np.float32), rows[:, 4].astype(np.float32), rows[:, 5].astype(np.int32)
    )
