"""The grid of a heat map and what its cells add up: for both sides (standard library only).

A zone's bounding box is cut into at most `MOST` × `MOST` cells, as nearly square as that allows in a picture of 16:9.
The size of the picture is left out, so the cells stay the same places when a camera changes its resolution.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from pipeline.geometry import Pair

MOST = 32
PER_PICTURE = 10_000
"""Ways are kept as whole numbers of this part of the picture's width (x) or height (y)."""

FIGURES = ("ms", "dx", "dy")
"""What a bucket holds of a cell, all of them sums."""

PICTURE = "fractions of the picture's width and height, y downwards"
"""Says what coordinates and velocities are where the ground is not known."""

_ASPECT = 16 / 9


@dataclass(frozen=True, slots=True)
class Flow:
    """What happened in one cell."""

    ms: int = 0  # object-milliseconds
    dx: int = 0  # way to the right, of all objects together, in 1/`PER_PICTURE` of the picture's width
    dy: int = 0  # way downwards, likewise of its height

    def __add__(self, other: "Flow") -> "Flow":
        return Flow(self.ms + other.ms, self.dx + other.dx, self.dy + other.dy)

    @property
    def velocity(self) -> Pair:
        """Return the mean velocity, weighted by time: fractions of width and height a second."""
        seconds = self.ms / 1000
        return (self.dx / PER_PICTURE / seconds, self.dy / PER_PICTURE / seconds) if seconds else (0.0, 0.0)


HeatMap = Mapping[tuple[str, int], Flow]
"""Class and cell → what happened there."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The cells over a zone, numbered row by row from the upper left."""

    low: Pair  # upper left corner, fractions
    cell: Pair  # size of a cell, fractions
    columns: int
    rows: int

    @staticmethod
    def over(points: Sequence[Pair]) -> "Grid":
        """Return the grid over a polygon (fractions)."""
        xs, ys = [x for x, _ in points], [y for _, y in points]
        width, height = max(xs) - min(xs), max(ys) - min(ys)
        side = max(width * _ASPECT, height) / MOST
        columns, rows = (max(1, ceil(length / side - 1e-9)) for length in (width * _ASPECT, height))
        return Grid((min(xs), min(ys)), (width / columns, height / rows), columns, rows)

    def cell_at(self, point: Pair) -> int:
        """Return the cell of a point (fractions); of one outside, the nearest at the border."""
        column, row = (int((at - low) / size) for at, low, size in zip(point, self.low, self.cell, strict=True))
        return min(max(row, 0), self.rows - 1) * self.columns + min(max(column, 0), self.columns - 1)

    def corners(self, cell: int) -> tuple[Pair, Pair, Pair, Pair]:
        """Return the corners (fractions): upper left, lower left, lower right, upper right."""
        row, column = divmod(cell, self.columns)
        x, y = self.low[0] + column * self.cell[0], self.low[1] + row * self.cell[1]
        right, bottom = x + self.cell[0], y + self.cell[1]
        return (x, y), (x, bottom), (right, bottom), (right, y)

    def middle(self, cell: int) -> Pair:
        """Return the middle of a cell (fractions)."""
        row, column = divmod(cell, self.columns)
        return self.low[0] + (column + 0.5) * self.cell[0], self.low[1] + (row + 0.5) * self.cell[1]


def heat_of(bucket: Mapping[str, int], zone: str, classes: Sequence[str], cells: int) -> dict[tuple[str, int], Flow]:
    """Return what the fields of a bucket (`pipeline.keys.heat_field`) hold of a zone with so many cells."""
    found: dict[tuple[str, int], Flow] = {}
    for field, value in bucket.items():
        kind, *rest = field.split("|")
        if kind != "m" or rest[0] != zone or rest[1] not in classes or int(rest[2]) >= cells:
            continue
        key = rest[1], int(rest[2])
        found[key] = found.get(key, Flow()) + Flow(**{rest[3]: value})
    return found


def totals(heat: HeatMap) -> dict[int, Flow]:
    """Return all classes together, by cell."""
    total: dict[int, Flow] = {}
    for (_, cell), flow in heat.items():
        total[cell] = total.get(cell, Flow()) + flow
    return total


Describe = Callable[[Grid, int, Flow], tuple[Sequence[Pair], Mapping[str, float]] | None]
"""Says the ring of a cell's corners and its mean velocity by names with units; None leaves the cell out."""


def in_picture(grid: Grid, cell: int, flow: Flow) -> tuple[Sequence[Pair], Mapping[str, float]]:
    """Describe a cell in fractions of the picture."""
    x, y = flow.velocity
    ring = [(round(x, 6), round(y, 6)) for x, y in grid.corners(cell)]
    return ring, {"velocity_x_per_s": round(x, 6), "velocity_y_per_s": round(y, 6)}


def collection(
    grid: Grid, zone: str, heat: HeatMap, coordinates_in: str = PICTURE, describe: Describe = in_picture
) -> dict[str, Any]:
    """Return a GeoJSON `FeatureCollection`: one polygon for each class and cell where somebody was."""
    return {
        "type": "FeatureCollection",
        "zone": zone,
        "coordinates_in": coordinates_in,  # a collection may have no `coordinates` (RFC 7946, 7.1)
        "grid": {"columns": grid.columns, "rows": grid.rows},
        "features": list(_features(grid, heat, describe)),
    }


def _features(grid: Grid, heat: HeatMap, describe: Describe) -> Iterator[dict[str, Any]]:
    for (class_name, cell), flow in sorted(heat.items()):
        described = describe(grid, cell, flow)
        if flow.ms <= 0 or described is None:
            continue
        ring, velocity = described
        yield {
            "type": "Feature",
            "geometry": {"type": "Polygon", "coordinates": [[list(corner) for corner in (*ring, ring[0])]]},
            "properties": {"class": class_name, "cell": cell, "seconds": flow.ms / 1000, **velocity},
        }
