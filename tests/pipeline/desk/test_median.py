"""The picture to draw on."""

import numpy as np

from models.detections import Image
from pipeline.desk.hiding import Boxes
from pipeline.desk.median import GAP_S, Gathering, Plate, median

NOBODY: Boxes = np.empty((0, 4), np.float32)


def ground() -> Image:
    """Return a street with some texture."""
    return np.random.default_rng(3).integers(60, 90, (120, 160, 3), np.uint8)


def with_somebody(x: int) -> tuple[Image, Boxes]:
    image = ground()
    image[40:100, x : x + 20] = 250
    return image, np.array([[x - 2, 38, x + 22, 102]], np.float32)


def gathered(*plates: tuple[Image, Boxes], gap_s: float = GAP_S) -> Gathering:
    gathering = Gathering()
    for number, (image, hidden) in enumerate(plates):
        gathering.add(Plate(image, hidden, number * gap_s, number * gap_s))
    return gathering


def test_who_was_seen_standing_for_most_of_the_time_is_gone() -> None:
    images, hidden = zip(*[with_somebody(50)] * 4, (ground(), NOBODY), strict=True)
    still, covered = median(list(images), list(hidden))
    assert (still == ground()).all()
    assert not covered.any()


def test_who_walks_is_gone_though_never_seen() -> None:
    images = [with_somebody(x)[0] for x in range(0, 140, 28)]
    assert (median(images, [NOBODY] * 5)[0] == ground()).all()


def test_what_is_always_covered_is_made_of_patches() -> None:
    still = gathered(*[with_somebody(50)] * 15).still(blurred=False)
    assert len(np.unique(still[44:96, 52:68].reshape(-1, 3), axis=0)) <= 14 * 6
    assert (still[:, :40] == ground()[:, :40]).all()


def test_under_statistics_all_of_it_is_blurred() -> None:
    plates = [(ground(), NOBODY)] * 15
    sharp, blurred = gathered(*plates).still(blurred=False), gathered(*plates).still(blurred=True)
    assert (sharp == ground()).all()
    assert blurred.std() < sharp.std() / 2


def test_there_is_enough_after_eight_seconds_or_fifteen_of_a_quiet_camera() -> None:
    plate = (ground(), NOBODY)
    assert not gathered(*[plate] * 15, gap_s=0.5).is_enough
    assert gathered(*[plate] * 15, gap_s=0.6).is_enough
    assert not gathered(*[plate] * 4, gap_s=5).is_enough
    assert gathered(*[plate] * 5, gap_s=4).is_enough
    assert len(gathered(*[plate] * 100)) <= 30, "what is held is bounded"


def test_it_says_how_long_the_rest_takes() -> None:
    plate = (ground(), NOBODY)
    assert 4 < gathered(*[plate] * 7).wait_s < 6
    assert gathered(*[plate] * 3, gap_s=4).wait_s == 8
