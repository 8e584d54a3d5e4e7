"""From a decoded frame to pictures: BGR of the whole, or a glance at its luma."""

from fractions import Fraction
from functools import cache

import av
import cv2
import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from pipeline.sources.luma import of_bgr, small

_TURNS = {90: cv2.ROTATE_90_COUNTERCLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_CLOCKWISE}


SQUARE = Fraction(1)
_NEARLY_SQUARE = (Fraction(20, 21), Fraction(21, 20))
"""A smaller squeeze is not worth the resampling: people differ more from each other."""
_BELIEVED = (Fraction(1, 4), Fraction(4))
"""Cameras and recorders squeeze a picture to a third at most; what lies beyond is a mistake of the file."""


def pixel_aspect(stated: Fraction | None) -> Fraction:
    """Return how wide a pixel is to be shown, its height being 1, from what a stream states."""
    if not stated or not _BELIEVED[0] <= stated <= _BELIEVED[1]:
        return SQUARE
    return SQUARE if _NEARLY_SQUARE[0] <= stated <= _NEARLY_SQUARE[1] else stated


class Converter:
    """Converts frames as OpenCV does, to the bit: the same library, the stream's own colour matrix and range.

    A picture whose pixels are not square (`aspect`, width : height) is stretched along its squeezed side, as players
    do: a detector has learned people and cars in their own proportions. Points are fractions, so nothing moves.
    It is kept for a whole stream, for its tables cost half a millisecond to make.
    """

    def __init__(self, aspect: Fraction = SQUARE) -> None:
        self._aspect = aspect
        self._reformatter = VideoReformatter()
        self._unweaver = VideoReformatter()

    def bgr(self, frame: av.VideoFrame) -> NDArray[np.uint8] | None:
        """Return a frame as (H, W, 3) uint8 BGR, turned as it says; None if it cannot be converted."""
        try:
            # Cards hand out chroma woven into one plane, which the library converts with other rounding.
            planar = self._unweaver.reformat(frame, format="yuv420p") if frame.format.name == "nv12" else frame
            width, height = stretched((frame.width, frame.height), self._aspect)
            converted = self._reformatter.reformat(
                planar,
                width=width,
                height=height,
                format="bgr24",
                interpolation=Interpolation.BICUBIC,
                threads=1,  # else as many as there are cores
            )
            image = np.asarray(converted.to_ndarray(), np.uint8)
            if frame.interlaced_frame:
                image = _one_moment(image)
        except (av.FFmpegError, ValueError):
            return None
        return np.ascontiguousarray(_turned(image, frame.rotation), np.uint8)

    def luma(self, frame: av.VideoFrame) -> NDArray[np.uint8] | None:
        """Return the small luma picture of a frame, from its own luma where it has some."""
        bits = _luma_bits(frame.format.name)
        if bits is None:
            image = self.bgr(frame)
            return None if image is None else of_bgr(image)
        plane = frame.planes[0]
        rows = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, abs(plane.line_size))
        if bits > 8:
            rows = rows.view("<u2")
        return _turned(small(rows[: frame.height, : frame.width], bits - 8), frame.rotation)


def shown_size(frame: av.VideoFrame, aspect: Fraction = SQUARE) -> tuple[int, int]:
    """Return (width, height) px of a frame, its pixels made square, turned as it says."""
    width, height = stretched((frame.width, frame.height), aspect)
    return (height, width) if frame.rotation % 180 else (width, height)


def stretched(size: tuple[int, int], aspect: Fraction) -> tuple[int, int]:
    """Return (width, height) px of a stored picture once its pixels are square: no side becomes smaller."""
    width, height = size
    return (round(width * aspect), height) if aspect > 1 else (width, round(height / aspect))


def _one_moment(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an interlaced picture as one of its two moments: whoever moves is a comb in both together, and no detector
    knows a comb. Every second row is lost, which costs less."""
    height, width = image.shape[:2]
    return np.asarray(cv2.resize(image[::2], (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def _turned(image: NDArray[np.uint8], rotation: int) -> NDArray[np.uint8]:
    turn = _TURNS.get(rotation % 360)
    return image if turn is None else np.asarray(cv2.rotate(image, turn), np.uint8)


@cache
def _luma_bits(pixel_format: str) -> int | None:
    """Return how many bits the luma has that fills the first plane; None where there is no such plane."""
    described = av.VideoFormat(pixel_format)
    if described.is_rgb or described.has_palette or described.is_big_endian or described.is_bit_stream:
        return None
    first = described.components[0]
    alone = first.plane == 0 and all(other.plane != 0 for other in described.components[1:])
    return first.bits if alone and 8 <= first.bits <= 16 and not pixel_format.startswith(_HIGH_ALIGNED) else None


_HIGH_ALIGNED = ("p0", "p2", "p4", "xyz")  # their bits are the upper ones of each word: rare, and converted instead
