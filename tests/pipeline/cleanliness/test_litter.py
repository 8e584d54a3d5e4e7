"""The optional model of litter: where it agrees, less time is needed; where it sees nothing, nothing changes."""

import numpy as np

from models.detections import Detections, Image
from pipeline.cleanliness.litter import TILE_PX, LitterEyes
from tests.builders import detections
from tests.pipeline.cleanliness.street import Post, Put, Street, watching

BAG = (140, 120, 40, 34)


def post(litter: LitterEyes) -> Post:
    return Post(Street([Put(BAG, 15.0)]), watching(t_open_s=60.0), litter=litter)


def test_where_it_agrees_a_thing_is_told_after_half_the_time_and_it_is_asked_twice_a_minute() -> None:
    asked: list[tuple[int, ...]] = []

    def waste(tile: Image) -> Detections:
        asked.append(tile.shape)
        left, top, width, height = BAG
        return detections([(left, top, left + width, top + height)])

    one = post(LitterEyes(waste, frozenset({0}))).until(70)
    assert one.states() == ["opened"]
    assert 44 <= one.told()[0][1] <= 55
    assert len(asked) <= 2


def test_that_it_sees_nothing_suppresses_nothing() -> None:
    one = post(LitterEyes(lambda tile: Detections.empty(), frozenset({0}))).until(90)
    assert one.states() == ["opened"]
    assert 70 <= one.told()[0][1] <= 85


def test_a_large_picture_is_asked_in_tiles_as_the_camera_sees_it() -> None:
    sizes: list[tuple[int, ...]] = []

    def note(tile: Image) -> Detections:
        sizes.append(tile.shape)
        return Detections.empty()

    large = Post(
        Street([Put((560, 480, 160, 130), 15.0)], size=(1280, 960)), watching(t_open_s=60.0),
        litter=LitterEyes(note, frozenset({0})),
    )  # fmt: skip
    large.until(27)
    assert len(sizes) == 6
    assert np.max([shape[:2] for shape in sizes]) == TILE_PX
