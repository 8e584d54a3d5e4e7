"""One picture of one camera, and the moment it shows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """A decoded frame. Sources number every frame that the camera sent, so a gap is a dropped frame."""

    index: int  # 0-based
    time_s: float  # media time for files (0 at the first frame), seconds since the Unix epoch for live cameras
    image: NDArray[np.uint8] | None  # (H, W, 3) BGR; None where the detector was not due: decoded, not converted
    size: tuple[int, int]  # (width, height) px, after rotation
    still: bool = False  # no image, because it shows what the last look saw: that look's detections hold
    luma: NDArray[np.uint8] | None = None  # (h, w) small, of a frame with an image at which its pacer glanced
