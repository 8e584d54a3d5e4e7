"""A second, closer look at one place: the part of the picture around it, as large as the detector can have it."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from models.detections import Detections, Image
from pipeline.cleanliness.candidates import Found
from pipeline.cleanliness.seen import HIDING, NAMED, NAMED_FROM, hides_from, overlap
from pipeline.cleanliness.spots import Box

VETO_FROM = 0.4
"""Score from which a person, animal or vehicle found closely is one."""

AROUND = 2.5
"""How much of the picture is looked at, as a multiple of the place's longer side."""

LEAST_PX = 96
SHARE = 0.35
"""Share of the place that a box must cover."""

ALIKE = 0.3
"""Overlap (intersection over union) from which what was found is what lies there."""

MOST_TIMES = 8.0
"""A box so many times as large as the place is of something behind or around it."""


@dataclass(frozen=True, slots=True, eq=False)
class CloserLook:
    """Looks at places of one picture; `scale` is px analysed for each px of the picture."""

    image: Image
    scale: float
    detect: Callable[[Image], Detections]
    labels: tuple[str, ...]

    def __call__(self, box: Box) -> tuple[Found, str | None]:
        """Return whether a person, an animal or a vehicle is at a place, and what else it may be called."""
        place = np.array(box, np.float64) / self.scale
        left, top, width, height = self._around(place)
        part = self.image[top : top + height, left : left + width]
        size = (self.image.shape[1], self.image.shape[0])  # as large as the picture: the detector is set up for that
        found = self.detect(np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC)))
        boxes = found.xyxy * np.array([width / size[0], height / size[1]] * 2) + np.array([left, top] * 2)
        return self._judged(place, boxes.astype(np.float32), found)

    def _around(self, place: np.ndarray) -> tuple[int, int, int, int]:
        """Return the part of the picture around a place, of the picture's own shape: left, top, width, height."""
        picture = np.array([self.image.shape[1], self.image.shape[0]], np.float64)
        wanted = max(LEAST_PX, AROUND * max(place[2] - place[0], place[3] - place[1]))
        width, height = (picture * min(1.0, wanted / picture.min())).round().astype(int).tolist()
        middle = (place[:2] + place[2:]) / 2
        left = int(np.clip(middle[0] - width / 2, 0, picture[0] - width))
        top = int(np.clip(middle[1] - height / 2, 0, picture[1] - height))
        return left, top, width, height

    def _judged(self, place: np.ndarray, boxes: np.ndarray, found: Detections) -> tuple[Found, str | None]:
        area = float((place[2:] - place[:2]).prod())
        low, high = np.maximum(boxes[:, :2], place[:2]), np.minimum(boxes[:, 2:], place[2:])
        covers = np.clip(high - low, 0, None).prod(axis=1) >= SHARE * area
        fits = (boxes[:, 2:] - boxes[:, :2]).prod(axis=1) <= MOST_TIMES * area
        alike = overlap((place[0], place[1], place[2], place[3]), boxes)
        best: tuple[float, str | None] = (NAMED_FROM, None)
        who: Found = "nobody"
        for n, class_id in enumerate(found.class_id.tolist()):
            name, score = self.labels[class_id], float(found.score[n])
            if name in HIDING and score >= max(VETO_FROM, hides_from(name)) and covers[n] and fits[n]:
                who = "is it" if alike[n] >= ALIKE or who == "is it" else "near"
            if name in NAMED and score >= best[0] and alike[n] >= ALIKE:
                best = (score, name)
        return who, best[1] if who == "nobody" else None
