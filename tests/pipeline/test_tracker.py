"""The tracker: who is who, at any rate of looking."""

import itertools
from collections.abc import Callable, Iterable

import numpy as np
import pytest

from models.detections import Detections
from pipeline.tracking.tracker import Tracker
from pipeline.tracks import Tracks
from tests.builders import LABELS, Box, detections, frame, standing

Scene = Callable[[float], list[Box]]


def watch(scene: Scene, fps: float, seconds: float, score: float = 0.8, tracker: Tracker | None = None) -> list[Tracks]:
    """Return what a tracker says of a scene that is looked at `fps` times a second."""
    tracker = tracker or Tracker(LABELS)
    times = [i / fps for i in range(round(seconds * fps))]
    return [tracker.update(frame(i, t), detections(scene(t), score)) for i, t in enumerate(times)]


def ids(looks: Iterable[Tracks]) -> set[int]:
    return {int(i) for look in looks for i in look.track_id}


def walker(t: float, speed: float = 70.0, y: float = 500.0) -> Box:
    """Someone 100 px tall who walks at 1.2 m/s."""
    return standing(100 + speed * t, y)


@pytest.mark.parametrize("fps", [30, 10, 5, 2, 1])
def test_one_walker_is_one_track_at_any_rate(fps: float) -> None:
    looks = watch(lambda t: [walker(t)], fps, 10)
    assert len(ids(looks)) == 1
    assert looks[-1].confirmed.all()


@pytest.mark.parametrize("fps", [30, 15, 10, 5])
def test_one_car_at_50_km_h_is_one_track(fps: float) -> None:
    """14 m/s is 370 px/s for a car of 1.5 × 4 m that is 40 × 105 px large."""

    def car(t: float) -> Box:
        return (100 + 370 * t, 400.0, 205 + 370 * t, 440.0)

    tracker = Tracker(LABELS)
    looks = [
        tracker.update(frame(i, i / fps, (4000, 1000)), detections([car(i / fps)], class_ids=[2]))
        for i in range(round(5 * fps))
    ]
    assert len(ids(looks)) == 1


@pytest.mark.parametrize("fps", [10, 2])
def test_changing_time_steps_do_not_lose_the_track(fps: float) -> None:
    tracker, rng = Tracker(LABELS), np.random.default_rng(1)
    times = np.cumsum(rng.uniform(0.2, 1.8, 40) / fps)
    looks = [tracker.update(frame(i, t), detections([walker(t)])) for i, t in enumerate(times)]
    assert len(ids(looks)) == 1


@pytest.mark.parametrize("fps", [10, 5, 2])
def test_two_walkers_who_pass_each_other_keep_their_ids(fps: float) -> None:
    def scene(t: float) -> list[Box]:
        return [standing(200 + 70 * t, 500), standing(800 - 70 * t, 520)]

    looks = watch(scene, fps, 9)
    assert len(ids(looks)) == 2
    first, last = looks[0], looks[-1]
    assert first.track_id[first.foot[:, 0].argmin()] == last.track_id[last.foot[:, 0].argmax()]


def test_a_walker_hidden_for_a_second_keeps_the_id_and_has_no_row_meanwhile() -> None:
    looks = watch(lambda t: [] if 4 < t < 5 else [walker(t)], 10, 9)
    assert len(ids(looks)) == 1
    assert not len(looks[45].track_id)
    assert looks[-1].confirmed.all()


def test_an_id_is_ended_once_and_never_returns() -> None:
    looks = watch(lambda t: [walker(t)] if t < 2 or t > 8 else [], 10, 12)
    ended = [i for look in looks for i in look.ended]
    assert len(ended) == len(set(ended)) == 1
    late = ids(looks[85:])
    assert late.isdisjoint(ended)


def test_flicker_of_one_moment_is_never_confirmed() -> None:
    looks = watch(lambda t: [standing(300, 300)] if t < 0.15 else [], 10, 3)
    assert not any(look.confirmed.any() for look in looks)
    assert [len(look.ended) for look in looks].count(1) == 1


def test_false_boxes_all_over_the_picture_hardly_ever_make_a_confirmed_track() -> None:
    rng = np.random.default_rng(7)
    tracker = Tracker(LABELS)
    confirmed: set[int] = set()
    for i in range(600):
        boxes = [standing(x, y, 80) for x, y in rng.uniform(100, 900, (rng.poisson(0.3), 2))]
        look = tracker.update(frame(i, i / 10), detections(boxes, 0.4))
        confirmed |= {int(t) for t in look.track_id[look.confirmed]}
    assert len(confirmed) <= 2


def test_weak_boxes_continue_a_track_but_start_none() -> None:
    assert not ids(watch(lambda t: [walker(t)], 10, 3, score=0.2))
    tracker = Tracker(LABELS)
    looks = [
        tracker.update(frame(i, i / 10), detections([walker(i / 10)], 0.8 if i < 10 or i % 3 == 0 else 0.2))
        for i in range(40)
    ]
    assert len(ids(looks)) == 1
    assert all(len(look.track_id) == 1 for look in looks)


def test_two_boxes_around_one_object_are_one_track() -> None:
    looks = watch(lambda t: [walker(t), walker(t + 0.05)], 10, 3)
    assert len(ids(looks)) == 1


def test_class_flicker_is_settled_by_majority_on_one_track() -> None:
    """Class flicker splitting one vehicle over two classes: supervision#561."""
    tracker = Tracker(LABELS)
    classes = itertools.cycle([2, 2, 3])  # car, car, truck
    looks = [
        tracker.update(
            frame(i, i / 10), detections([(100 + 20 * i, 400, 220 + 20 * i, 460)], class_ids=[next(classes)])
        )
        for i in range(30)
    ]
    assert len(ids(looks)) == 1
    assert {int(look.class_id[0]) for look in looks[3:]} == {2}


def test_a_person_never_becomes_a_car() -> None:
    tracker = Tracker(LABELS)
    for i in range(10):
        tracker.update(frame(i, i / 10), detections([walker(i / 10)]))
    look = tracker.update(frame(10, 1.0), detections([walker(1.0)], class_ids=[2]))
    assert not look.confirmed.any(), "a new, young track"


def test_two_cameras_do_not_share_ids() -> None:
    a, b = Tracker(LABELS), Tracker(LABELS)
    for tracker in (a, b):
        look = tracker.update(frame(0, 0.0), detections([walker(0)]))
        assert look.track_id.tolist() == [1]


def test_times_that_repeat_or_step_back_are_taken_as_the_same_moment() -> None:
    tracker = Tracker(LABELS)
    times = [0.0, 0.1, 0.1, 0.2, 0.15, 0.3, 0.4, 0.5]
    looks = [tracker.update(frame(i, t), detections([walker(t)])) for i, t in enumerate(times)]
    assert len(ids(looks)) == 1


def test_two_thousand_short_tracks_leave_nothing_behind() -> None:
    tracker = Tracker(LABELS)
    for i in range(2000):
        tracker.update(frame(i, i * 3.0), detections([standing(100 + (i % 9) * 90, 300)]))
    assert len(tracker._id) <= 5


def test_nothing_seen_for_an_hour_then_someone() -> None:
    tracker = Tracker(LABELS)
    for i in range(3600):
        look = tracker.update(frame(i, float(i)), Detections.empty())
        assert not len(look.track_id)
    assert len(tracker.update(frame(3600, 3600.0), detections([walker(0)])).track_id) == 1


def test_the_same_detections_give_the_same_tracks() -> None:
    rng = np.random.default_rng(3)
    script = [[standing(x, y) for x, y in rng.uniform(100, 900, (6, 2))] for _ in range(100)]

    def once() -> list[list[int]]:
        tracker = Tracker(LABELS)
        return [tracker.update(frame(i, i / 10), detections(boxes)).track_id.tolist() for i, boxes in enumerate(script)]

    assert once() == once()
