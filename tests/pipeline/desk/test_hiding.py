"""People and vehicles are hidden whatever a camera counts, and wherever it looks."""

from typing import Any

import numpy as np
import pytest

from models.detections import Detections, DetectorStatus, Image
from pipeline.desk.hiding import Finder, hidden_copy, hides, wider
from pipeline.desk.window import Sight, Window
from tests.builders import LABELS, camera, detections

PERSON = (400.0, 300.0, 440.0, 420.0)


class Eyes:
    """A detector that returns some classes, and sees a person at `PERSON`."""

    status = DetectorStatus("eyes", "cpu", "auto")

    def __init__(self, *classes: str, labels: tuple[str, ...] = LABELS) -> None:
        self.classes, self.labels = frozenset(classes), labels
        self.looks = 0

    def seeing(self, classes: frozenset[str]) -> "Eyes":
        other = Eyes(*classes, labels=self.labels)
        self.other = other
        return other

    def __call__(self, image: Image) -> Detections:
        self.looks += 1
        return detections([PERSON]) if "person" in self.classes else Detections.empty()


def noise() -> Image:
    return np.random.default_rng(7).integers(0, 255, (1000, 1000, 3), np.uint8)


def sight(found: Detections, seen_s: float = 0.0) -> Sight:
    return Sight(noise(), found, 0.0, seen_s)


def window(eyes: Any, aimed: Any = None) -> Window:
    return Window(camera, lambda: aimed or eyes, eyes)


def test_what_is_hidden_cannot_be_told_from_its_patches() -> None:
    image = noise()
    shown = hidden_copy(image, np.array([PERSON], np.float32))
    inside = shown[300:420, 400:440]
    assert len(np.unique(inside.reshape(-1, 3), axis=0)) <= 6 * 2
    assert inside.std() < image[300:420, 400:440].std() / 5
    outside = np.ones((1000, 1000), np.bool_)
    outside[300:420, 400:440] = False
    assert (shown[outside] == image[outside]).all()
    assert (image == noise()).all(), "the picture itself is left alone"


def test_a_box_beyond_the_edge_hides_what_is_in_the_picture() -> None:
    shown = hidden_copy(noise(), np.array([[-50, -50, 60, 60], [990, 990, 1100, 1100]], np.float32))
    assert len(np.unique(shown[:60, :60].reshape(-1, 3), axis=0)) <= 36


def test_what_the_camera_found_is_taken_where_it_looks_everywhere_for_everybody() -> None:
    eyes = Eyes(*LABELS)
    hidden = Finder(window(eyes))(sight(detections([PERSON])))
    assert hidden is not None
    assert hidden[0].tolist() == wider(np.array([PERSON], np.float32)).tolist()
    assert hidden[1] == [(0.4, 0.3, 0.44, 0.42, "person")]
    assert eyes.looks == 0


@pytest.mark.parametrize("aside", [False, True])
def test_it_looks_again_where_the_camera_counts_cars_only_or_looks_at_a_part(aside: bool) -> None:
    eyes = Eyes(*LABELS) if aside else Eyes("car", "truck")
    hidden = Finder(window(eyes, Eyes("car") if aside else None))(sight(Detections.empty()))
    assert hidden is not None
    assert len(hidden[0]) == 1, "a person whom the camera did not look for"
    assert eyes.other.looks == 1


def test_a_model_that_knows_no_people_shows_nothing() -> None:
    assert Finder(window(Eyes("bag", labels=("bag",))))(sight(Detections.empty())) is None
    everything = hidden_copy(noise(), None)
    assert everything.std() < noise().std() / 5


def test_who_is_missed_in_one_picture_stays_hidden_for_a_second() -> None:
    finder = Finder(window(Eyes(*LABELS)))
    finder(sight(detections([PERSON]), 0.0))
    held, later = finder(sight(Detections.empty(), 0.9)), finder(sight(Detections.empty(), 2.0))
    assert held is not None
    assert later is not None
    assert (len(held[0]), held[1], len(later[0])) == (1, [], 0)


def test_whoever_takes_part_in_traffic_is_hidden() -> None:
    assert [hides(one) for one in ("person", "car", "van", "bicycle", "train", "dog", "bench")] == [True] * 5 + [
        False
    ] * 2
