"""The score of deposits: who is matched with what, and composites that do not betray themselves."""

import numpy as np
from numpy.typing import NDArray

from benchmarks.composites import Paste, composed
from benchmarks.cutouts import half_of
from benchmarks.deposit_scenes import DECOYS_ALONE, Sprites, Stage, decoys, episodes_in, scene, sprites_from
from benchmarks.deposit_score import Told, Truth, score
from benchmarks.plates import PLAZA, Picture
from pipeline.audit.estimate import wilson
from tests.builders import detections

BAG = Truth("bag", (100.0, 100.0, 140.0, 130.0), 10.0, 60.0, 30.0)
SHADOW = Truth("shadow", (300.0, 100.0, 340.0, 130.0), 10.0, 60.0, 30.0)


def told(x: float, opened_s: float = 31.0, name: str = "a") -> Told:
    return Told(name, (x, 100.0, x + 40.0, 130.0), 10.0, opened_s, None)


def test_one_to_one_and_what_else_matches_is_a_duplicate() -> None:
    found = score([BAG, SHADOW], [told(105), told(110, name="b"), told(300, name="c"), told(500, name="d")], 1.0)
    assert [one.id for _, one in found.hits] == ["a"]
    assert (found.duplicates, len(found.decoys_told), [one.id for one in found.false]) == (1, 1, ["d"])
    assert (found.recall, found.precision) == (1.0, 0.25)


def test_what_is_told_before_it_lay_there_or_long_after_is_false() -> None:
    found = score([BAG], [told(105, opened_s=5.0), told(105, opened_s=75.0, name="b")], 1.0)
    assert len(found.missed) == 1
    assert len(found.false) == 2


def test_the_interval_of_wilson_holds_the_share_and_stays_within_0_and_1() -> None:
    low, high = wilson(9, 10)
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)
    assert wilson(0, 0) == (0.0, 1.0)


def test_photos_are_split_once_and_for_all() -> None:
    halves = [half_of(f"batch_{n}/0001.JPG") for n in range(400)]
    assert halves == [half_of(f"batch_{n}/0001.JPG") for n in range(400)]
    assert 150 < halves.count("report") < 250


def test_everything_put_down_is_gone_before_a_clip_ends() -> None:
    assert episodes_in(59.7) == [10.0]
    assert len(episodes_in(218)) == 3
    assert episodes_in(40) == []


def test_a_thing_is_there_while_it_lies_there_and_the_rest_is_only_encoded_anew() -> None:
    random = np.random.default_rng(1)
    ground = np.full((96, 128, 3), 120, np.uint8)
    taken = [(n / 2, ground.copy()) for n in range(24)]
    body = np.zeros((20, 24, 3), np.float32) + 20
    paste = Paste("bag", "black", 50, 40, body, np.ones((20, 24, 1), np.float32), 4.0, 8.0)
    made = composed(taken, ground, [paste], np.zeros((20, 8, 4), np.uint8), random)
    dark = [bool(picture[45:55, 55:70].mean() < 60) for _, picture in made]
    assert dark == [4.0 <= time_s < 8.0 for time_s, _ in made]
    assert all(abs(float(picture[80:, :30].mean()) - 120) < 4 for _, picture in made)


def test_a_composite_of_decoys_alone_has_room_for_more_of_them_and_for_nothing_else() -> None:
    plate = np.random.default_rng(1).integers(60, 180, (576, 768, 3), np.uint8)
    figure = np.full((60, 30, 4), 255, np.uint8)
    stage = Stage(PLAZA, plate, 79.0, Sprites((figure,), (figure,)), "tuning")
    alone = [paste for n in range(4) for paste in decoys(stage, np.random.default_rng(n))]
    assert all(paste.is_decoy for paste in alone)
    assert {paste.what for paste in alone} == {"plate", "shadow", "light", "person", "car"}
    assert len(alone) > 4 * DECOYS_ALONE / 2
    both = [paste for n in range(4) for paste in scene(stage, np.random.default_rng(n))]
    assert sum(paste.is_decoy for paste in both) < len(alone)


def cut_out(car: NDArray[np.uint8], plate: Picture) -> list[NDArray[np.uint8]]:
    """Return what is cut out of a picture in which a car was found at its place."""
    picture = plate.copy()
    picture[20:60, 20:100] = car
    found = detections([(20.0, 20.0, 100.0, 60.0)])
    return sprites_from([(0.0, picture)], plate, lambda image: found, {0})


def test_a_figure_is_cut_out_without_holes_and_left_out_where_it_is_in_pieces() -> None:
    plate = np.full((80, 120, 3), 120, np.uint8)
    car = np.full((40, 80, 3), 220, np.uint8)
    car[14:26, 30:44] = 120
    (whole,) = cut_out(car, plate)
    assert (whole[2:-2, 2:-2, 3] == 255).all(), "a door as grey as the street is a part of the car"
    car[:, 30:50] = 120
    assert cut_out(car, plate) == [], "two ends of a car without a middle are none"
