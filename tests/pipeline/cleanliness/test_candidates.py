"""What makes a candidate a deposit of its own, and who keeps it waiting."""

import numpy as np
import pytest

from models.detections import Detections, Image
from pipeline.cleanliness.candidates import AGAIN_MOST_S, AGAIN_S, is_convincing
from pipeline.cleanliness.closer import CloserLook
from pipeline.cleanliness.spots import Box, Spot, is_beside
from tests.builders import detections
from tests.pipeline.cleanliness.street import LABELS


def spot(box: Box) -> Spot:
    return Spot(0, box, np.ones((box[3] - box[1], box[2] - box[0]), np.bool_), 0.0)


@pytest.mark.parametrize(
    ("other", "together"),
    [((88, 0, 128, 30), True), ((95, 0, 135, 36), False), ((95, 0, 103, 8), True), ((105, 0, 113, 8), False)],
    ids=["touches nearly", "of a size, further off", "a scrap as far off", "a scrap too far off"],
)
def test_two_things_of_a_size_are_two_and_a_scrap_belongs_to_what_it_lies_beside(other: Box, together: bool) -> None:
    assert is_beside(spot((0, 0, 80, 60)), spot(other)) is together


def test_one_look_that_errs_is_outweighed_by_three_and_every_other_one_never_is() -> None:
    once = spot((0, 0, 40, 40))
    asked = [is_convincing(once, found, 10.0) for found in ("is it", "nobody", "nobody", "nobody")]
    assert asked == [False, False, False, True]
    assert once.hold_until_s == 10.0 + AGAIN_S
    standing = spot((0, 0, 40, 40))
    assert not any(is_convincing(standing, "nobody" if n % 2 else "is it", float(n)) for n in range(60))
    assert standing.hold_until_s == 59.0 + AGAIN_MOST_S


def test_who_stands_in_front_keeps_it_waiting_and_counts_no_further() -> None:
    waiting = spot((0, 0, 40, 40))
    assert not is_convincing(waiting, "near", 5.0)
    assert is_convincing(waiting, "nobody", 9.0)


@pytest.mark.parametrize(
    ("share", "found"), [((0.3, 0.3, 0.7, 0.7), "is it"), ((0.0, 0.0, 0.75, 1.0), "near"), (None, "nobody")]
)
def test_a_closer_look_tells_who_is_it_from_who_is_near(
    share: tuple[float, float, float, float] | None, found: str
) -> None:
    def sees(picture: Image) -> Detections:
        height, width = picture.shape[:2]
        return detections([] if share is None else [tuple(np.array(share) * (width, height, width, height))])

    image = np.zeros((400, 400, 3), np.uint8)
    assert CloserLook(image, 1.0, sees, LABELS)((180, 180, 220, 220)) == (found, None)
