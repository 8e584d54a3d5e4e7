"""Levels of light and half shade between them explain a shadow, a piece of its border, or two of them; no thing."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.cleanliness.compare import likeness, statistics_of
from pipeline.cleanliness.references import Clean
from pipeline.cleanliness.sample import Grey, Mask
from pipeline.cleanliness.shade import Compared, not_light
from pipeline.cleanliness.things import FINE, LEFT, LEFT_BY_NOISE, things_in

SIZE = (90, 120)
WINDOW, LEAST, SMALL = 15, 10, 5
PLACE = np.s_[30:60, 40:80]
SIDE = np.s_[28:62, 36:44]  # the left border of the place, with a little of both sides


def ground(level: float = 130.0, rough: float = 25.0) -> NDArray[np.float32]:
    grain = np.random.default_rng(4).normal(0, rough, SIZE).astype(np.float32)
    return np.asarray(level + 2 * cv2.GaussianBlur(grain, (0, 0), 1.5), np.float32)


def falls(factor: float, where: tuple[slice, slice] = PLACE, soft: float = 1.0) -> NDArray[np.float32]:
    """Return a factor of light that falls on a place, with half shade around it."""
    inside = np.zeros(SIZE, np.float32)
    inside[where] = 1
    return np.asarray(1 + (factor - 1) * cv2.GaussianBlur(inside, (0, 0), soft), np.float32)


def seen(levels: NDArray[np.float32], seed: int = 0, noise: float = 2.0) -> Grey:
    grain = np.random.default_rng(seed).normal(0, noise, SIZE)
    return np.asarray(np.clip(levels + grain, 0, 255), np.uint8)


def only(where: tuple[slice, slice]) -> Mask:
    inside = np.zeros(SIZE, np.bool_)
    inside[where] = True
    return inside


def left(now: Grey, then: Grey, where: tuple[slice, slice]) -> float:
    same = likeness(statistics_of(now, SMALL), statistics_of(then, SMALL)) >= FINE
    return not_light(Compared(now, then, same, np.ones(SIZE, np.bool_), SMALL), only(where))


def is_thing(now: Grey, then: Grey, where: tuple[slice, slice]) -> bool:
    plain = np.full((SIZE[0] // 2, SIZE[1] // 2, 2), 128, np.uint8)
    (rows, columns) = where
    box = (columns.start, rows.start, columns.stop, rows.stop)
    mask = np.ones((rows.stop - rows.start, columns.stop - columns.start), np.bool_)
    clean = Clean(then, plain, np.ones(SIZE, np.bool_), 0.0)
    return any(one.is_thing for one in things_in((box, mask), (now, plain), [clean], WINDOW, LEAST))


@pytest.mark.parametrize("factor", [0.45, 0.6, 1.4, 1.7])
@pytest.mark.parametrize("cloud", [1.0, 0.6])
@pytest.mark.parametrize("where", [PLACE, SIDE], ids=["all of it", "a piece of its border"])
def test_a_shadow_or_a_patch_of_sun_is_light_though_a_cloud_has_come_too(
    factor: float, cloud: float, where: tuple[slice, slice]
) -> None:
    then, now = seen(ground(), 1), seen(ground() * falls(factor) * cloud, 2)
    assert left(now, then, where) < LEFT
    assert not is_thing(now, then, where)


@pytest.mark.parametrize(
    ("wide", "rough", "factor"), [(5, 25.0, 0.55), (9, 4.0, 1.5), (11, 4.0, 1.5)], ids=["shadow", "sun", "wider sun"]
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_narrow_light_is_light_though_most_windows_lie_on_its_border(
    wide: int, rough: float, factor: float, seed: int
) -> None:
    narrow = np.s_[40 : 40 + wide, 40:80]
    then, now = seen(ground(rough=rough), seed), seen(ground(rough=rough) * falls(factor, narrow), seed + 9)
    assert left(now, then, narrow) < LEFT


@pytest.mark.parametrize("rest", [1.0, 0.8])
def test_a_shadow_that_falls_beside_one_that_goes_is_light(rest: float) -> None:
    earlier = np.s_[46:75, 30:62]
    then = seen(ground() * falls(0.6, earlier), 1)
    now = seen(ground() * falls(rest, earlier) * falls(0.55), 2)
    assert left(now, then, np.s_[30:75, 30:80]) < LEFT


def test_a_thing_that_is_darker_here_and_brighter_there_is_not_light_though_shadows_may_come_and_go() -> None:
    levels = ground(rough=4.0)
    levels[30:60, 40:60] = 70.0
    levels[30:60, 60:80] = 200.0
    assert left(seen(levels, 2), seen(ground(rough=4.0), 1), PLACE) >= LEFT


def test_a_shadow_on_ground_without_texture_is_light() -> None:
    then, now = seen(ground(rough=0), 1), seen(ground(rough=0) * falls(0.6), 2)
    assert left(now, then, PLACE) < LEFT
    assert not is_thing(now, then, PLACE)


def test_a_patch_of_sun_that_is_brighter_than_the_sensor_can_tell_is_light() -> None:
    bright = ground(200.0)
    now = seen(bright * falls(1.5), 2)
    assert float((now[PLACE] >= 250).mean()) > 0.8, "nearly all of its texture is lost"
    assert left(now, seen(bright, 1), PLACE) < LEFT
    assert not is_thing(now, seen(bright, 1), PLACE)


def test_noise_of_dark_ground_explains_as_much_as_noise_makes() -> None:
    dark = ground(24.0, 4.0)
    assert left(seen(dark * falls(0.6), 2), seen(dark, 1), PLACE) < LEFT


@pytest.mark.parametrize("contrast", [40.0, 60.0])
def test_a_thing_with_folds_of_its_own_is_not_light_whatever_its_brightness(contrast: float) -> None:
    for level in (70.0, 130.0, 200.0):
        folds = np.random.default_rng(9).normal(0, contrast, SIZE).astype(np.float32)
        levels = ground()
        levels[PLACE] = (level + 2 * cv2.GaussianBlur(folds, (0, 0), 1.5))[PLACE]
        then, now = seen(ground(), 1), seen(levels, 2)
        assert left(now, then, PLACE) >= LEFT
        assert is_thing(now, then, PLACE)


def test_a_thing_of_three_shades_is_not_light() -> None:
    levels = ground(rough=8.0)
    for n, shade in enumerate((60.0, 190.0, 100.0)):
        levels[30:60, 40 + 13 * n : 53 + 13 * n] = shade
    assert left(seen(levels, 2), seen(ground(rough=8.0), 1), PLACE) >= LEFT


def test_a_thing_of_one_shade_without_texture_cannot_be_told_from_light() -> None:
    levels = ground(rough=0)
    levels[PLACE] = 80.0
    assert left(seen(levels, 2), seen(ground(rough=0), 1), PLACE) < LEFT_BY_NOISE


def test_a_thing_as_dark_as_no_shadow_makes_it_is_none_though_a_cloud_has_come() -> None:
    levels = ground(rough=4.0)
    levels[PLACE] = 22.0
    assert is_thing(seen(levels * 0.6, 2), seen(ground(rough=4.0), 1), PLACE)
