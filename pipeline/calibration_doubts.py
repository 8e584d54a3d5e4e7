"""What is doubtful about a camera's calibration: measurements that do not fit, and places far from all of them."""

import math
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pipeline.calibration import Fit, fit_of
from pipeline.config import CameraConfig
from pipeline.geometry import Pair

Place = tuple[str | int, ...]

_PIECES = 20


def doubts(camera: CameraConfig) -> Iterator[tuple[Place, str]]:
    """Yield the field within the camera, and what is doubtful about it."""
    if camera.calibration is None:
        return
    fit = fit_of(camera.calibration)
    yield from _misfits(fit, "points" if camera.calibration.points else "distances")
    if fit.is_mirrored:
        text = "the ground is a mirror image of what the camera sees: lengths are right, left and right are not"
        yield ("calibration", "points"), text
    for n, line in enumerate(camera.lines):
        reach_m = min(fit.reach_m(point) for point in _along(line.path))  # objects cross where it is on the ground
        yield from _far(("lines", n), f"line {line.id!r} lies", reach_m, fit)
    for n, zone in enumerate(camera.zones):
        reach_m = max(fit.reach_m(point) for point in zone.points)
        yield from _far(("zones", n), f"zone {zone.id!r} reaches", reach_m, fit)


def _far(place: Place, what: str, reach_m: float, fit: Fit) -> Iterator[tuple[Place, str]]:
    if reach_m == math.inf:
        yield place, f"{what} beyond the horizon of the calibration: there are no metres there"
    elif reach_m > fit.size_m:
        area = f"the calibrated area, which is {fit.size_m:.0f} m long"
        yield place, f"{what} {reach_m:.0f} m out of {area}: metres are guesses there"


def _along(path: Sequence[Pair]) -> Iterator[Pair]:
    """Yield points along a line through several points."""
    for (ax, ay), (bx, by) in pairwise(path):
        for n in range(_PIECES + 1):
            yield ax + (bx - ax) * n / _PIECES, ay + (by - ay) * n / _PIECES


def _misfits(fit: Fit, field: str) -> Iterator[tuple[Place, str]]:
    for n, residual in enumerate(fit.residuals):
        if residual.is_large:
            text = f"is {abs(residual.metres):.2f} m off the fit; expected it measured again, or the ground is not flat"
            yield ("calibration", field, n), text
