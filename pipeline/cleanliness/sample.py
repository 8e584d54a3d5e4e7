"""One look at the ground: a small copy of a picture, and where something hides the ground in it.

The copy is grey, with its colour at half that size. Where the detector saw a person, an animal or a vehicle the ground
is not known, and neither is it around them, because shadows and feet reach beyond boxes.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.uint8]
Map = NDArray[np.float32]
Mask = NDArray[np.bool_]
Boxes = NDArray[np.float32]

AROUND = 0.08
"""A box hides so much more than itself on each side, as a share of its own width and height."""

AROUND_PX = 3


@dataclass(frozen=True, slots=True, eq=False)
class Packed:
    """A mask that is kept for long, in a bit for each pixel."""

    bits: NDArray[np.uint8]  # (h, ⌈w/8⌉)
    width: int

    @staticmethod
    def of(mask: Mask) -> "Packed":
        """Return a mask (h, w), packed."""
        return Packed(np.packbits(mask, axis=1), mask.shape[1])

    @property
    def mask(self) -> Mask:
        """Return it unpacked, (h, w), a new one each time."""
        return np.unpackbits(self.bits, axis=1, count=self.width).view(np.bool_)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """What one look shows; h × w is the size analysed."""

    time_s: float
    grey: Grey  # (h, w)
    chroma: Grey  # (h/2, w/2, 2) Cr and Cb
    hidden: Mask  # (h, w) True where people, animals or vehicles are


def analysed_size(size: tuple[int, int], width_px: int) -> tuple[int, int]:
    """Return (width, height), both even, at which pictures of `size` are analysed: never more than they have."""
    width = min(width_px, size[0])
    height = max(2, round(size[1] * width / size[0]))
    return width - width % 2, height - height % 2


def take(image: NDArray[np.uint8], time_s: float, boxes: Boxes, small: tuple[int, int]) -> Sample:
    """Return the sample of a picture (H, W, 3) BGR with the boxes (N, 4), px of that picture, that hide the ground."""
    height, width = image.shape[:2]
    copy = _shrunk(image, small)
    half = cv2.resize(copy, (small[0] // 2, small[1] // 2), interpolation=cv2.INTER_AREA)
    chroma = cv2.cvtColor(half, cv2.COLOR_BGR2YCrCb)[:, :, 1:]
    grey = cv2.cvtColor(copy, cv2.COLOR_BGR2GRAY)
    return Sample(time_s, np.asarray(grey), np.ascontiguousarray(chroma), hidden_by(boxes, (width, height), small))


def _shrunk(image: NDArray[np.uint8], small: tuple[int, int]) -> NDArray[np.uint8]:
    """Return a picture at its small size. Whole factors first: these are averaged quickly, and leave no aliasing."""
    height, width = image.shape[:2]
    if (width, height) == small:
        return image
    factor = width // small[0]
    if factor > 1:
        image = image[: height - height % factor, : width - width % factor]
        whole = (image.shape[1] // factor, image.shape[0] // factor)
        image = np.asarray(cv2.resize(image, whole, interpolation=cv2.INTER_AREA))
    return np.asarray(cv2.resize(image, small, interpolation=cv2.INTER_LINEAR))


def hidden_by(boxes: Boxes, size: tuple[int, int], small: tuple[int, int]) -> Mask:
    """Return where boxes (N, 4), px of a picture of `size`, hide the ground in its small copy."""
    hidden = np.zeros((small[1], small[0]), np.bool_)
    scale = np.array([small[0] / size[0], small[1] / size[1]] * 2)
    for x1, y1, x2, y2 in (boxes * scale).tolist():
        dx, dy = AROUND * (x2 - x1) + AROUND_PX, AROUND * (y2 - y1) + AROUND_PX
        hidden[max(0, int(y1 - dy)) : max(0, int(y2 + dy) + 1), max(0, int(x1 - dx)) : max(0, int(x2 + dx) + 1)] = True
    return hidden


def polygon_mask(polygon: NDArray[np.floating], small: tuple[int, int]) -> Mask:
    """Return the inside of a polygon (N, 2), fractions, in the small copy."""
    mask = np.zeros((small[1], small[0]), np.uint8)
    cv2.fillPoly(mask, [np.round(polygon * np.array(small)).astype(np.int32)], 1)
    return mask.astype(np.bool_)
