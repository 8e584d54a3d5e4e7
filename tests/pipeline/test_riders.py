"""Riders: one object with what they ride, and no pedestrian."""

import numpy as np
import pytest

from pipeline.tracking.riders import LightClasses, compose
from pipeline.tracking.tracker import Tracker
from pipeline.tracks import Tracks
from tests.builders import Box, detections, frame

LABELS = ("person", "bicycle", "car", "motorcycle")
PERSON, BICYCLE, CAR, MOTORCYCLE = range(4)
LIGHT = LightClasses.of(LABELS)


def on(x: float, y: float = 500.0) -> tuple[Box, Box]:
    """Return the person and the bicycle of a rider whose wheels touch the ground at (x, y); 100 px are 1.7 m."""
    return (x - 18, y - 110, x + 18, y - 18), (x - 50, y - 62, x + 50, y)


def join(boxes: list[Box], classes: list[int], parked: list[Box] | None = None) -> tuple[np.ndarray, list[int]]:
    """Return the boxes that remain and their classes."""
    class_id = np.array(classes, np.intp)
    none = np.empty((0, 4)) if not parked else np.array(parked, float)
    xyxy, _, rows = compose(np.array(boxes, float), np.full(len(boxes), 0.5), class_id, LIGHT, none)
    return xyxy[rows], class_id[rows].tolist()


def ride(speed_px_s: float, two_wheeler_every: int, classes: int = BICYCLE, looks: int = 40) -> Tracks:
    """Return the last look at a rider whose two-wheeler is seen in every n-th look only (0: never)."""
    tracker = Tracker(LABELS)
    for i in range(looks):
        person, wheels = on(100 + speed_px_s * i / 10)
        seen = two_wheeler_every and i % two_wheeler_every == 0
        boxes, kinds = ([person, wheels], [PERSON, classes]) if seen else ([person], [PERSON])
        last = tracker.update(frame(i, i / 10, (3000, 1000)), detections(boxes, 0.5, kinds))
    return last


def test_a_rider_is_one_box_around_both() -> None:
    person, wheels = on(300)
    boxes, classes = join([person, wheels], [PERSON, BICYCLE])
    assert classes == [BICYCLE]
    assert boxes[0].tolist() == [250, 390, 350, 500]


def test_second_boxes_around_a_rider_go_too() -> None:
    person, wheels = on(300)
    shadow = tuple(v + 4 for v in person)
    _, classes = join([person, shadow, wheels, wheels], [PERSON, PERSON, BICYCLE, MOTORCYCLE])  # type: ignore[list-item]
    assert len(classes) == 1


@pytest.mark.parametrize(
    "bystander",
    [
        pytest.param((420.0, 390.0, 456.0, 482.0), id="beside"),
        pytest.param((282.0, 300.0, 318.0, 392.0), id="behind, higher in the picture"),
        pytest.param((282.0, 520.0, 318.0, 612.0), id="in front, lower in the picture"),
    ],
)
def test_someone_near_a_bicycle_does_not_ride_it(bystander: Box) -> None:
    _, classes = join([bystander, on(300)[1]], [PERSON, BICYCLE])
    assert sorted(classes) == [PERSON, BICYCLE]


def test_two_riders_side_by_side_stay_two() -> None:
    a, b = on(300), on(380)
    _, classes = join([a[0], b[0], a[1], b[1]], [PERSON, PERSON, BICYCLE, BICYCLE])
    assert classes == [BICYCLE, BICYCLE]


def test_nobody_rides_a_parked_bicycle() -> None:
    person, wheels = on(300)
    _, classes = join([person, wheels], [PERSON, BICYCLE], parked=[wheels])
    assert classes == [PERSON, BICYCLE]


@pytest.mark.parametrize(
    ("speed_px_s", "every", "expected"),
    [
        pytest.param(220, 1, BICYCLE, id="seen on the bicycle all the time"),
        pytest.param(150, 8, BICYCLE, id="seen on it now and then"),
        pytest.param(250, 0, BICYCLE, id="never, but at 4 m/s"),
        pytest.param(75, 0, PERSON, id="walking"),
    ],
)
def test_what_was_seen_and_how_fast_it_went_say_who_rides(speed_px_s: float, every: int, expected: int) -> None:
    last = ride(speed_px_s, every)
    assert last.class_id.tolist() == [expected]
    assert len(last.track_id) == 1


def test_a_fast_two_wheeler_is_a_motorcycle_if_the_detector_says_so() -> None:
    assert ride(500, 1, MOTORCYCLE).class_id.tolist() == [MOTORCYCLE]
    assert ride(100, 2, MOTORCYCLE).class_id.tolist() == [BICYCLE], "a bicycle at walking pace, half of the time"


def test_a_walker_who_passes_a_parked_bicycle_stays_a_walker() -> None:
    tracker = Tracker(LABELS)
    _, parked = on(500)
    for i in range(120):
        x = 100 + 75 * i / 10
        boxes = [(x - 18, 395.0, x + 18, 487.0), parked]
        last = tracker.update(frame(i, i / 10, (3000, 1000)), detections(boxes, 0.5, [PERSON, BICYCLE]))
    assert sorted(last.class_id.tolist()) == [PERSON, BICYCLE]
    assert len(last.track_id) == 2


def test_a_model_without_two_wheelers_has_no_riders() -> None:
    tracker = Tracker(("person", "car"))
    for i in range(20):
        last = tracker.update(frame(i, i / 10, (3000, 1000)), detections([on(100 + 30 * i)[0]]))
    assert last.class_id.tolist() == [0]
