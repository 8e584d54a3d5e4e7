"""Calibration: what it takes to know the ground, what is refused, and how well it is known."""

import math
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from pipeline.calibration import CalibrationConfig, fit_of, local_metres
from pipeline.config import CameraConfig
from pipeline.geometry import Pair, distance_to_hull
from pipeline.ground import Ground
from pipeline.homography import Matrix, apply, inverse
from pipeline.linear import Singular, solve
from tests.builders import camera, line, on_square, zone

VIEW: Matrix = (20.0, 0.0, -10.0, 0.0, -6.0, 16.0, 0.0, 1.2, 0.1)
"""A street camera: metres to the right and away from it, the horizon above the picture."""

SEEN: tuple[Pair, ...] = ((0.1, 0.9), (0.9, 0.95), (0.7, 0.3), (0.25, 0.35), (0.5, 0.6), (0.4, 0.8))


def at(point: Pair, matrix: Matrix = VIEW) -> Pair:
    place = apply(matrix, point)
    assert place is not None
    return place


def points(*seen: Pair, places: list[Pair] | None = None) -> dict[str, Any]:
    found = places or [at(point) for point in seen]
    return {"points": [{"image": p, "ground": place} for p, place in zip(seen, found, strict=True)]}


def calibration(**fields: Any) -> CalibrationConfig:
    return CalibrationConfig.model_validate(fields)


def refused(**fields: Any) -> str:
    with pytest.raises(ValidationError) as error:
        calibration(**fields)
    (detail,) = error.value.errors()
    return str(detail["msg"])


@pytest.mark.parametrize("seen", [SEEN[:4], SEEN], ids=["four points", "six points"])
def test_points_without_error_give_the_ground_exactly(seen: tuple[Pair, ...]) -> None:
    ground = Ground(calibration(**points(*seen)))
    found = ground.metres(np.array([[300.0, 700.0], [820.0, 410.0]]), (1000, 1000))
    assert found == pytest.approx(np.array([at((0.3, 0.7)), at((0.82, 0.41))]), abs=1e-6)
    assert all(residual.metres < 1e-6 for residual in ground.fit.residuals)


def test_more_points_even_out_what_was_clicked_badly() -> None:
    random = np.random.default_rng(7)
    grid = [(x, y) for x in (0.1, 0.3, 0.5, 0.7, 0.9) for y in (0.3, 0.5, 0.7, 0.9)]
    clicked = [(x + random.normal(0, 0.002), y + random.normal(0, 0.002)) for x, y in grid]
    fit = fit_of(calibration(**points(*clicked, places=[at(point) for point in grid])))
    errors = [math.dist(fit.place(point) or (0, 0), at(point)) for point in ((0.2, 0.4), (0.8, 0.8), (0.5, 0.6))]
    assert max(errors) < 0.05
    assert not any(residual.is_large for residual in fit.residuals)


def test_a_point_beside_the_wrong_place_has_a_large_residual() -> None:
    places = [at(point) for point in SEEN]
    places[4] = (places[4][0] + 4, places[4][1])
    fit = fit_of(calibration(**points(*SEEN, places=places)))
    assert any(residual.is_large for residual in fit.residuals)


def test_latitude_and_longitude_become_metres() -> None:
    east, north = local_metres((48.8421, 2.5510), (48.8411, 2.5500))
    assert [east, north] == pytest.approx([73.4, 111.2], abs=0.1)
    places = [(48.8411 + y / 111_206, 2.55 + x / 73_423) for x, y in (at(point) for point in SEEN)]
    given = [{"image": point, "latlon": place} for point, place in zip(SEEN, places, strict=True)]
    fit = fit_of(calibration(points=given))
    a, b = fit.place((0.3, 0.7)), fit.place((0.8, 0.5))
    assert a is not None
    assert b is not None
    assert math.dist(a, b) == pytest.approx(math.dist(at((0.3, 0.7)), at((0.8, 0.5))), rel=0.001)


ACROSS_AND_ALONG = (((0.1, 0.9), (0.9, 0.9)), ((0.3, 0.4), (0.7, 0.4)), ((0.5, 0.9), (0.5, 0.4)))


def distances(*ways: tuple[Pair, Pair], share: float = 1.0) -> dict[str, Any]:
    """Return distances as a level camera at 6 m sees them, 45° high, tilted by 25°, 4:3."""
    focal, tilt = 0.5 / math.tan(math.radians(22.5)), math.radians(25)
    sine, cosine = math.sin(tilt), math.cos(tilt)
    ax = 6 * 4 / 3 / focal
    across = (ax, 0.0, -ax / 2)
    along = (0.0, -6 * sine / focal, 6 * (cosine + sine / focal / 2))
    view = (*across, *along, 0.0, cosine / focal, sine - cosine / focal / 2)
    known = [{"from": a, "to": b, "metres": share * math.dist(at(a, view), at(b, view))} for a, b in ways]
    return {"distances": known, "picture": (640, 480)}


def test_three_distances_across_and_along_give_lengths_elsewhere() -> None:
    fit = fit_of(calibration(**distances(*ACROSS_AND_ALONG)))
    truth = distances(((0.2, 0.5), (0.6, 0.8)))["distances"][0]["metres"]
    a, b = fit.place((0.2, 0.5)), fit.place((0.6, 0.8))
    assert a is not None
    assert b is not None
    assert math.dist(a, b) == pytest.approx(truth, rel=0.01)


def test_distances_on_one_line_do_not_settle_the_view() -> None:
    across = (((0.1, 0.9), (0.4, 0.9)), ((0.3, 0.9), (0.7, 0.9)), ((0.5, 0.9), (0.9, 0.9)))
    assert "leave other lengths between" in refused(**distances(*across))


DEGENERATE: dict[str, tuple[dict[str, Any], str]] = {
    "three points": (points(*SEEN[:3]), "points: has 3 points; expected 4 at least"),
    "points on one line": (
        points((0.1, 0.1), (0.3, 0.3), (0.6, 0.6), (0.9, 0.9)),
        "points: lie on one line in the picture",
    ),
    "all but one on one line": (
        points((0.1, 0.1), (0.3, 0.3), (0.6, 0.6), (0.1, 0.9)),
        "points: lie on one line in the picture",
    ),
    "places on one line": (
        points(*SEEN[:4], places=[(0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (3.0, 0.001)]),
        "points: lie on one line on the ground",
    ),
    "the same point twice": (points(*SEEN[:4], SEEN[0]), "points.4.image: is given twice"),
    "the same place twice": (
        points(*SEEN[:4], places=[(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 0.0)]),
        "points.3: its place on the ground is given twice",
    ),
    "corners out of order": (
        points(*SEEN[:4], places=[at(SEEN[n]) for n in (0, 1, 3, 2)]),
        "points: lie on both sides of the horizon",
    ),
    "mirrored on the map": (
        {
            "points": [
                {"image": point, "latlon": (48.8 + place[1] / 1e5, 2.5 - place[0] / 1e5)}
                for point, place in ((point, at(point)) for point in SEEN)
            ]
        },
        "points: are a mirror image of the map",
    ),
    "metres and degrees mixed": (
        {"points": [*points(*SEEN[:3])["points"], {"image": SEEN[3], "latlon": (48.8, 2.5)}]},
        "points.3: mixes ground and latlon",
    ),
    "two distances": (distances(*ACROSS_AND_ALONG[:2]), "distances: has 2; expected 3 at least"),
    "distances without a picture size": (
        {"distances": distances(*ACROSS_AND_ALONG)["distances"]},
        "picture: is missing",
    ),
    "nothing": ({}, "expected either points (four or more) or distances"),
}


@pytest.mark.parametrize("what", DEGENERATE)
def test_degenerate_calibration_is_refused(what: str) -> None:
    given, problem = DEGENERATE[what]
    assert problem in refused(**given)


def test_a_ground_given_as_in_a_mirror_still_has_its_lengths() -> None:
    fit = fit_of(calibration(**points(*SEEN, places=[(-x, y) for x, y in map(at, SEEN)])))
    assert fit.is_mirrored
    assert not fit_of(calibration(**points(*SEEN))).is_mirrored


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        pytest.param({"lines": (line(measures=("speed",)),)}, "lines.0.measures: speed needs", id="line"),
        pytest.param({"zones": (zone(measures=("density",)),)}, "zones.0.measures: density needs", id="zone"),
        pytest.param({"zones": (zone(measures=("speed",)),)}, "zones.0.measures: speed needs", id="zone speed"),
    ],
)
def test_what_needs_the_ground_is_refused_without_calibration(fields: dict[str, Any], problem: str) -> None:
    with pytest.raises(ValidationError, match=problem):
        camera(**fields)
    assert camera(**fields, calibration=on_square(20)).calibration is not None


def test_a_density_above_the_horizon_is_refused() -> None:
    tilted: Matrix = (20.0, 0.0, -10.0, 0.0, -6.0, 16.0, 0.0, 1.2, -0.3)  # its horizon at a quarter of the height
    low = ((0.1, 0.9), (0.9, 0.95), (0.7, 0.5), (0.25, 0.55))
    seen = points(*low, places=[at(point, tilted) for point in low])
    with pytest.raises(ValidationError, match=r"zones\.0\.points: reach the horizon"):
        camera(zones=(zone(measures=("density",)),), calibration=seen)


def test_the_revision_follows_the_calibration() -> None:
    one, other = (camera(calibration=on_square(metres)) for metres in (20, 21))
    assert isinstance(one, CameraConfig)
    assert len({one.revision, other.revision, camera().revision}) == 3


def test_beyond_the_horizon_there_is_no_place() -> None:
    tilted: Matrix = (20.0, 0.0, -10.0, 0.0, -6.0, 16.0, 0.0, 1.2, -0.3)
    low = ((0.1, 0.9), (0.9, 0.95), (0.7, 0.5), (0.25, 0.55))
    ground = Ground(calibration(**points(*low, places=[at(point, tilted) for point in low])))
    found = ground.metres(np.array([[500.0, 900.0], [500.0, 100.0]]), (1000, 1000))
    assert np.isnan(found[:, 0]).tolist() == [False, True]
    assert ground.fit.reach_m((0.5, 0.1)) == math.inf


def test_the_scale_says_how_many_px_a_metre_takes() -> None:
    ground = Ground(calibration(**on_square(20)))
    assert ground.px_per_metre((0.3, 0.3), (1000, 500)) == pytest.approx((25, 50))


def test_far_from_what_was_measured_is_so_many_metres_outside() -> None:
    square = [(0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0), (5.0, 5.0)]
    found = [distance_to_hull(point, square) for point in ((5.0, 9.0), (13.0, 14.0), (5.0, -2.0))]
    assert found == pytest.approx([0, 5, 2])


def test_the_way_back_undoes_the_way_there() -> None:
    assert apply(inverse(VIEW), at((0.3, 0.4))) == pytest.approx((0.3, 0.4))


def test_equations_without_a_single_solution_are_told() -> None:
    with pytest.raises(Singular):
        solve([[1, 2], [2, 4]], [1, 2])
