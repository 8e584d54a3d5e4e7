"""People and vehicles made unrecognisable, for good: what is averaged away cannot be brought back.

A box is cut into six patches along its longer side, each the mean colour of what it covers: of a person that leaves
eighteen colours, of a number plate none of its own. Detectors miss some, so this is no proof of anonymity; how few
pictures there are, of what, and who may see them is what protects people first (docs/privacy.md).
"""

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detections import Detector, Image
from pipeline.desk.window import Sight, Window
from pipeline.taxonomy import CITY, city_name

Boxes = NDArray[np.float32]
"""(N, 4) left, top, right, bottom, px."""

Hidden = tuple[Boxes, list[tuple[float, float, float, float, str]]] | None
"""What to hide, px, wider than it was seen, and what was seen, in fractions with its class; None: hide everything."""

PATCHES = 6
"""Along the longer side of a box."""

LEAST_PATCH_PX = 8

WIDER = 0.15
"""Of a box's sides, added all around: boxes end where bodies do, within some pixels."""

HELD_S = 1.0
"""A box hides its place for so long after it was seen: who is missed in one picture was there in the one before."""

PEOPLE = frozenset({"person", "pedestrian", "people", "rider"})


def hides(label: str) -> bool:
    """Return whether things of a class are hidden: whoever takes part in traffic, and whatever drives.

    >>> hides("person"), hides("van"), hides("dog")
    (True, True, False)
    """
    return city_name(label) in CITY


class Finder:
    """Finds what must be hidden in the pictures of one camera.

    What the camera's own detector found is taken where that looks everywhere for everybody; else this looks again. A
    model that knows no people hides nobody: then everything must be.
    """

    def __init__(self, window: Window) -> None:
        detector = window.detector
        self._window = window
        self._hidden = frozenset(label for label in detector.labels if hides(label))
        self._complete = self._hidden <= frozenset(getattr(detector, "classes", detector.labels))
        self._knows_people = bool(PEOPLE & self._hidden)
        self._wide = _seeing(detector, self._hidden)
        self._held: list[tuple[float, Boxes]] = []

    def __call__(self, sight: Sight) -> Hidden:
        """Return what to hide, and what was seen."""
        if not self._knows_people:
            return None
        found = sight.found
        if not (self._complete and self._window.looks_everywhere):
            if self._wide is None:
                return None
            found = self._wide(sight.image)
        labels = self._window.detector.labels
        found = found.where(np.array([labels[one] in self._hidden for one in found.class_id.tolist()], np.bool_))
        height, width = sight.image.shape[:2]
        boxes = wider(found.xyxy)
        self._held = [(at_s, held) for at_s, held in self._held if 0 <= sight.seen_s - at_s <= HELD_S]
        hidden = np.concatenate([boxes, *(held for _, held in self._held)])
        self._held.append((sight.seen_s, boxes))
        size = np.array([width, height, width, height], np.float32)
        shown = np.clip(found.xyxy / size, 0, 1).astype(np.float64).round(4).tolist()
        names = [labels[one] for one in found.class_id.tolist()]
        return hidden, [(a, b, c, d, name) for (a, b, c, d), name in zip(shown, names, strict=True)]


def _seeing(detector: Detector, classes: frozenset[str]) -> Detector | None:
    seeing = getattr(detector, "seeing", None)
    if not callable(seeing) or not classes:
        return None
    view: Detector = seeing(classes)
    return view


def wider(boxes: Boxes) -> Boxes:
    """Return boxes with a margin all around."""
    sides = np.tile(boxes[:, 2:] - boxes[:, :2], 2)
    return np.asarray(boxes + sides * np.array([-WIDER, -WIDER, WIDER, WIDER], np.float32), np.float32)


def whole(width: int, height: int) -> Boxes:
    """Return one box that is all of a picture."""
    return np.array([[0, 0, width, height]], np.float32)


def pixelate(image: Image, boxes: Iterable[Iterable[float]]) -> None:
    """Replace what lies in boxes (px) by a few patches of its mean colours, in place."""
    height, width = image.shape[:2]
    for left, top, right, bottom in boxes:
        x1, y1 = max(0, int(left)), max(0, int(top))
        x2, y2 = min(width, int(np.ceil(right))), min(height, int(np.ceil(bottom)))
        if x1 >= x2 or y1 >= y2:
            continue
        patch = max(LEAST_PATCH_PX, int(np.ceil(max(x2 - x1, y2 - y1) / PATCHES)))
        image[y1:y2, x1:x2] = coarse(image[y1:y2, x1:x2], patch)


def coarse(image: Image, patch_px: int) -> Image:
    """Return a picture of the same size made of patches of mean colours."""
    height, width = image.shape[:2]
    cells = max(1, round(width / patch_px)), max(1, round(height / patch_px))
    return np.asarray(
        cv2.resize(
            cv2.resize(image, cells, interpolation=cv2.INTER_AREA), (width, height), interpolation=cv2.INTER_NEAREST
        ),
        np.uint8,
    )


def hidden_copy(image: Image, boxes: Boxes | None) -> Image:
    """Return a copy in which boxes (px) are hidden; None: all of it is."""
    if boxes is None:
        return coarse(image, max(LEAST_PATCH_PX, max(image.shape[:2]) // 40))
    shown = image.copy()
    pixelate(shown, boxes.tolist())
    return shown


def fitted(image: Image, longest_px: int) -> Image:
    """Return a picture whose longer side is so long at most."""
    height, width = image.shape[:2]
    scale = longest_px / max(height, width)
    if scale >= 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def jpeg(image: Image, quality: int) -> bytes:
    """Return a picture as JPEG."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data)
