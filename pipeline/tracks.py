"""What the tracker returns: who is where, in one frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """The objects seen in one processed frame; the arrays share their length N.

    An object that is hidden for a while has no row, and the same id when it is seen again. Once an id is in
    `ended` it never returns, so whatever is kept for it can go.
    """

    frame_index: int
    time_s: float
    size: tuple[int, int]  # (width, height) of the image, px
    track_id: NDArray[np.int64]  # (N,) never reused within a run
    xyxy: NDArray[np.float32]  # (N, 4) px of the original image
    class_id: NDArray[np.int32]  # (N,) majority of the track so far
    confirmed: NDArray[np.bool_]  # (N,) False: too young to be counted; its past counts once it is confirmed
    ended: frozenset[int]

    @property
    def foot(self) -> NDArray[np.float32]:
        """Return where each object touches the ground, (N, 2) px: the middle of the box's lower edge."""
        x = (self.xyxy[:, 0] + self.xyxy[:, 2]) / 2
        return np.stack([x, self.xyxy[:, 3]], axis=1).astype(np.float32)

    @property
    def centre(self) -> NDArray[np.float32]:
        """Return the middles of the boxes, (N, 2) px."""
        return np.asarray((self.xyxy[:, :2] + self.xyxy[:, 2:]) / 2, np.float32)
