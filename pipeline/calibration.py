"""How a camera sees the ground: the configuration of its calibration, checked and solved as it is read."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated

from pydantic import Field, model_validator

from pipeline.geometry import Pair, area, distance_to_hull
from pipeline.homography import Matrix, Unsolvable, apply, fit_points, inverse, is_mirrored
from pipeline.known_distances import Known, fit_distances
from pipeline.schema import Point, Strict

LEAST_POINTS, LEAST_DISTANCES, MOST = 4, 3, 100
RESIDUAL_M, RESIDUAL_SHARE = 0.5, 0.05
"""Measurements that fit worse than this (the smaller of both) are probably wrong."""

HORIZON = 0.02
"""Points this near the horizon have no place: they are fifty times as far away as what was measured."""

_EQUATOR_M, _FLATTENING = 6_378_137.0, 1 / 298.257223563  # WGS 84

Latitude = Annotated[float, Field(ge=-90, le=90)]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Metres = Annotated[float, Field(allow_inf_nan=False)]


class GroundPoint(Strict):
    """A point seen in the picture whose place on the ground is known; `ground` or `latlon`."""

    image: Point = Field(description="where it is seen, fractions of width and height")
    ground: tuple[Metres, Metres] | None = Field(
        default=None, description="[x, y] in metres, in any one frame: x to the right and y away from you, as on a map"
    )
    latlon: tuple[Latitude, Longitude] | None = Field(default=None, description="[latitude, longitude] (WGS 84)")

    @model_validator(mode="after")
    def _one_place(self) -> "GroundPoint":
        if (self.ground is None) == (self.latlon is None):
            raise ValueError("expected either ground: [x, y] in metres or latlon: [latitude, longitude]")
        return self


class KnownDistance(Strict):
    """A distance on the ground that was measured on site."""

    start: Point = Field(alias="from", description="one end, fractions of width and height")
    end: Point = Field(alias="to", description="other end")
    metres: float = Field(gt=0, le=10_000, description="how long it is")

    @model_validator(mode="after")
    def _has_length(self) -> "KnownDistance":
        if self.start == self.end:
            raise ValueError("to: equals from; expected two different points")
        return self


class CalibrationConfig(Strict):
    """Where the ground is: four or more `points`, or three or more known `distances`. The ground must be flat."""

    points: tuple[GroundPoint, ...] = Field(default=(), max_length=MOST, description="points of known place")
    distances: tuple[KnownDistance, ...] = Field(
        default=(),
        max_length=MOST,
        description="known distances, some across the picture and some along; the horizon must be level",
    )
    picture: tuple[int, int] | None = Field(
        default=None, description="[width, height] of the picture in px; needed with `distances`"
    )

    @model_validator(mode="after")
    def _solvable(self) -> "CalibrationConfig":
        if bool(self.points) == bool(self.distances):
            raise ValueError("expected either points (four or more) or distances (three or more)")
        _check_points(self.points) if self.points else _check_distances(self)
        try:
            fit_of(self)
        except Unsolvable as error:
            raise ValueError(f"{'points' if self.points else 'distances'}: {error}") from None
        return self


@dataclass(frozen=True, slots=True)
class Residual:
    """How far one measurement lies from the fit."""

    metres: float  # on the ground; of a distance: found − known
    image: Pair | None  # found − given, fractions of width and height; None for a distance
    size_m: float  # the length it is compared to: of the calibrated area, or of the distance

    @property
    def is_large(self) -> bool:
        """Return whether the measurement is probably wrong."""
        return abs(self.metres) > min(RESIDUAL_M, RESIDUAL_SHARE * self.size_m)


@dataclass(frozen=True, slots=True)
class Fit:
    """A solved calibration."""

    matrix: Matrix  # fractions of the picture → metres on the ground
    image: tuple[Pair, ...]  # the points that were measured, fractions
    ground: tuple[Pair, ...]  # the same by the fit, metres
    residuals: tuple[Residual, ...]  # of each point, or of each distance
    origin: tuple[float, float] | None  # latitude, longitude of (0, 0), where points were given so

    @property
    def size_m(self) -> float:
        """Return the longest way between two calibrated points."""
        return max(math.dist(a, b) for a in self.ground for b in self.ground)

    def place(self, point: Pair) -> Pair | None:
        """Return the place in metres of a point of the picture (fractions); None near and beyond the horizon."""
        depth = self.matrix[6] * point[0] + self.matrix[7] * point[1] + self.matrix[8]
        return apply(self.matrix, point) if depth > HORIZON else None

    def area_m2(self, corners: Iterable[Pair]) -> float | None:
        """Return the area on the ground of a polygon (fractions); None if it reaches the horizon."""
        places = [self.place(corner) for corner in corners]
        on_ground = [place for place in places if place is not None]
        return area(on_ground) if len(on_ground) == len(places) else None

    def reach_m(self, point: Pair) -> float:
        """Return how far a point (fractions) lies outside of what was measured; infinity beyond the horizon."""
        place = self.place(point)
        return math.inf if place is None else distance_to_hull(place, self.ground)

    @property
    def is_mirrored(self) -> bool:
        """Return whether the given ground is a mirror image of what the camera sees."""
        return is_mirrored(self.matrix)


@lru_cache(maxsize=64)
def fit_of(calibration: CalibrationConfig) -> Fit:
    """Return the solved calibration.

    Raises:
        Unsolvable: if the measurements do not say where the ground is.
    """
    return _fit_to_points(calibration) if calibration.points else _fit_to_distances(calibration)


def _fit_to_points(calibration: CalibrationConfig) -> Fit:
    image = [point.image for point in calibration.points]
    latlons = [point.latlon for point in calibration.points if point.latlon is not None]
    origin = _middle(latlons) if latlons else None
    places = [point.ground or local_metres(point.latlon or (0, 0), origin or (0, 0)) for point in calibration.points]
    matrix = fit_points(image, places)
    found = [apply(matrix, point) or (math.inf, math.inf) for point in image]
    back = [apply(inverse(matrix), place) or (math.inf, math.inf) for place in places]
    size_m = max(math.dist(a, b) for a in places for b in places)
    residuals = tuple(
        Residual(math.dist(at, place), (seen[0] - given[0], seen[1] - given[1]), size_m)
        for at, place, seen, given in zip(found, places, back, image, strict=True)
    )
    if origin is not None and is_mirrored(matrix):
        raise Unsolvable("are a mirror image of the map; expected each picture point beside its own latlon")
    return Fit(matrix, tuple(image), tuple(found), residuals, origin)


def _fit_to_distances(calibration: CalibrationConfig) -> Fit:
    width, height = calibration.picture or (1, 1)
    known = [Known(one.start, one.end, one.metres) for one in calibration.distances]
    matrix = fit_distances(known, width / height)
    image = tuple(end for one in known for end in (one.start, one.end))
    ground = tuple(apply(matrix, point) or (math.inf, math.inf) for point in image)
    residuals = tuple(
        Residual(math.dist(ground[2 * n], ground[2 * n + 1]) - one.metres, None, one.metres)
        for n, one in enumerate(known)
    )
    return Fit(matrix, image, ground, residuals, None)


def local_metres(latlon: tuple[float, float], origin: tuple[float, float]) -> Pair:
    """Return metres to the east and north of an origin, on the plane that touches the ellipsoid there."""
    latitude = math.radians(origin[0])
    squared = _FLATTENING * (2 - _FLATTENING)
    bend = math.sqrt(1 - squared * math.sin(latitude) ** 2)
    east_m = _EQUATOR_M / bend * math.cos(latitude) * math.radians(latlon[1] - origin[1])
    north_m = _EQUATOR_M * (1 - squared) / bend**3 * math.radians(latlon[0] - origin[0])
    return east_m, north_m


def latlon_of(place: Pair, origin: tuple[float, float]) -> tuple[float, float]:
    """Return latitude and longitude of a place in metres to the east and north of an origin (see `local_metres`)."""
    east_m, north_m = local_metres((origin[0] + 1e-3, origin[1] + 1e-3), origin)  # linear, so any step will do
    return origin[0] + place[1] / north_m * 1e-3, origin[1] + place[0] / east_m * 1e-3


def _middle(latlons: list[tuple[float, float]]) -> tuple[float, float]:
    return sum(a for a, _ in latlons) / len(latlons), sum(b for _, b in latlons) / len(latlons)


def _check_points(points: tuple[GroundPoint, ...]) -> None:
    if len(points) < LEAST_POINTS:
        raise ValueError(f"points: has {len(points)} points; expected {LEAST_POINTS} at least")
    for n, point in enumerate(points):
        if (point.latlon is None) != (points[0].latlon is None):
            raise ValueError(f"points.{n}: mixes ground and latlon; expected the same for all points")
        for other in points[:n]:
            if point.image == other.image:
                raise ValueError(f"points.{n}.image: is given twice; expected different points")
            if (point.ground, point.latlon) == (other.ground, other.latlon):
                raise ValueError(f"points.{n}: its place on the ground is given twice; expected different places")


def _check_distances(calibration: CalibrationConfig) -> None:
    if len(calibration.distances) < LEAST_DISTANCES:
        raise ValueError(
            f"distances: has {len(calibration.distances)}; expected {LEAST_DISTANCES} at least, across and along"
        )
    if calibration.picture is None:
        raise ValueError("picture: is missing; expected [width, height] in px, which distances need")
    if min(calibration.picture) < 16:
        raise ValueError("picture: is too small; expected [width, height] in px")
