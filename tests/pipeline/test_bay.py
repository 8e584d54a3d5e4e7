"""Parking bays: occupied, free, and how often somebody came."""

import itertools
import random
from collections.abc import Callable

import pytest

from pipeline.analyzers.bay import BayAnalyzer
from pipeline.config import ZoneConfig
from pipeline.events import Counted, Level
from tests.builders import LABELS, SIZE, Box, tracks

PARKED: Box = (410.0, 420.0, 590.0, 600.0)
SECOND: Box = (390.0, 340.0, 570.0, 520.0)
"""Another vehicle that also covers the bay, at another place: less than half of their union is common."""

PERSON, CAR = 0, 2
Scene = Callable[[float], dict[int, Box]]


def bay() -> ZoneConfig:
    """Return a bay of 200 px by 200 px in the middle of the picture."""
    corners = ((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6))
    return ZoneConfig.model_validate({"id": "pmr", "points": corners, "measures": ("bay",)})


class Watched:
    """What a bay tells of a scene."""

    def __init__(self, scene: Scene, until_s: float, step_s: float = 0.5, class_id: int = CAR) -> None:
        analyzer = BayAnalyzer(bay(), LABELS, longest_gap_s=6.0)
        steps = range(round(until_s / step_s) + 1)
        looks = [tracks(i * step_s, scene(i * step_s), class_id=class_id) for i in steps]
        events = [event for look in looks for event in analyzer.update(look)]
        self.levels = [event for event in events if isinstance(event, Level)]
        self.arrivals = [event.time_s for event in events if isinstance(event, Counted)]

    @property
    def occupied_s(self) -> float:
        return sum(e.value * (e.end_s - e.start_s) for e in self.levels)

    @property
    def changes_s(self) -> list[float]:
        """Return when the state changed."""
        return [b.start_s for a, b in itertools.pairwise(self.levels) if a.value != b.value]


def test_a_bay_is_occupied_after_ten_seconds_and_free_after_ten_without() -> None:
    seen = Watched(lambda s: {1: PARKED} if 20 <= s < 60 else {}, 100)
    assert seen.changes_s == pytest.approx([30, 69.5], abs=0.5)
    assert seen.occupied_s == pytest.approx(40, abs=1)
    assert seen.arrivals == pytest.approx([30])


def test_a_stationary_vehicle_that_flickers_under_new_ids_is_one() -> None:
    chance = random.Random(1)
    ids = itertools.count()
    seen = Watched(lambda s: {next(ids): PARKED} if 20 <= s < 200 and chance.random() < 0.4 else {}, 240)
    assert len(seen.arrivals) == 1
    assert len(seen.changes_s) == 2
    assert seen.occupied_s == pytest.approx(180, abs=12)


def test_who_was_there_before_the_camera_has_not_come() -> None:
    seen = Watched(lambda s: {1: PARKED} if s > 4 else {}, 60)
    assert seen.arrivals == []
    assert seen.occupied_s == pytest.approx(46, abs=1)


def test_traffic_that_passes_in_front_does_not_park() -> None:
    """A car every two seconds, each in view of the bay for one and a half."""
    seen = Watched(lambda s: {int(s // 2): _moved(PARKED, 200 * (s % 2) - 150)} if s % 2 < 1.5 else {}, 120)
    assert seen.occupied_s == 0
    assert seen.arrivals == []


def test_traffic_that_passes_does_not_free_the_bay_or_keep_it() -> None:
    def scene(s: float) -> dict[int, Box]:
        passing = _moved(PARKED, 200 * (s % 2) - 150)
        return {1: PARKED, 2: passing} if s < 60 else {2: passing}

    seen = Watched(scene, 120)
    assert seen.changes_s == pytest.approx([10, 70], abs=3)


def test_two_vehicles_one_after_the_other_are_two_arrivals() -> None:
    scene = {1: PARKED}, {2: SECOND}
    seen = Watched(lambda s: {} if s < 15 or 60 <= s < 75 else scene[s >= 60], 120)
    assert seen.arrivals == pytest.approx([25, 85])


def test_people_never_occupy_it() -> None:
    assert Watched(lambda _: {1: PARKED}, 60, class_id=PERSON).occupied_s == 0


@pytest.mark.parametrize(
    ("box", "covers"),
    [
        pytest.param((450, 300, 550, 500), True, id="foot in the bay"),
        pytest.param((400, 500, 600, 700), True, id="half of it covered, the foot beyond"),
        pytest.param((400, 530, 600, 730), False, id="a third of it covered, the foot beyond"),
        pytest.param((650, 400, 850, 600), False, id="in the bay beside it"),
        pytest.param((0, 0, 1000, 1000), True, id="over everything"),
    ],
)
def test_a_box_covers_by_its_foot_or_by_two_fifths_of_the_bay(box: Box, covers: bool) -> None:
    assert (Watched(lambda _: {1: box}, 30).occupied_s > 0) is covers


@pytest.mark.parametrize("step_s", [0.1, 1.0, 5.0])
def test_it_does_not_depend_on_how_often_is_looked(step_s: float) -> None:
    seen = Watched(lambda s: {1: PARKED} if 20 <= s < 100 else {}, 140, step_s)
    assert seen.occupied_s == pytest.approx(80, abs=step_s)
    assert len(seen.arrivals) == 1


def test_an_hour_without_anything_is_an_hour_free() -> None:
    seen = Watched(lambda _: {}, 3600, step_s=5.0)
    assert seen.occupied_s == 0
    assert sum(e.end_s - e.start_s for e in seen.levels) == 3600


def test_after_time_without_looks_the_bay_is_as_it_was_until_seen() -> None:
    analyzer = BayAnalyzer(bay(), LABELS, longest_gap_s=2.0)
    for i in range(30):
        list(analyzer.update(tracks(i, {1: PARKED}, class_id=CAR)))
    assert list(analyzer.update(tracks(3600, {}))) == [], "the hour is not told"
    after = [e for i in range(1, 13) for e in analyzer.update(tracks(3600 + i, {})) if isinstance(e, Level)]
    assert [e.value for e in after] == [1.0] * 10 + [0.0] * 2


def test_a_change_of_resolution_moves_the_bay() -> None:
    analyzer = BayAnalyzer(bay(), LABELS, longest_gap_s=2.0)
    list(analyzer.update(tracks(0, {})))
    half: Box = (205.0, 210.0, 295.0, 300.0)
    small = (SIZE[0] // 2, SIZE[1] // 2)
    events = [e for i in range(1, 15) for e in analyzer.update(tracks(i, {1: half}, class_id=CAR, size=small))]
    assert isinstance(events[-1], Level)
    assert events[-1].value == 1.0


def test_three_hundred_vehicles_at_once_leave_nothing_behind() -> None:
    analyzer = BayAnalyzer(bay(), LABELS, longest_gap_s=2.0)
    crowd = {n: _moved(PARKED, n) for n in range(300)}
    events = [e for i in range(12) for e in analyzer.update(tracks(i, crowd, class_id=CAR))]
    assert isinstance(events[-1], Level)
    assert events[-1].value == 1.0
    list(analyzer.update(tracks(12, {}, ended=crowd)))
    assert not analyzer._places


def test_a_column_that_creeps_past_does_not_park() -> None:
    """Nose to tail: every five seconds another car is where one was before."""

    def scene(s: float) -> dict[int, Box]:
        return {n: _moved(PARKED, x) for n in range(40) if -400 < (x := 40 * s - 200 * n) < 400}

    assert Watched(scene, 120).occupied_s == 0


def test_a_car_that_creeps_through_the_bay_does_not_park() -> None:
    seen = Watched(lambda s: {1: _moved(PARKED, 30 * (s - 10))} if s < 25 else {}, 60)
    assert seen.occupied_s == 0


def _moved(box: Box, dx: float) -> Box:
    return (box[0] + dx, box[1], box[2] + dx, box[3])
