"""Resize and pad a picture to a network's input, and bring boxes back.

The placement is the one the YOLO family is trained with: one scale for both axes, the picture in the middle, grey
around it. Inputs are rectangles as close to the camera's aspect as multiples of 32 allow, which saves 25 to 40 % of
the inference time against a square.
"""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detections import Image

STRIDE = 32
"""Inputs are multiples of it, px: the coarsest grid of the networks."""
GREY = 114
"""Value of the padding, as in training."""

CANVASES_MAX = 4
"""Camera sizes for which a thread keeps buffers (some 6 MB each)."""

Size = tuple[int, int]
"""(width, height), px."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a picture lies in a network's input; all in px."""

    source: Size
    input: Size
    left: int
    top: int
    width: int  # of the picture within the input
    height: int

    def to_source(self, xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return boxes (N, 4), px of the input, as px of the source, cut at its borders."""
        source_width, source_height = self.source
        scale = np.array([source_width / self.width, source_height / self.height] * 2, np.float32)
        limit = np.array([source_width, source_height] * 2, np.float32)
        shift = np.array([self.left, self.top] * 2, np.float32)
        return np.asarray(np.clip((xyxy - shift) * scale, 0, limit), np.float32)

    def to_input(self, xyxy: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return boxes (N, 4), px of the source, as px of the input."""
        source_width, source_height = self.source
        scale = np.array([self.width / source_width, self.height / source_height] * 2, np.float32)
        return np.asarray(xyxy * scale + np.array([self.left, self.top] * 2, np.float32), np.float32)


def input_size(source: Size, longest_px: int) -> Size:
    """Return the smallest input whose longer side is `longest_px` and that holds a picture of this aspect.

    >>> input_size((768, 576), 640), input_size((1280, 720), 640)
    ((640, 480), (640, 384))
    """
    width, height = _fit(source, (longest_px, longest_px))
    return _round_up(width), _round_up(height)


@lru_cache(maxsize=64)
def place(source: Size, target: Size) -> Placement:
    """Return where a picture of size `source` lies in an input of size `target`."""
    width, height = _fit(source, target)
    left, top = (target[0] - width) // 2, (target[1] - height) // 2
    return Placement(source, target, left, top, width, height)


def checked_size(image: Image) -> Size:
    """Return the size of a colour or grey picture.

    Raises:
        ValueError: if it is no (H, W, 3), (H, W, 1) or (H, W) array of uint8 with H, W > 0.
    """
    shape = image.shape
    if image.dtype != np.uint8 or len(shape) not in (2, 3) or (len(shape) == 3 and shape[2] not in (1, 3)):
        raise ValueError(f"picture: expected (H, W, 3) or (H, W) uint8, got {shape} {image.dtype}")
    if 0 in shape:
        raise ValueError(f"picture: expected at least one pixel, got {shape}")
    return shape[1], shape[0]


class Canvas:
    """Buffers for one placement, filled again and again: nothing is allocated per picture. Not for two threads."""

    def __init__(self, placement: Placement) -> None:
        width, height = placement.input
        self._placement = placement
        self._pixels = np.full((height, width, 3), GREY, np.uint8)
        self._window = self._pixels[
            placement.top : placement.top + placement.height, placement.left : placement.left + placement.width
        ]
        self._grey = np.empty((placement.height, placement.width), np.uint8)
        self._planes = np.empty((1, 3, height, width), np.uint8)
        self._blob: NDArray[np.float32] | None = None  # only where a network wants floats

    def letterbox(self, image: Image) -> Image:
        """Return the input's pixels, (H, W, 3) uint8 BGR; valid until the next call.

        Raises:
            ValueError: if the picture has another size than the placement.
        """
        if checked_size(image) != self._placement.source:
            raise ValueError(f"picture: expected {self._placement.source} px, got {checked_size(image)}")
        size = (self._placement.width, self._placement.height)
        if image.ndim == 3 and image.shape[2] == 3:
            cv2.resize(image, size, dst=self._window, interpolation=cv2.INTER_LINEAR)
        else:  # resized first: converting a large grey picture would cost more than the resize
            cv2.resize(image, size, dst=self._grey, interpolation=cv2.INTER_LINEAR)
            cv2.cvtColor(self._grey, cv2.COLOR_GRAY2BGR, dst=self._window)
        return self._pixels

    def bytes_blob(self) -> NDArray[np.uint8]:
        """Return the pixels of the last `letterbox` as planes (1, 3, H, W) uint8 BGR; valid until the next call."""
        cv2.split(self._pixels, [*self._planes[0]])
        return self._planes

    def float_blob(self, *, rgb: bool, scale: float) -> NDArray[np.float32]:
        """Return the pixels of the last `letterbox` as floats (1, 3, H, W) times `scale`; valid until next time."""
        if self._blob is None:
            self._blob = np.empty(self._planes.shape, np.float32)
        # Split, widen, scale: 0.15 ms at 640x480, against 0.30 ms for blobFromImageWithParams into a buffer of its
        # own and 3.2 ms for blobFromImage (docs/decisions/0003-preprocessing.md).
        planes = self._planes[0]
        cv2.split(self._pixels, [*planes[::-1]] if rgb else [*planes])
        np.copyto(self._blob, self._planes)
        if scale != 1.0:
            np.multiply(self._blob, np.float32(scale), out=self._blob)
        return self._blob

    def blob(self, image: Image, *, rgb: bool, scale: float) -> NDArray[np.float32]:
        """Return the input tensor of a picture (1, 3, H, W), values times `scale`; valid until the next call."""
        self.letterbox(image)
        return self.float_blob(rgb=rgb, scale=scale)


class Canvases(threading.local):
    """Each thread's own canvases, one a camera size; the one used longest ago goes first."""

    def __init__(self) -> None:
        self._canvases: OrderedDict[Placement, Canvas] = OrderedDict()

    def of(self, placement: Placement) -> Canvas:
        """Return this thread's canvas for a placement."""
        if placement not in self._canvases:
            self._canvases[placement] = Canvas(placement)
            if len(self._canvases) > CANVASES_MAX:
                self._canvases.popitem(last=False)
        self._canvases.move_to_end(placement)
        return self._canvases[placement]


def _fit(source: Size, target: Size) -> Size:
    ratio = min(target[0] / source[0], target[1] / source[1])
    return max(1, round(source[0] * ratio)), max(1, round(source[1] * ratio))


def _round_up(length_px: int) -> int:
    return -(-length_px // STRIDE) * STRIDE
