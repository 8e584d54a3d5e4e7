"""From a few distances known on site to the ground plane, where no point's place on a map is known.

Model: a camera without distortion, its pixels square, its optical axis through the middle of the picture, its horizon
level, the ground flat. Then three numbers are open: the angle of view, the tilt, and the height, which is the scale.
They are searched for so that the logarithms of (length found / length known) have the least squares.

The ground's frame: metres, (0, 0) below the camera, x to its right, y away from it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.geometry import Pair
from pipeline.homography import Matrix, Unsolvable, apply, scaled

VIEWS_DEG = tuple(8.0 * 1.13**n for n in range(23))
"""Vertical angles of view tried first: 8° (a long lens) to 118° (a wide one)."""

TILTS_DEG = tuple(2.0 + 4.0 * n for n in range(23))
"""Tilts below the horizontal tried first: 2° to 90°, straight down."""

AGREES = 0.02
"""Views that miss the distances by no more than this beyond the best one agree with them too: tapes err so much."""

MAY_DIFFER = 0.25
"""How far views that agree may differ about other lengths nearby, before the distances are called too few."""


@dataclass(frozen=True, slots=True)
class Known:
    """A distance on the ground between two points of the picture (fractions)."""

    start: Pair
    end: Pair
    metres: float


@dataclass(frozen=True, slots=True)
class _View:
    """One way the camera could look."""

    miss: float  # root mean square of the logarithms
    matrix: Matrix  # with the best height
    view_deg: float
    tilt_deg: float


def fit_distances(known: Sequence[Known], aspect: float) -> Matrix:
    """Return the homography from fractions of the picture to metres; `aspect` is its width / height.

    Raises:
        Unsolvable: if no camera sees these distances so, or many different ones do.
    """
    tried = [_view(known, aspect, view, tilt) for view in VIEWS_DEG for tilt in TILTS_DEG]
    views = [view for view in tried if view is not None]
    if not views:
        raise Unsolvable("no camera sees all of them on the ground; expected distances below the horizon")
    best = _searched(min(views, key=lambda view: view.miss), known, aspect)
    also = [view for view in views if view.miss <= best.miss + AGREES]
    probes = _probes(known, aspect)
    for start, end in probes:
        lengths = [length for view in (best, *also) if (length := _length(view.matrix, start, end)) is not None]
        if max(lengths) > (1 + MAY_DIFFER) * min(lengths):
            raise Unsolvable(
                f"leave other lengths between {min(lengths):.1f} and {max(lengths):.1f} m; expected more distances, "
                "some across the picture and some along, near and far"
            )
    return scaled(best.matrix, [end for one in known for end in (one.start, one.end)])


def _view(known: Sequence[Known], aspect: float, view_deg: float, tilt_deg: float) -> _View | None:
    """Return a view with its best height, None if it shows a point above the horizon."""
    if not (2.0 <= view_deg <= 150.0 and 0.5 <= tilt_deg <= 90.0):
        return None
    matrix = _matrix(aspect, 1.0, view_deg, tilt_deg)
    logs = []
    for one in known:
        length = _length(matrix, one.start, one.end)
        if length is None:
            return None
        logs.append(math.log(one.metres / length))
    mean = sum(logs) / len(logs)
    miss = math.sqrt(sum((log - mean) ** 2 for log in logs) / len(logs))
    return _View(miss, _matrix(aspect, math.exp(mean), view_deg, tilt_deg), view_deg, tilt_deg)


def _matrix(aspect: float, height_m: float, view_deg: float, tilt_deg: float) -> Matrix:
    """Return the homography of a camera at a height: a ray through each point, met with the ground."""
    focal = 0.5 / math.tan(math.radians(view_deg) / 2)  # picture heights
    sine, cosine = math.sin(math.radians(tilt_deg)), math.cos(math.radians(tilt_deg))
    ax = height_m * aspect / focal
    return (
        ax, 0.0, -ax / 2,
        0.0, -height_m * sine / focal, height_m * (cosine + sine / focal / 2),
        0.0, cosine / focal, sine - cosine / focal / 2,
    )  # fmt: skip


def _length(matrix: Matrix, start: Pair, end: Pair) -> float | None:
    a, b = apply(matrix, start), apply(matrix, end)
    if a is None or b is None:
        return None
    return math.dist(a, b) or None


def _searched(view: _View, known: Sequence[Known], aspect: float) -> _View:
    """Return the best view nearby: steps to all sides, halved when none is better."""
    wider, lower = 1.06, 2.0
    for _ in range(60):
        sides = (
            (view.view_deg * wider, view.tilt_deg), (view.view_deg / wider, view.tilt_deg),
            (view.view_deg, view.tilt_deg + lower), (view.view_deg, view.tilt_deg - lower),
            (view.view_deg * wider, view.tilt_deg - lower), (view.view_deg / wider, view.tilt_deg + lower),
            (view.view_deg * wider, view.tilt_deg + lower), (view.view_deg / wider, view.tilt_deg - lower),
        )  # fmt: skip
        around = [found for side in sides if (found := _view(known, aspect, *side)) is not None]
        best = min(around, key=lambda found: found.miss, default=view)
        if best.miss < view.miss:
            view = best
        else:
            wider, lower = math.sqrt(wider), lower / 2
    return view


def _probes(known: Sequence[Known], aspect: float) -> list[tuple[Pair, Pair]]:
    """Return short ways across and along the picture at the corners of what was measured."""
    ends = [end for one in known for end in (one.start, one.end)]
    xs, ys = [x for x, _ in ends], [y for _, y in ends]
    step = 0.05
    corners = [(x, y) for x in (min(xs), max(xs)) for y in (min(ys) + step, max(ys))]
    across = [((x - step / 2 / aspect, y), (x + step / 2 / aspect, y)) for x, y in corners]
    along = [((x, y - step), (x, y)) for x, y in corners]
    return across + along
