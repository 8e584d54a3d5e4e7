"""How often the detector looks at a scene that changes."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from models.detections import Detections
from pipeline.analyzers.observed import ObservedAnalyzer
from pipeline.frame import Frame
from pipeline.pace.change import Luma
from pipeline.pace.pacer import AdaptivePacer, PaceParameters, Pacer, SteadyPacer
from pipeline.schedule import STILL, at_rate, every
from pipeline.tracking.tracker import Tracker
from tests.builders import CPU, LABELS, SIZE, Box, detections, standing

Scene = Callable[[float], list[Box]]
PIXELS = np.zeros((1, 1, 3), np.uint8)
PERSON, CAR = 0, 2


def glance_at(boxes: list[Box]) -> Luma:
    """Return a glance (100, 100) at boxes in a picture of 1000 × 1000 px."""
    luma = np.full((100, 100), 90, np.uint8)
    for x1, y1, x2, y2 in boxes:
        luma[max(0, int(y1 / 10)) : int(y2 / 10), max(0, int(x1 / 10)) : int(x2 / 10)] = 200
    return luma


@dataclass
class Street:
    """A scripted street before a camera of 25 frames a second, and a pacer that watches it."""

    scene: Scene
    pacer: Pacer = field(default_factory=AdaptivePacer)
    class_id: int = PERSON
    fps: float = 25.0
    hidden: Scene = lambda time_s: []  # moves, and the detector does not know it
    looks: list[float] = field(default_factory=list)  # by the detector
    stills: list[float] = field(default_factory=list)
    held: list[tuple[float, int]] = field(default_factory=list)  # tracks after each look
    observed_s: float = 0.0

    def watch(self, until_s: float) -> "Street":
        """Let time pass."""
        tracker = Tracker(LABELS)
        follow, found = self.pacer.following(tracker), Detections.empty()
        observed = ObservedAnalyzer(self.pacer, lambda: CPU)
        for index in range(int(until_s * self.fps)):
            time_s = index / self.fps
            boxes = self.scene(time_s)
            wanted = self.pacer(index, time_s, lambda: glance_at(boxes + self.hidden(time_s)))  # noqa: B023
            if not wanted:
                continue
            if wanted != STILL:
                found = detections(boxes, class_ids=[self.class_id] * len(boxes))
            (self.stills if wanted == STILL else self.looks).append(time_s)
            tracks = follow(Frame(index, time_s, None if wanted == STILL else PIXELS, SIZE, wanted == STILL), found)
            self.held.append((time_s, int(tracks.confirmed.sum())))
            self.observed_s += sum(event.end_s - event.start_s for event in observed.update(tracks))
        return self

    def rate(self, since_s: float, until_s: float) -> float:
        """Return detections a second over a span."""
        return sum(since_s <= time_s < until_s for time_s in self.looks) / (until_s - since_s)


def nobody(time_s: float) -> list[Box]:
    return []


def walking(time_s: float) -> list[Box]:
    return [standing(100 + 60 * time_s, 600, 120)]


def test_an_empty_street_costs_a_look_every_few_seconds() -> None:
    street = Street(nobody).watch(60.0)
    assert street.rate(10, 60) <= 0.3
    assert street.observed_s > 58, "it is watched all the same"


def test_a_lone_walker_needs_a_look_or_two_a_second() -> None:
    assert 0.8 <= Street(walking).watch(14.0).rate(3, 13) <= 2.5


def test_a_car_needs_more_looks_than_a_walker() -> None:
    def driving(time_s: float) -> list[Box]:
        return [(200 * time_s - 200, 500, 200 * time_s, 600)]

    car = Street(driving, class_id=CAR).watch(6.0).rate(1, 5)
    assert car > 1.5 * Street(walking).watch(14.0).rate(3, 13)


def test_who_is_missed_is_looked_for_soon_and_once() -> None:
    """Later his place would be anywhere; whom two looks miss is hidden, and no number of looks finds him."""
    gone_s = 6.0
    street = Street(lambda time_s: walking(time_s) if time_s < gone_s else [], hidden=walking).watch(10.0)
    before = [time_s for time_s in street.looks if 3.0 < time_s < gone_s]
    usual_s = float(np.diff(before).mean())
    missed, again, after = [time_s for time_s in street.looks if time_s >= gone_s][:3]
    assert again - missed < 0.8 * usual_s
    assert after - again == pytest.approx(usual_s, abs=0.1)


def test_who_comes_into_an_empty_street_is_seen_at_once() -> None:
    came_s = 20.0
    street = Street(lambda t: [standing(300 + 80 * (t - came_s), 600, 120)] if t >= came_s else []).watch(23.0)
    first, second = [time_s for time_s in street.looks if time_s >= came_s][:2]
    assert first - came_s <= 0.15
    assert second - came_s <= 0.6, "and looked at again, to be sure of him"


def test_a_standing_person_is_kept_without_looking_for_minutes() -> None:
    street = Street(lambda t: [standing(500, 600, 200)]).watch(300.0)
    assert street.rate(20, 300) <= 0.3
    assert all(count == 1 for time_s, count in street.held if time_s > 2), "occupancy never breaks"
    assert street.observed_s > 298


def test_who_walks_on_after_a_rest_is_noticed_at_once() -> None:
    left_s = 30.0
    street = Street(lambda t: [standing(300 + max(0.0, 80 * (t - left_s)), 600, 120)]).watch(34.0)
    assert min(time_s for time_s in street.looks if time_s > left_s + 0.2) - left_s <= 1.0
    assert street.rate(left_s + 0.5, 34.0) >= 0.8


def test_parked_cars_cost_no_looks_while_walkers_pass() -> None:
    cars: list[Box] = [(100, 100, 260, 200), (300, 100, 460, 200)]
    alone = Street(walking).watch(14.0).rate(3, 13)
    assert Street(lambda t: [*cars, *walking(t)]).watch(14.0).rate(3, 13) <= alone + 0.5


def test_a_flag_that_moves_for_nothing_is_left_alone() -> None:
    street = Street(nobody, hidden=lambda t: [(700, 100, 800, 150 + 50 * (int(t * 5) % 2))]).watch(240.0)
    assert street.rate(60, 240) <= 0.5


def test_a_new_false_box_is_not_made_true_by_remembering_it() -> None:
    street = Street(lambda t: [standing(500, 600, 100)] if 9.9 < t < 10.05 else []).watch(20.0)
    assert all(count == 0 for _, count in street.held)


def test_a_camera_without_glances_is_looked_at_at_the_slowest_rate_at_least() -> None:
    pacer, looks = AdaptivePacer(), []
    follow = pacer.following(Tracker(LABELS))
    for index in range(250):
        if pacer(index, index / 25, lambda: None):
            looks.append(index / 25)
            follow(Frame(index, index / 25, PIXELS, SIZE), Detections.empty())
    assert 14 <= len(looks) <= 18


@pytest.mark.parametrize("limit_fps", [0.5, 1.0, 2.0])
@pytest.mark.parametrize("steady", [True, False])
def test_a_limit_is_kept(limit_fps: float, steady: bool) -> None:
    pacer: Pacer = SteadyPacer(0.1, at_rate(10.0)) if steady else AdaptivePacer()
    pacer.limit_fps = limit_fps
    street = Street(lambda t: [standing(100 + 60 * t, 600, 60)], pacer).watch(14.0)
    assert street.rate(2, 14) <= 1.15 * limit_fps
    assert street.rate(2, 14) >= 0.8 * min(limit_fps, 1.0), "and what it leaves is used"


@pytest.mark.parametrize("pacer", [SteadyPacer(0.1, every(1)), AdaptivePacer()])
def test_a_limit_of_nothing_pauses_and_none_goes_on(pacer: Pacer) -> None:
    pacer.limit_fps = 0.0
    assert not Street(walking, pacer).watch(5.0).looks
    pacer.limit_fps = None
    assert Street(walking, pacer).watch(5.0).looks


def test_a_clock_that_steps_back_stops_nothing() -> None:
    pacer = AdaptivePacer()
    follow = pacer.following(Tracker(LABELS))
    looks = 0
    for index in range(500):
        time_s = 1000 + index / 25 - (300 if index >= 250 else 0)
        if pacer(index, time_s, lambda: glance_at([])):
            looks += index >= 250
            follow(Frame(index, time_s, PIXELS, SIZE), Detections.empty())
    assert looks >= 9


def test_a_look_that_was_dropped_is_nothing_to_compare_with() -> None:
    """Someone stands in the frame that was dropped: a picture like that one is not known to be empty."""
    pacer = AdaptivePacer(PaceParameters(glances_fps=0.01))
    follow = pacer.following(Tracker(LABELS))
    empty, person = glance_at([]), glance_at([standing(500, 600, 200)])
    assert pacer(0, 0.0, lambda: empty) is True
    follow(Frame(0, 0.0, PIXELS, SIZE), Detections.empty())
    assert pacer(25, 1.0, lambda: person) is True  # dropped: nobody follows it
    assert pacer(50, 2.0, lambda: person) is True


def test_rates_and_gaps_are_as_stated() -> None:
    street = Street(walking).watch(14.0)
    gaps = np.diff(sorted(street.looks + street.stills))
    assert gaps.max() <= 1 / PaceParameters().fps_min + 0.1
    assert gaps.min() >= 1 / PaceParameters().fps_max - 0.06
