"""One picture of a camera to draw on, and the metric grid of its calibration drawn over it.

Under `statistics` no single picture may be looked at: the still is the median of several, in which whoever moves is
gone, and it is blurred, so that whoever stands still cannot be known. Under `operations` it is one frame as it is.
"""

import math
import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipeline.errors import SourceError
from pipeline.frame import Frame
from pipeline.geometry import Pair
from pipeline.ground import Ground
from pipeline.schedule import Due, at_rate, every
from pipeline.sources import Source, SourceSpec, is_live, open_recording, open_source

Picture = NDArray[np.uint8]

MEDIAN_OF = 15
"""Pictures of a median: who is gone from 8 of them is gone from it."""

LIVE_S = 30.0
"""A camera that has not sent enough by then is given up, or its median taken of what has come."""

BLUR_OF_HEIGHT = 0.008
"""Standard deviation of the blur: a face that is a thirtieth of the picture high becomes a spot."""

_GRID, _AXIS, _GIVEN, _FOUND = (200, 200, 80), (60, 60, 255), (80, 220, 80), (0, 200, 255)


def one_frame(spec: SourceSpec, number: int) -> Picture:
    """Return the frame of that number (0-based; of a live camera, since the connection).

    Raises:
        SourceError: if there is none, or the camera does not answer.
    """
    found = _pictures(spec, lambda index, time_s, glance: index >= number, 1)
    return found[0]


def median(spec: SourceSpec, paths: Sequence[Path] = ()) -> Picture:
    """Return the blurred median of some pictures, taken all over a recording or once a second of a live camera.

    The recording is made of the files at `paths`, where given, instead of what `spec.source` names.

    Raises:
        SourceError: if there is no picture, or the camera does not answer.
    """
    if is_live(spec.source) and not paths:
        due: Due = at_rate(1.0)
    else:
        source = _opened(spec, lambda index, time_s, glance: False, paths)
        status = source.status
        source.close()
        due = every(max(1, math.floor((status.duration_s or 0.0) * (status.fps or 0.0) / MEDIAN_OF)))
    found = _pictures(spec, due, MEDIAN_OF, paths)
    same = [picture for picture in found if picture.shape == found[0].shape]
    still = np.median(np.stack(same), axis=0).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(still, (0, 0), max(1.0, BLUR_OF_HEIGHT * still.shape[0])), np.uint8)


def _opened(spec: SourceSpec, due: Due, paths: Sequence[Path]) -> Source:
    return open_recording(paths, spec, due) if paths else open_source(spec, due)


def _pictures(spec: SourceSpec, due: Due, wanted: int, paths: Sequence[Path] = ()) -> list[Picture]:
    source = _opened(replace(spec, pace="fast", loop=False), due, paths)
    limit = threading.Timer(LIVE_S, source.close)
    limit.daemon = True
    if is_live(spec.source) and not paths:
        limit.start()
    try:
        found = _first(source, wanted)
    finally:
        limit.cancel()
        source.close()
    if not found:
        raise SourceError(_why_none(source))
    return found


def _first(frames: Iterable[Frame], wanted: int) -> list[Picture]:
    found: list[Picture] = []
    for frame in frames:
        if frame.image is not None:
            found.append(frame.image.copy())
            if len(found) == wanted:
                break
    return found


def _why_none(source: Source) -> str:
    status = source.status
    return status.error or f"the source has no such picture; expected a frame number below {status.frames}"


def draw_grid(picture: Picture, ground: Ground) -> float:
    """Draw the metric grid of the calibrated area onto a picture (H, W, 3) BGR, in place; return its step, metres.

    Crosses: green where a point was given, orange where the fit has its place; red lines go through the ground's 0.
    """
    places = np.array(ground.fit.ground)
    low, high = places.min(axis=0), places.max(axis=0)
    step = _round_step(float((high - low).max()) / 10)
    low, high = (np.floor(low / step) - 2) * step, (np.ceil(high / step) + 2) * step
    for axis in (0, 1):
        for at in np.arange(low[axis], high[axis] + step / 2, step):
            along = np.linspace(low[1 - axis], high[1 - axis], 200)
            ways = [(at, other) if axis == 0 else (other, at) for other in along.tolist()]
            _draw_way(picture, ground, ways, _AXIS if abs(at) < step / 2 else _GRID)
    fit = ground.fit
    for point in fit.image:
        _draw_cross(picture, point, _GIVEN)
    for (x, y), residual in zip(fit.image, fit.residuals, strict=False):  # a distance has two ends, and no such miss
        if residual.image is not None:
            _draw_cross(picture, (x + residual.image[0], y + residual.image[1]), _FOUND)
    return step


def write_png(path: Path, picture: Picture) -> None:
    """Write a picture.

    Raises:
        OSError: if the file cannot be written.
    """
    ok, data = cv2.imencode(".png", picture)
    if not ok:
        raise OSError(0, "cannot be written as PNG", str(path))
    path.write_bytes(data.tobytes())


def _round_step(length: float) -> float:
    """Return 1, 2 or 5 times a power of ten, not below a length."""
    power = 10.0 ** math.floor(math.log10(length))
    return next(n * power for n in (1, 2, 5, 10) if n * power >= length * (1 - 1e-9))


def _draw_way(picture: Picture, ground: Ground, ways: list[Pair], colour: tuple[int, int, int]) -> None:
    size = picture.shape[1], picture.shape[0]
    points = [_px(seen, size) if _is_near(seen := ground.point(place)) else None for place in ways]
    for a, b in pairwise(points):
        if a is not None and b is not None:
            cv2.line(picture, a, b, colour, 1, cv2.LINE_AA)


def _is_near(point: Pair | None) -> bool:
    return point is not None and all(-2 <= value <= 3 for value in point)


def _draw_cross(picture: Picture, point: Pair, colour: tuple[int, int, int]) -> None:
    at = _px(point, (picture.shape[1], picture.shape[0]))
    cv2.drawMarker(picture, at, colour, cv2.MARKER_CROSS, max(8, picture.shape[0] // 40), 2, cv2.LINE_AA)


def _px(point: Pair | None, size: tuple[int, int]) -> tuple[int, int]:
    x, y = point or (0.0, 0.0)
    return round(x * size[0]), round(y * size[1])
