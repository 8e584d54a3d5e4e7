"""A folder of pictures as a recording."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.errors import SourceError
from pipeline.sources.capture import as_bgr
from pipeline.sources.luma import of_bgr

DEFAULT_PICTURES_FPS = 1.0

_END_MARKS = {b"\xff\xd8": b"\xff\xd9", b"\x89P": b"IEND"}  # first bytes of a JPEG or PNG → what its end holds


class PicturesReel:
    """Pictures in the natural order of their names, at a steady rate. A broken one is a gap.

    Raises:
        SourceError: if none can be read.
    """

    passed_over = False
    decoder: tuple[str, str | None] = ("opencv, pictures", None)

    def __init__(self, paths: Sequence[Path], fps: float | None = None) -> None:
        self._paths = paths
        self._fps = fps or DEFAULT_PICTURES_FPS
        self._position = -1
        self._broken: list[Path] = []
        self._glanced: NDArray[np.uint8] | None = None
        first = next((image for image in map(read_picture, paths) if image is not None), None)
        if first is None:
            raise SourceError(f"{paths[0].parent}: none of {len(paths)} pictures can be read")
        self._size = (first.shape[1], first.shape[0])

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) px of the picture read last, turned as its metadata says."""
        return self._size

    @property
    def fps(self) -> float:
        """Pictures a second."""
        return self._fps

    @property
    def duration_s(self) -> float | None:
        """Number of pictures / fps."""
        return len(self._paths) / self._fps

    def advance(self) -> float | None:
        """Move to the next picture; it is opened only when it is asked for."""
        self._position += 1
        self._glanced = None
        return self._position / self._fps if self._position < len(self._paths) else None

    def picture(self) -> NDArray[np.uint8] | None:
        """Return the present picture."""
        image, self._glanced = self._read() if self._glanced is None else self._glanced, None
        if image is None:
            self._broken.append(self._paths[self._position])
        else:
            self._size = (image.shape[1], image.shape[0])
        return image

    def glance(self) -> NDArray[np.uint8] | None:
        """Return a small luma picture of the present one, which is read once for `picture` too."""
        self._glanced = self._read() if self._glanced is None else self._glanced
        return None if self._glanced is None else of_bgr(self._glanced)

    def fault(self) -> str | None:
        """Return which pictures could not be read."""
        if not self._broken:
            return None
        return f"{self._broken[0]}: cannot be read ({len(self._broken)} of {len(self._paths)} pictures)"

    def close(self) -> None:
        """Do nothing: nothing is held open."""

    def _read(self) -> NDArray[np.uint8] | None:
        return read_picture(self._paths[self._position])


def read_picture(path: Path) -> NDArray[np.uint8] | None:
    """Return a picture file as (H, W, 3) uint8 BGR, or None if it is broken."""
    try:
        data = path.read_bytes()
        # A cut-off JPEG would be decoded, grey from the cut on, and its library complain on standard error.
        if (mark := _END_MARKS.get(data[:2])) and mark not in data[-4096:]:
            return None
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    except (OSError, cv2.error):
        return None
    return None if image is None else as_bgr(image)
