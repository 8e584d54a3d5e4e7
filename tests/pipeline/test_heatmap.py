"""Heat map and flow field: which cells a known walk warms, which way it flows there, and what that becomes."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from pipeline.analysis import Analysis
from pipeline.analyzers.heatmap import HeatmapMeasure
from pipeline.analyzers.zone import ZoneAnalyzer
from pipeline.config import CameraConfig
from pipeline.events import Event, Observed, Presence
from pipeline.gate import passed
from pipeline.heat import MOST, Flow, Grid, heat_of
from pipeline.heat_files import drawn, write_heat
from pipeline.keys import heat_field
from pipeline.observation import Quality
from pipeline.publish import ListSink
from pipeline.publisher import Publisher
from pipeline.sanity.watch import Verdict
from tests.builders import LABELS, camera, standing, tracks, walk, zone

WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
HOUR = 1_772_449_200


def measured() -> ZoneAnalyzer:
    """Return the analyzer of the whole picture: 32 columns of 31.25 px, 18 rows of 55.6 px."""
    area = zone(id="place", points=WHOLE, measures=["heatmap"])
    return ZoneAnalyzer(area, LABELS, [HeatmapMeasure(area)])


def presences(events: list[Event]) -> list[Presence]:
    return [event for event in events if isinstance(event, Presence)]


def watched(**fields: Any) -> CameraConfig:
    return camera(zones=(zone(id="place", points=WHOLE, measures=["heatmap"]),), **fields)


def buckets_of(config: CameraConfig, events: list[Event]) -> dict[int, dict[str, int]]:
    """Return step → fields of a first hour in which this happened."""
    sink = ListSink()
    publisher = Publisher(config, "e", HOUR, sink, lambda: Quality(device="cpu", model="m", revision="0f3ac1e09b7d"))
    for event in events:
        publisher(event)
    publisher.close()
    found: dict[int, dict[str, int]] = {step_s: {} for step_s in (60, 900, 3600)}
    for entry in sink.entries:
        for step_s in entry.steps_s:
            for change in entry.increments:
                found[step_s][change.field] = found[step_s].get(change.field, 0) + change.value
    return found


def test_a_walker_warms_the_cells_of_the_way_and_nothing_else() -> None:
    """To the right at 100 px/s through row 9, a tenth of a second in each place."""
    told = presences(walk(measured(), [100 + 10 * i for i in range(41)], y=520))
    assert [event.cell for event in told] == [9 * 32 + int((110 + 10 * i) / 31.25) for i in range(40)]
    assert {(event.dx, event.dy) for event in told} == {(100, 0)}
    assert sum(event.end_s - event.start_s for event in told) == pytest.approx(4.0)


@pytest.mark.parametrize(("step", "velocity"), [((10, 0), (0.1, 0)), ((-5, 0), (-0.05, 0)), ((0, 4), (0, 0.04))])
def test_a_cell_has_the_velocity_of_who_went_through(step: tuple[int, int], velocity: tuple[float, float]) -> None:
    analysis, analyzer = Analysis(watched()), measured()
    for i in range(21):
        box = standing(500 + step[0] * i, 500 + step[1] * i)
        for event in analyzer.update(tracks(i * 0.1, {1: box})):
            analysis(event)
    assert sum(flow.ms for flow in analysis.heat["place"].values()) == 2000
    for flow in analysis.heat["place"].values():
        assert flow.velocity == pytest.approx(velocity, abs=1e-9)


def test_ways_that_are_opposite_cancel_out() -> None:
    assert (Flow(100, 50, 0) + Flow(300, -50, 0)).velocity == (0, 0)


def test_the_ways_of_a_creeping_object_add_up_to_its_whole_way() -> None:
    """0.03 px a look is less than a unit: rounded look by look it would be nothing."""
    told = presences(walk(measured(), [500 + 0.03 * i for i in range(1001)], step_s=0.04))
    assert sum(event.dx for event in told) == 300


def test_who_is_hidden_for_long_brings_no_way_along() -> None:
    analyzer = measured()
    walk(analyzer, [100] * 3)
    for i in range(3, 30):
        list(analyzer.update(tracks(i * 0.1, {})))
    back = presences(list(analyzer.update(tracks(3.0, {1: standing(900, 500)}))))
    assert back == []


def test_a_new_resolution_starts_ways_anew_in_the_same_cells() -> None:
    analyzer = measured()
    (before,) = presences(walk(analyzer, [500, 500]))
    looks = [tracks(t, {1: standing(250, 250)}, size=(500, 500)) for t in (0.2, 0.3)]
    first, second = (presences(list(analyzer.update(look))) for look in looks)
    assert first == []
    assert [(event.cell, event.dx, event.dy) for event in second] == [(before.cell, 0, 0)]


def test_time_that_nobody_watched_warms_nothing() -> None:
    assert presences(walk(measured(), [100, 200], step_s=60)) == []


def test_twenty_thousand_short_tracks_leave_nothing_behind() -> None:
    area = zone(measures=["heatmap"])
    measure = HeatmapMeasure(area)
    analyzer = ZoneAnalyzer(area, LABELS, [measure])
    for i in range(20_000):
        list(analyzer.update(tracks(i * 0.1, {i: standing(300, 500)}, ended=[i - 1])))
    list(analyzer.update(tracks(2000.0, {}, ended=[19_999])))
    assert not measure._places


@pytest.mark.parametrize(
    "points",
    [
        WHOLE,
        ((0.1, 0.2), (0.9, 0.2), (0.5, 0.3)),
        ((0.4, 0.0), (0.41, 0.0), (0.41, 1.0), (0.4, 1.0)),
        ((0.3, 0.3), (0.31, 0.3), (0.31, 0.31)),
    ],
)
def test_a_grid_has_at_most_32_by_32_cells_nearly_square_at_16_to_9(points: tuple[tuple[float, float], ...]) -> None:
    grid = Grid.over(points)
    assert max(grid.columns, grid.rows) == MOST
    assert 0.5 < (grid.cell[0] * 16) / (grid.cell[1] * 9) <= 1.5
    cells = range(grid.columns * grid.rows)
    assert [grid.cell_at(grid.middle(cell)) for cell in cells] == list(cells)
    assert grid.cell_at((1.0, 1.0)) in cells


def test_an_hour_holds_at_most_three_fields_a_cell_and_finer_buckets_none() -> None:
    """Everybody everywhere for a minute: what is kept is bounded by the grid, not by the number of people."""
    grid = Grid.over(WHOLE)
    n = grid.columns * grid.rows
    events: list[Event] = [
        Presence("place", "person", i % n, i * 0.01, i * 0.01 + 0.5, 1 + i % 7, -3) for i in range(6000)
    ]
    buckets = buckets_of(watched(), [*events, Observed(0, 61, 610, 610, "cpu", "m")])
    hour = [field for field in buckets[3600] if field.startswith("m|")]
    assert len(hour) == 3 * n
    assert not [field for step_s in (60, 900) for field in buckets[step_s] if field.startswith("m|")]


@pytest.mark.parametrize("purpose", ["operations", "statistics"])
def test_what_is_kept_is_what_was_seen(purpose: str) -> None:
    config = watched(purpose=purpose) if purpose == "operations" else watched(purpose=purpose, legal_basis=None)
    told = presences(walk(measured(), [900 - 10 * i for i in range(41)], y=520))
    analysis = Analysis(config)
    for event in told:
        analysis(event)
    bucket = buckets_of(config, [*told, Observed(0, 5, 50, 50, "cpu", "m")])[3600]
    assert heat_of(bucket, "place", ("person",), 32 * 18) == analysis.heat["place"]
    assert min(flow.dx for flow in analysis.heat["place"].values()) < 0


def test_under_statistics_nothing_is_told_before_a_bucket_is_over() -> None:
    sink = ListSink()
    quality = Quality(device="cpu", model="m", revision="0f3ac1e09b7d")
    publisher = Publisher(watched(purpose="statistics", legal_basis=None), "e", HOUR, sink, lambda: quality)
    for event in (Presence("place", "person", 3, 1, 2, 5, 5), Observed(0, 890, 9, 9, "cpu", "m")):
        publisher(event)
    assert not sink.entries
    publisher(Observed(890, 920, 9, 9, "cpu", "m"))
    assert heat_field("place", "person", 3, "ms") in {i.field for entry in sink.entries for i in entry.increments}


def test_what_is_seen_while_the_camera_is_not_well_warms_nothing() -> None:
    event = Presence("place", "person", 3, 10, 11, 5, 5)
    assert passed(event, Verdict(condition="moved", since_s=9.0, looked_s=12.0, suspected_s=None)) is None
    assert passed(event, Verdict(condition="moved", since_s=10.5, looked_s=12.0, suspected_s=None)) == event


def test_a_picture_is_warm_where_somebody_was_and_dark_elsewhere() -> None:
    grid = Grid.over(WHOLE)
    picture = drawn(grid, WHOLE, {5: Flow(9000), 7: Flow(1000)}, None)
    colours = [picture[20, round((column + 0.5) * 1280 / 32)].astype(int).sum() for column in (5, 7, 9)]
    assert colours[0] > colours[1] > colours[2]


def test_arrows_point_where_people_went() -> None:
    grid = Grid.over(WHOLE)
    still, moving = (drawn(grid, WHOLE, {100: Flow(1000, dx, 0)}, None) for dx in (0, 900))
    ys, xs = np.nonzero((still != moving).any(axis=2))
    left, top = (round(at * size) for at, size in zip(grid.corners(100)[0], (1280, 720), strict=True))
    assert left <= xs.min() < xs.max() <= left + 40
    assert top <= ys.min() < ys.max() <= top + 40
    heads = [len(set(ys[xs == x])) for x in (xs.min() + 1, xs.max() - 3)]
    assert heads[1] > heads[0], "the head is on the right"


def latlon_camera() -> CameraConfig:
    """Return a camera that looks straight down on 100 m × 100 m near Paris, north up."""
    metre = 1 / 111_250
    corners = [((0.1, 0.1), 0.9, 0.1), ((0.9, 0.1), 0.9, 0.9), ((0.9, 0.9), 0.1, 0.9), ((0.1, 0.9), 0.1, 0.1)]
    points = [
        {"image": at, "latlon": (48.85 + 100 * north * metre, 2.35 + 100 * east * metre / 0.6594)}
        for at, north, east in corners
    ]
    return watched(calibration={"points": points})


def test_a_calibration_by_latlon_puts_the_cells_on_the_map(tmp_path: Path) -> None:
    config = latlon_camera()
    cell = Grid.over(WHOLE).cell_at((0.51, 0.49))
    write_heat(tmp_path, config, {"place": {("person", cell): Flow(2000, 400, -200)}}, None)
    found = json.loads((tmp_path / "cam-place.geojson").read_text())
    (feature,) = found["features"]
    assert found["coordinates_in"].startswith("longitude and latitude")
    longitudes, latitudes = zip(*feature["geometry"]["coordinates"][0], strict=True)
    assert min(longitudes) < 2.35 + 51 / 111_250 / 0.6594 < max(longitudes)
    assert min(latitudes) < 48.85 + 51 / 111_250 < max(latitudes)
    assert feature["properties"]["velocity_east_m_per_s"] == pytest.approx(2.0, rel=0.01)
    assert feature["properties"]["velocity_north_m_per_s"] == pytest.approx(1.0, rel=0.01)
    corners = feature["geometry"]["coordinates"][0]
    turns = sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(corners))
    assert turns > 0, "counter-clockwise, as RFC 7946 has outer rings"


def test_without_one_the_cells_are_fractions_of_the_picture(tmp_path: Path) -> None:
    written = write_heat(tmp_path, watched(), {"place": {("person", 0): Flow(2000, 400, -200)}}, None)
    found = json.loads(written[0].read_text())
    (feature,) = found["features"]
    assert found["coordinates_in"].startswith("fractions of the picture")
    assert "coordinates" not in found, "RFC 7946 forbids it there"
    assert feature["geometry"]["coordinates"][0][2] == [0.03125, pytest.approx(1 / 18, abs=1e-6)]
    assert feature["properties"] == {
        "class": "person", "cell": 0, "seconds": 2.0, "velocity_x_per_s": 0.02, "velocity_y_per_s": -0.01,
    }  # fmt: skip


def test_a_zone_where_nobody_was_has_an_empty_map(tmp_path: Path) -> None:
    geojson, png = write_heat(tmp_path, watched(), {}, np.full((90, 160, 3), 200, np.uint8))
    assert json.loads(geojson.read_text())["features"] == []
    picture = cv2.imread(str(png))
    assert picture is not None
    assert picture.shape == (90, 160, 3)
