"""YOLOv8, YOLO11 and others of Ultralytics: (1, 4+C, N), rows cx, cy, w, h in px of the input, then class scores."""

import numpy as np

from models.detections import Detections
from models.heads.head import FloatArray, Selection, best_class


def decode(output: FloatArray, selection: Selection) -> Detections:
    """Return the boxes above the threshold, px of the input."""
    table = output[0]
    scores = table[4:]
    asked = scores if selection.class_ids is None else scores[selection.class_ids]
    (hits,) = np.nonzero(asked.max(axis=0, initial=0.0) >= selection.score_min)
    return best_class(table[:4, hits].T, scores[:, hits].T, selection)
