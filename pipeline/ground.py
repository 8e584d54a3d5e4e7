"""Where things are on the ground, in metres: a camera's solved calibration, for many points at once."""

import numpy as np
from numpy.typing import NDArray

from pipeline.calibration import HORIZON, CalibrationConfig, Fit, fit_of
from pipeline.geometry import Pair
from pipeline.homography import apply, inverse


class Ground:
    """The ground as a camera sees it."""

    def __init__(self, calibration: CalibrationConfig) -> None:
        self.fit: Fit = fit_of(calibration)
        self._matrix = np.array(self.fit.matrix).reshape(3, 3)

    def metres(self, points: NDArray[np.floating], size: tuple[int, int]) -> NDArray[np.float64]:
        """Return the places (N, 2) in metres of points (N, 2) px in a picture of that size; NaN near the horizon."""
        fractions = points.astype(np.float64) / np.array(size)
        found = np.column_stack([fractions, np.ones(len(fractions))]) @ self._matrix.T
        depth = np.where(found[:, 2:] > HORIZON, found[:, 2:], np.nan)
        return np.asarray(found[:, :2] / depth)

    def point(self, place: Pair) -> Pair | None:
        """Return where a place (metres) is seen, in fractions of the picture; None if it is behind the camera."""
        return apply(inverse(self.fit.matrix), place)

    def px_per_metre(self, point: Pair, size: tuple[int, int]) -> tuple[float, float] | None:
        """Return how many px of the picture a metre of ground takes at a point (fractions): least and most.

        The least is the way along the view, the most the way across. None beyond the horizon.
        """
        place = self.fit.place(point)
        if place is None:
            return None
        step = 1e-4 * self.fit.size_m
        ends = [self.point((place[0] + step, place[1])), self.point((place[0], place[1] + step))]
        at = np.array(point)
        slopes = [(np.array(end) - at) * np.array(size) / step for end in ends if end is not None]
        if len(slopes) < 2:
            return None
        least, most = sorted(np.linalg.svd(np.array(slopes), compute_uv=False).tolist())
        return least, most
