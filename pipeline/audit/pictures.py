"""Pictures for a check by eye: small, and with everybody's face and upper body made unrecognisable."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.config import LineConfig

Picture = NDArray[np.uint8]

WIDTH_PX = 640
HIDDEN_OF_BOX = 0.5
"""Upper share of each box that is hidden."""

_BLOCKS = 4
_MARGIN = 0.15  # of the box on each side: detections are not exact
_LINE = (0, 200, 255)


def hidden(image: Picture, boxes: NDArray[np.float32]) -> Picture:
    """Return a small copy of (H, W, 3) BGR in which the upper part of each box (N, 4) px is four blocks wide."""
    scale = min(1.0, WIDTH_PX / image.shape[1])
    size = (round(image.shape[1] * scale), round(image.shape[0] * scale))
    picture = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8).copy()
    for x1, y1, x2, y2 in (boxes * scale).tolist():
        aside, above = _MARGIN * (x2 - x1), _MARGIN * (y2 - y1)
        left, right = max(0, int(x1 - aside)), min(size[0], int(x2 + aside) + 1)
        top, bottom = max(0, int(y1 - above)), min(size[1], int(y1 + HIDDEN_OF_BOX * (y2 - y1)) + 1)
        if right > left and bottom > top:
            part = picture[top:bottom, left:right]
            coarse = cv2.resize(part, (_BLOCKS, _BLOCKS), interpolation=cv2.INTER_AREA)
            part[:] = cv2.resize(coarse, (right - left, bottom - top), interpolation=cv2.INTER_NEAREST)
    return picture


def strip(pictures: Sequence[Picture], line: LineConfig) -> Picture:
    """Return the pictures beside each other, the line on each, with an arrow where `forward` goes."""
    return np.concatenate([_with_line(picture, line) for picture in pictures], axis=1)


def _with_line(picture: Picture, line: LineConfig) -> Picture:
    drawn, size = picture.copy(), np.array([picture.shape[1], picture.shape[0]])
    path = np.round(np.array(line.path) * size).astype(np.int32)
    cv2.polylines(drawn, [path], False, _LINE, 2, cv2.LINE_AA)
    a, b = path[0].astype(float), path[-1].astype(float)
    along = (b - a) / max(float(np.hypot(*(b - a))), 1e-9)
    tip = (a + b) / 2 + np.array([-along[1], along[0]]) * size[1] * 0.06  # y points down
    start, end = ((int(x), int(y)) for x, y in ((a + b) / 2, tip))
    cv2.arrowedLine(drawn, start, end, _LINE, 2, cv2.LINE_AA, 0, 0.4)
    drawn[:, -2:] = 255
    return drawn
