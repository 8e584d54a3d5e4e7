"""What a detector returns, and the protocol that every detector follows."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""One picture, (H, W, 3) uint8 BGR, as OpenCV decodes it."""


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """The boxes found in one picture; the arrays share their length N.

    Raises:
        ValueError: if a column has another shape than stated.
    """

    xyxy: NDArray[np.float32]  # (N, 4) left, top, right, bottom, px of the original image
    score: NDArray[np.float32]  # (N,) 0..1
    class_id: NDArray[np.int32]  # (N,) index into the detector's labels

    def __post_init__(self) -> None:
        n = len(self.xyxy)
        if self.xyxy.shape != (n, 4):
            raise ValueError(f"xyxy: expected (N, 4), got {self.xyxy.shape}")
        for name, column in (("score", self.score), ("class_id", self.class_id)):
            if column.shape != (n,):
                raise ValueError(f"{name}: expected ({n},), got {column.shape}")

    def __len__(self) -> int:
        return len(self.xyxy)

    def where(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> "Detections":
        """Return the rows that a boolean mask (N,) or an index array (M,) selects."""
        return Detections(self.xyxy[keep], self.score[keep], self.class_id[keep])

    @staticmethod
    def empty() -> "Detections":
        """Return no detection at all."""
        return Detections(np.empty((0, 4), np.float32), np.empty((0,), np.float32), np.empty((0,), np.int32))


@dataclass(frozen=True, slots=True)
class DetectorStatus:
    """Where a detector runs now, and why not where it was asked to run."""

    model: str
    device: str  # "tensorrt", "cuda", "cpu"
    device_wanted: str  # the configured one: "auto" or a device
    fallback_reason: str | None = None  # None: it runs on the first choice
    variant: str = "whole"  # form of the model in use: models/variants.py
    variant_reason: str | None = None  # why that one; None: nothing was chosen


class Detector(Protocol):
    """Pixels in, detections out; one call a picture, of any size."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Class names; `Detections.class_id` indexes them."""

    @property
    def status(self) -> DetectorStatus:
        """The device in use; it may change between two calls."""

    def __call__(self, image: Image) -> Detections:
        """Return what is seen in `image`, (H, W, 3) uint8 BGR."""
