"""Plane geometry on plain numbers: no dependency, so the contract modules may use it."""

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

Pair = tuple[float, float]


def cross(o: Pair, a: Pair, b: Pair) -> float:
    """Return (a - o) × (b - o): positive where b lies clockwise of a on the screen (y down), 0 on one line."""
    return (a[0] - o[0]) * (b[1] - o[1]) - (a[1] - o[1]) * (b[0] - o[0])


def segments_touch(a: Pair, b: Pair, c: Pair, d: Pair) -> bool:
    """Return whether the segments ab and cd share a point, ends included."""
    d1, d2, d3, d4 = cross(c, d, a), cross(c, d, b), cross(a, b, c), cross(a, b, d)
    if ((d1 > 0) != (d2 > 0)) and ((d3 > 0) != (d4 > 0)) and 0.0 not in (d1, d2, d3, d4):
        return True
    return any(
        turn == 0 and _between(p, q, r)
        for turn, p, q, r in ((d1, c, d, a), (d2, c, d, b), (d3, a, b, c), (d4, a, b, d))
    )


def is_simple(points: Sequence[Pair]) -> bool:
    """Return whether a closed polygon neither crosses nor touches itself, and has an area."""
    n = len(points)
    if n < 3 or len(set(points)) < n or area(points) == 0:
        return False
    edges = [(points[i], points[(i + 1) % n]) for i in range(n)]
    for i in range(n):
        for j in range(i + 2, n):
            if (j + 1) % n != i and segments_touch(*edges[i], *edges[j]):
                return False
    return True


def is_simple_path(points: Sequence[Pair]) -> bool:
    """Return whether an open line through these points has length everywhere and neither crosses nor touches itself."""
    pieces = list(pairwise(points))
    if not pieces or any(a == b for a, b in pieces):
        return False
    for i, (a, b) in enumerate(pieces):
        following = pieces[i + 1][1] if i + 1 < len(pieces) else None
        if following is not None and cross(a, b, following) == 0 and not _between(a, following, b):
            return False  # it runs back over itself
    return not any(
        segments_touch(*pieces[i], *pieces[j]) for i in range(len(pieces)) for j in range(i + 2, len(pieces))
    )


def area(points: Sequence[Pair]) -> float:
    """Return the area of a polygon (shoelace formula), in squared units of its points."""
    n = len(points)
    return abs(sum(points[i][0] * points[(i + 1) % n][1] - points[(i + 1) % n][0] * points[i][1] for i in range(n))) / 2


def _between(p: Pair, q: Pair, r: Pair) -> bool:
    return min(p[0], q[0]) <= r[0] <= max(p[0], q[0]) and min(p[1], q[1]) <= r[1] <= max(p[1], q[1])


def clipped(points: Sequence[Pair], box: tuple[float, float, float, float]) -> list[Pair]:
    """Return the corners of the part of a polygon that lies in a box x1, y1, x2, y2 (Sutherland and Hodgman 1974)."""
    found = list(points)
    for axis, bound, keep_above in ((0, box[0], True), (1, box[1], True), (0, box[2], False), (1, box[3], False)):
        corners, found = found, []
        for a, b in zip(corners, [*corners[1:], *corners[:1]], strict=True):
            a_in, b_in = (one[axis] == bound or (one[axis] > bound) == keep_above for one in (a, b))
            if a_in:
                found.append(a)
            if a_in != b_in:
                share = (bound - a[axis]) / (b[axis] - a[axis])
                found.append((a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])))
    return found


def distance_to_hull(point: Pair, points: Iterable[Pair]) -> float:
    """Return how far a point is from the convex hull of others; 0 inside."""
    hull = _hull(sorted(set(points)))
    edges = list(zip(hull, [*hull[1:], hull[0]], strict=True))
    if len(hull) > 2 and all(cross(a, b, point) >= 0 for a, b in edges):
        return 0.0
    return min(_distance_to_segment(point, a, b) for a, b in edges)


def _hull(points: list[Pair]) -> list[Pair]:
    """Return the corners of the convex hull of sorted points, in order (Andrew 1979)."""

    def chain(points: Iterable[Pair]) -> list[Pair]:
        found: list[Pair] = []
        for point in points:
            while len(found) > 1 and cross(found[-2], found[-1], point) <= 0:
                found.pop()
            found.append(point)
        return found[:-1]

    return chain(points) + chain(reversed(points)) if len(points) > 2 else points


def _distance_to_segment(p: Pair, a: Pair, b: Pair) -> float:
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = dx * dx + dy * dy
    share = min(1.0, max(0.0, ((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / length)) if length else 0.0
    return math.dist(p, (a[0] + share * dx, a[1] + share * dy))
