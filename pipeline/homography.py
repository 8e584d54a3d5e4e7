"""From the picture to the ground: the plane homography of a camera, fitted to what was measured on site.

Plain numbers, no dependency: the configuration refuses what cannot be solved as it is read. The picture's points are
fractions of its width and height, so a fit survives a change of resolution; the ground's are metres.

Source: R. Hartley, A. Zisserman, Multiple View Geometry in Computer Vision, 2nd ed. 2004: normalised direct linear
transform (4.4) as a start, then least squares of the distances in the picture (4.2), where the measuring errors are.
"""

import math
from collections.abc import Sequence

from pipeline.geometry import Pair
from pipeline.linear import Singular, least_squares

Matrix = tuple[float, ...]
"""Nine numbers, row by row."""

THIN_PICTURE, THIN_GROUND = 0.02, 0.003
"""Points spread less than this across, for what they spread along, are on one line: a click is not more exact."""

_TINY = 1e-9
_ROUNDS = 15


IN_PICTURE = "lie on one line in the picture, all or all but one"
ON_GROUND = "lie on one line on the ground, all or all but one"


class Unsolvable(ValueError):
    """The measurements do not say where the ground is; the text tells why."""


def apply(matrix: Matrix, point: Pair) -> Pair | None:
    """Return where a point goes; None beyond the horizon, where there is no ground."""
    x, y = point
    w = matrix[6] * x + matrix[7] * y + matrix[8]
    if w <= _TINY:
        return None
    return (matrix[0] * x + matrix[1] * y + matrix[2]) / w, (matrix[3] * x + matrix[4] * y + matrix[5]) / w


def inverse(matrix: Matrix) -> Matrix:
    """Return the matrix of the way back; what is before the horizon stays before it."""
    a, b, c, d, e, f, g, h, i = matrix
    found = (e * i - f * h, c * h - b * i, b * f - c * e, f * g - d * i, a * i - c * g, c * d - a * f,
             d * h - e * g, b * g - a * h, a * e - b * d)  # fmt: skip
    determinant = a * found[0] + b * found[3] + c * found[6]
    return tuple(value / determinant for value in found)


def fit_points(image: Sequence[Pair], ground: Sequence[Pair]) -> Matrix:
    """Return the homography that takes four or more points of the picture to points of the ground.

    Raises:
        Unsolvable: if the points are on one line, or no flat ground before one camera could look like this.
    """
    for points, least, what in ((image, THIN_PICTURE, IN_PICTURE), (ground, THIN_GROUND, ON_GROUND)):
        _refuse_on_one_line(points, least, what)
    to_image, image_unit = _normalised(image)
    to_ground, ground_unit = _normalised(ground)
    try:
        matrix = _refined(_linear(image_unit, ground_unit), image_unit, ground_unit)
    except Singular:
        raise Unsolvable("do not fix where the ground is; expected four points, no three of them on one line") from None
    whole = _product(inverse(to_ground), _product(matrix, to_image))
    depths = [whole[6] * x + whole[7] * y + whole[8] for x, y in image]
    if min(depths) < 0 < max(depths) or min(map(abs, depths)) < 0.001 * max(map(abs, depths)):
        raise Unsolvable(
            "lie on both sides of the horizon that they give; expected each picture point beside its own ground point"
        )
    return scaled(whole, image)


def scaled(matrix: Matrix, image: Sequence[Pair]) -> Matrix:
    """Return the same homography with a mean depth (the divisor) of 1 at these points: 0 is the horizon."""
    depth = sum(matrix[6] * x + matrix[7] * y + matrix[8] for x, y in image) / len(image)
    return tuple(value / depth for value in matrix)


def is_mirrored(matrix: Matrix) -> bool:
    """Return whether the ground is laid out as in a mirror: seen from above, x to y turns clockwise."""
    a, b, c, d, e, f, g, h, i = matrix
    return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g) > 0  # y of the picture points down


def _refuse_on_one_line(points: Sequence[Pair], least: float, what: str) -> None:
    for left_out in range(len(points)):
        rest = [point for n, point in enumerate(points) if n != left_out]
        if _thinness(rest) < least:
            raise Unsolvable(f"{what}; expected four points, no three of them on one line")


def _thinness(points: Sequence[Pair]) -> float:
    """Return how far points spread across for what they spread along, 0..1."""
    n = len(points)
    mx, my = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    xx, yy = sum((x - mx) ** 2 for x, _ in points), sum((y - my) ** 2 for _, y in points)
    xy = sum((x - mx) * (y - my) for x, y in points)
    half, root = (xx + yy) / 2, math.hypot((xx - yy) / 2, xy)
    return math.sqrt(max(0.0, half - root) / (half + root)) if half > 0 else 0.0


def _normalised(points: Sequence[Pair]) -> tuple[Matrix, list[Pair]]:
    """Return the matrix that centres points and makes their mean distance √2, and the points so changed."""
    n = len(points)
    mx, my = sum(x for x, _ in points) / n, sum(y for _, y in points) / n
    scale = math.sqrt(2) * n / sum(math.hypot(x - mx, y - my) for x, y in points)
    matrix = (scale, 0.0, -scale * mx, 0.0, scale, -scale * my, 0.0, 0.0, 1.0)
    return matrix, [((x - mx) * scale, (y - my) * scale) for x, y in points]


def _linear(image: Sequence[Pair], ground: Sequence[Pair]) -> Matrix:
    """Return the direct linear solution; its last number is 1: the centre of the points is before the horizon."""
    rows, wanted = [], []
    for (x, y), (gx, gy) in zip(image, ground, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -gx * x, -gx * y], [0, 0, 0, x, y, 1, -gy * x, -gy * y]]
        wanted += [gx, gy]
    return (*least_squares(rows, wanted), 1.0)


def _refined(matrix: Matrix, image: Sequence[Pair], ground: Sequence[Pair]) -> Matrix:
    """Return the matrix whose way back misses the picture points least (Gauss–Newton, steps halved as needed)."""
    if len(image) == 4:
        return matrix  # exact already
    back = inverse(matrix)
    if abs(back[8]) < _TINY:
        return matrix
    now = [value / back[8] for value in back[:8]]
    error = _misses(now, image, ground)
    for _ in range(_ROUNDS if _squares(error) < math.inf else 0):
        step = least_squares(_slopes(now, ground), error)
        for _ in range(8):
            tried = [value - change for value, change in zip(now, step, strict=True)]
            missed = _misses(tried, image, ground)
            if _squares(missed) <= _squares(error):
                break
            step = [change / 2 for change in step]
        else:
            break
        now, error = tried, missed
    return inverse((*now, 1.0))


def _misses(back: Sequence[float], image: Sequence[Pair], ground: Sequence[Pair]) -> list[float]:
    misses = []
    for (x, y), (gx, gy) in zip(image, ground, strict=True):
        w = back[6] * gx + back[7] * gy + 1.0
        if abs(w) < _TINY:
            return [math.inf]
        misses += [(back[0] * gx + back[1] * gy + back[2]) / w - x, (back[3] * gx + back[4] * gy + back[5]) / w - y]
    return misses


def _slopes(back: Sequence[float], ground: Sequence[Pair]) -> list[list[float]]:
    """Return how each miss changes with each of the eight numbers."""
    rows = []
    for gx, gy in ground:
        w = back[6] * gx + back[7] * gy + 1.0
        x = (back[0] * gx + back[1] * gy + back[2]) / w
        y = (back[3] * gx + back[4] * gy + back[5]) / w
        rows.append([gx / w, gy / w, 1 / w, 0, 0, 0, -x * gx / w, -x * gy / w])
        rows.append([0, 0, 0, gx / w, gy / w, 1 / w, -y * gx / w, -y * gy / w])
    return rows


def _squares(values: Sequence[float]) -> float:
    return sum(value * value for value in values)


def _product(a: Matrix, b: Matrix) -> Matrix:
    return tuple(sum(a[3 * r + k] * b[3 * k + c] for k in range(3)) for r in range(3) for c in range(3))
