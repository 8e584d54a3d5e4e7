"""A chain of straight pieces in pixels: how far points are from it, and when a straight way goes over it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipeline.geometry import Pair, cross

F64 = NDArray[np.float64]


class Polyline:
    """An open line through K + 1 points, px; its left hand is that of who walks along it."""

    def __init__(self, points: Sequence[Pair]) -> None:
        self._points = [(float(x), float(y)) for x, y in points]
        corners = np.array(self._points)
        self._from, self._along = corners[:-1], np.diff(corners, axis=0)  # (K, 2)
        self._length = np.hypot(self._along[:, 0], self._along[:, 1])  # (K,)
        pieces = len(self._length)
        # The first and the last piece go on for ever: beyond its ends, too, a line has a left and a right.
        self._least = np.where(np.arange(pieces) == 0, -np.inf, 0.0)
        self._most = np.where(np.arange(pieces) == pieces - 1, np.inf, self._length)

    def distances(self, points: F64) -> tuple[F64, F64]:
        """Return for points (N, 2) the distances (N,) from the line, and (N, K) from each piece, both px.

        The first are positive, to the nearest place. The second are to the pieces made infinitely long, below 0 on the
        left hand.
        """
        (dx, dy), (from_x, from_y) = self._along.T, self._from.T
        x, y = points[:, :1] - from_x, points[:, 1:] - from_y
        signed = (dx * y - dy * x) / self._length
        if len(self._length) == 1:
            return np.abs(signed[:, 0]), signed
        along = (dx * x + dy * y) / self._length
        beyond = np.maximum(0.0, np.maximum(self._least - along, along - self._most))
        return np.hypot(signed, beyond).min(axis=1), signed

    def crossed(
        self, before: Pair, after: Pair, from_before: Sequence[float], from_after: Sequence[float]
    ) -> tuple[bool, float] | None:
        """Return whether the straight way between two points ends on the right hand, and its share up to the line.

        Each point comes with its distances from the pieces. Ways over several pieces (near a bend) are one crossing, or
        none where they lead back to the side on which they began.
        """
        pieces = [k for k, (a, b) in enumerate(zip(from_before, from_after, strict=True)) if a * b < 0]
        if not pieces:
            return None
        on_right = self._corners_on_right(before, after)
        found = [
            (from_after[k] > 0, from_before[k] / (from_before[k] - from_after[k]))
            for k in pieces
            if on_right[k] != on_right[k + 1]
        ]
        net = sum(1 if right else -1 for right, _ in found)
        if not net:
            return None
        return max((way for way in found if way[0] == (net > 0)), key=lambda way: way[1])

    def _corners_on_right(self, before: Pair, after: Pair) -> list[bool]:
        """Return which corners lie to the right of a way; one that it touches belongs to a single piece."""
        turns = [cross(before, after, corner) for corner in self._points]
        right = [turn >= 0 for turn in turns]
        for end, neighbour in ((0, 1), (-1, -2)):  # the ends are part of the line
            if turns[end] == 0:
                right[end] = not right[neighbour]
        return right
