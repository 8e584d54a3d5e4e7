"""Measures on the ground: speed over a line and through a zone, the wrong way, standing still, density."""

import math
from collections.abc import Sequence
from typing import Any

import pytest

from pipeline.analysis import Analysis
from pipeline.analyzers.line import LineAnalyzer
from pipeline.analyzers.measured_line import MeasuredLine
from pipeline.analyzers.observed import Every
from pipeline.analyzers.trails import Trails
from pipeline.analyzers.zone import ZoneAnalyzer
from pipeline.build import analyzers_for, line_measures, zone_measures
from pipeline.events import Counted, Event, Level, Sampled
from pipeline.fruin import level_of_service
from pipeline.ground import Ground
from pipeline.runner import Analyzer
from tests.builders import CPU, LABELS, SIZE, camera, ground_of, line, on_square, standing, tracks, walk, zone

METRES = 20.0
"""The picture of 1000 px shows a square of so many metres from straight above, unless said otherwise."""

GAP_S = 2.0

OBLIQUE = (
    {"image": (0.1, 0.9), "ground": (0.0, 0.0)},
    {"image": (0.9, 0.9), "ground": (10.0, 0.0)},
    {"image": (0.7, 0.4), "ground": (10.0, 30.0)},
    {"image": (0.3, 0.4), "ground": (0.0, 30.0)},
)


def speed_line(ground: Ground | None = None, **fields: Any) -> MeasuredLine:
    asked = line(measures=("speed",), **fields)
    return MeasuredLine(LineAnalyzer(asked, LABELS), line_measures(asked, Trails(ground or ground_of(METRES)), GAP_S))


def zone_of(*measures: str, ground: Ground | None = None, **fields: Any) -> ZoneAnalyzer:
    asked = zone(measures=measures, **fields)
    return ZoneAnalyzer(asked, LABELS, zone_measures(asked, ground))


def sampled(events: Sequence[Event]) -> list[Sampled]:
    return [event for event in events if isinstance(event, Sampled)]


def counted(events: Sequence[Event], measure: str) -> list[Counted]:
    return [event for event in events if isinstance(event, Counted) and event.measure == measure]


def move(analyzer: Analyzer, places: Sequence[tuple[float, float]], step_s: float) -> list[Event]:
    """Return the events of one person whose feet are at each place (px) in turn, to the end of the recording."""
    looks = [analyzer.update(tracks(n * step_s, {1: standing(*place)})) for n, place in enumerate(places)]
    return [event for events in (*looks, analyzer.close()) for event in events]


@pytest.mark.parametrize("fps", [30, 10, 5, 2, 1])
@pytest.mark.parametrize("kmh", [1.5, 5.0, 30.0])
def test_a_mover_through_a_known_homography_has_its_speed_within_three_percent(fps: int, kmh: float) -> None:
    ground = Ground(camera(calibration={"points": OBLIQUE}).calibration or pytest.fail("calibrated"))
    step_m = kmh / 3.6 / fps
    steps = max(4, math.ceil(4.0 / step_m))
    places = [(5.0 + 0.6 * n * step_m, 10.0 + 0.8 * n * step_m) for n in range(-steps, steps)]
    seen = [ground.point(place) for place in places]
    px = [(x * SIZE[0], y * SIZE[1]) for x, y in (point for point in seen if point is not None)]
    crossed = ground.point((5.2, 10.2))
    assert crossed is not None
    across = line(**{"from": (0.0, crossed[1]), "to": (1.0, crossed[1])})
    (found,) = sampled(move(speed_line(ground, **{"from": across.start, "to": across.end}), px, 1 / fps))
    assert found.measure == "speed"
    assert found.value == pytest.approx(kmh, rel=0.03)


def test_jitter_of_the_foot_and_one_wild_look_do_not_spoil_the_speed() -> None:
    jitter = [0, 4, -3, 5, -4, 2, -5, 3]
    places = [(300 + 7.0 * n + jitter[n % 8], 500 + jitter[(n + 3) % 8]) for n in range(60)]
    places[31] = (places[31][0] - 10, 560)
    (found,) = sampled(move(speed_line(), places, 0.1))
    assert found.value == pytest.approx(7.0 * 10 * METRES / 1000 * 3.6, rel=0.08)


def test_each_way_of_a_u_turn_has_its_own_speed_and_direction() -> None:
    out = [(400 + 10.0 * n, 500.0) for n in range(16)]
    found = sampled(move(speed_line(), [*out, *out[::-1]], 0.1))
    assert [one.way for one in found] == ["backward", "forward"]
    assert all(one.value == pytest.approx(7.2, rel=0.05) for one in found)


def test_who_crosses_hidden_has_the_speed_between_the_looks() -> None:
    analyzer = speed_line()
    events: list[Event] = []
    for time_s, x in ((0.0, 400), (0.1, 405), (2.0, 500 + 10), (2.1, 515)):
        events += analyzer.update(tracks(time_s, {1: standing(x, 500)}))
    (found,) = sampled([*events, *analyzer.close()])
    assert found.value == pytest.approx(105 / 1.9 * METRES / 1000 * 3.6, rel=0.1)


def test_who_was_seen_too_shortly_has_no_speed() -> None:
    assert sampled(move(speed_line(), [(490, 500), (520, 500)], 0.1)) == []


def test_a_track_that_ends_on_the_far_side_has_its_speed_at_once() -> None:
    analyzer = speed_line()
    walk(analyzer, [400, 420, 440, 460, 480, 510])
    (found,) = sampled(list(analyzer.update(tracks(0.6, {}, ended=[1]))))
    assert found.value == pytest.approx(14.4, rel=0.1)


def test_a_resolution_change_keeps_speed_and_density_in_metres() -> None:
    analyzer, dense = speed_line(), zone_of("density", ground=ground_of(METRES))
    events: list[Event] = []
    for n in range(30):
        size = SIZE if n < 10 else (500, 250)
        x, y = (200 + 10 * n) * size[0] / 1000, 500 * size[1] / 1000
        look = tracks(n * 0.1, {1: standing(x, y, size[1] / 10)}, size=size)
        events += [*analyzer.update(look), *dense.update(look)]
    for n in range(30, 60):
        events += analyzer.update(tracks(n * 0.1, {1: standing((200 + 10 * n) / 2, 125, 25)}, size=(500, 250)))
    (found,) = sampled(events)
    assert found.value == pytest.approx(7.2, rel=0.03)
    levels = [event.value for event in events if isinstance(event, Level) and event.value]
    assert levels == pytest.approx([1 / 200] * len(levels))
    assert len(levels) > 20


def test_five_thousand_crossers_leave_nothing_behind() -> None:
    trails = Trails(ground_of(METRES))
    asked = line(measures=("speed",))
    analyzer = MeasuredLine(LineAnalyzer(asked, LABELS), line_measures(asked, trails, GAP_S))
    zones = zone_of("speed", "stopped", ground=ground_of(METRES))
    for n in range(5000):
        look = tracks(n * 0.2, {n: standing(490, 500), n - 1: standing(510, 500)}, ended=[n - 2])
        list(analyzer.update(look))
        list(zones.update(look))
    assert len(trails._trails) <= 3
    assert max(len(trail) for trail in trails._trails.values()) <= 8
    assert sum(len(measure._pending) for measure in analyzer._measures if hasattr(measure, "_pending")) <= 16


def test_the_wrong_way_is_counted_apart_and_only_that_way() -> None:
    asked = line(wrong_way="forward")
    analyzer = MeasuredLine(LineAnalyzer(asked, LABELS), line_measures(asked, None, GAP_S))
    events = walk(analyzer, [400, 600, 400, 600])
    assert [event.time_s for event in counted(events, "wrong_way")] == [pytest.approx(0.15)]


def test_speed_through_a_zone_is_the_way_over_the_time_waiting_included() -> None:
    xs = [700, 600, *[450 - 10 * n for n in range(21)], *[250] * 20, *[250 + 10 * n for n in range(60)]]
    (found,) = sampled(walk(zone_of("speed", ground=ground_of(METRES)), xs))
    assert found.measure == "zone_speed"
    assert found.value == pytest.approx((200 + 250) / 65 * 10 * METRES / 1000 * 3.6, rel=0.1)


@pytest.mark.parametrize("ground", [None, ground_of(METRES)], ids=["uncalibrated", "calibrated"])
def test_a_standing_object_stops_once_and_stands_until_it_moves(ground: Ground | None) -> None:
    xs = [*range(100, 300, 10), *[300 + 3 * (n % 2) for n in range(400)], *range(300, 450, 10)]
    events = walk(zone_of("stopped", stopped_s=10, ground=ground), xs)
    (stop,) = counted(events, "stopped")
    assert stop.time_s == pytest.approx(11.8, abs=0.7)
    levels = [event for event in events if isinstance(event, Level)]
    stood_s = sum(event.end_s - event.start_s for event in levels if event.value)
    assert stood_s == pytest.approx(40 - 10, abs=2)
    assert levels[-1].value == 0


def test_one_look_at_a_wrong_place_does_not_set_a_standing_object_in_motion() -> None:
    xs = [300] * 60 + [400] + [300] * 60
    assert len(counted(walk(zone_of("stopped", stopped_s=10), xs), "stopped")) == 1


def test_a_slow_walker_never_stops() -> None:
    xs = [50 + n for n in range(400)]  # 10 px a second: 0.2 m/s
    assert counted(walk(zone_of("stopped", stopped_s=10, ground=ground_of(METRES)), xs), "stopped") == []


def test_density_is_people_over_the_area_on_the_ground() -> None:
    analyzer = zone_of("density", ground=ground_of(METRES))  # 10 m × 20 m
    list(analyzer.update(tracks(0.0, {n: standing(100 + n, 500) for n in range(40)})))
    (level,) = [event for event in analyzer.update(tracks(1.0, {})) if isinstance(event, Level)]
    assert level.measure == "density"
    assert level.value == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("density", "level"), [(0, "A"), (0.3, "A"), (0.4, "B"), (0.7, "C"), (1.0, "D"), (2.0, "E"), (2.2, "F"), (5, "F")]
)
def test_the_level_of_service_follows_fruin(density: float, level: str) -> None:
    assert level_of_service(density) == level


def test_a_calibrated_camera_measures_all_of_it_in_one_run() -> None:
    one = camera(
        calibration=on_square(METRES),
        lines=(line(measures=("speed",), wrong_way="backward"),),
        zones=(zone(measures=("speed", "stopped", "density"), stopped_s=2),),
    )
    analyzers, _ = analyzers_for(one, LABELS, Every(0.1), lambda: CPU)
    analysis = Analysis(one)
    for n, x in enumerate([300] * 40 + [300 + 10 * n for n in range(60)]):
        for analyzer in analyzers:
            for event in analyzer.update(tracks(n * 0.1, {1: standing(x, 500)})):
                analysis(event)
    assert set(analysis.measures()) == {
        "speed", "zone_speed", "wrong_way", "stopped", "stopped_now", "density",
    }  # fmt: skip
    assert analysis.measures()["density"]["left"]["person"]["level_of_service"] == "A"
