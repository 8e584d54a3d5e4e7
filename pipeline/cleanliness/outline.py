"""The outline of a deposit, few corners in fractions: what is drawn of it where no picture may be shown."""

import cv2
import numpy as np

from pipeline.cleanliness.sample import Mask
from pipeline.cleanliness.spots import Box

MOST_CORNERS = 12


def outline_of(box: Box, mask: Mask, small: tuple[int, int]) -> str:
    """Return corners "x,y x,y …" of a mask in a box, px of a picture of (width, height) `small`."""
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return ""
    contour = max(contours, key=cv2.contourArea)
    tolerance = 1.0
    corners = cv2.approxPolyDP(contour, tolerance, True)
    while len(corners) > MOST_CORNERS:
        tolerance *= 1.5
        corners = cv2.approxPolyDP(contour, tolerance, True)
    places = (corners.reshape(-1, 2) + np.array(box[:2])) / np.array(small)
    return " ".join(f"{x:.3f},{y:.3f}" for x, y in places.tolist())
