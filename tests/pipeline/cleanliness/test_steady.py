"""A camera that shakes by a pixel or two loses nothing and makes nothing up; one that was turned is not laid back."""

import cv2
import numpy as np
import pytest

from pipeline.cleanliness.sample import Grey, Sample
from pipeline.cleanliness.steady import shift_between, steadied
from tests.pipeline.cleanliness.street import Post, Put, Street, watching

SHORT = {"t_open_s": 20.0, "t_clear_s": 8.0}


def ground(width: int = 480, height: int = 270) -> Grey:
    rough = np.random.default_rng(1).normal(0, 40, (height, width)).astype(np.float32)
    return np.asarray(np.clip(120 + 3 * cv2.GaussianBlur(rough, (0, 0), 2.0), 0, 255), np.uint8)


def moved(grey: Grey, right: float, down: float) -> Grey:
    by = np.array([[1, 0, right], [0, 1, down]])
    return np.asarray(cv2.warpAffine(grey, by, grey.shape[::-1], borderMode=cv2.BORDER_REPLICATE), np.uint8)


def sample(grey: Grey) -> Sample:
    height, width = grey.shape
    return Sample(0.0, grey, np.full((height // 2, width // 2, 2), 128, np.uint8), np.zeros(grey.shape, np.bool_))


@pytest.mark.parametrize(("right", "down"), [(1.5, -0.7), (-2.0, 2.0), (0.0, 0.9)])
def test_a_shift_is_found_to_a_tenth_of_a_pixel_in_another_light_and_behind_a_passer(right: float, down: float) -> None:
    clean = ground()
    now = np.asarray(moved(clean, right, down) * 0.7, np.uint8)
    now[100:200, 200:240] = 20
    assert shift_between(clean, now) == pytest.approx((right, down), abs=0.1)


def test_what_is_laid_back_shows_the_ground_again() -> None:
    clean = ground()
    back = steadied(sample(moved(clean, 1.6, -1.2)), clean)
    inner = np.s_[8:-8, 8:-8]
    assert float(np.abs(back.grey[inner].astype(float) - clean[inner]).mean()) < 2
    assert float(np.abs(moved(clean, 1.6, -1.2)[inner].astype(float) - clean[inner]).mean()) > 6


@pytest.mark.parametrize("right", [0.0, 0.1, 25.0])
def test_a_camera_that_stands_still_or_was_turned_is_left_as_it_is(right: float) -> None:
    clean = ground()
    now = sample(moved(clean, right, 0.0))
    assert steadied(now, clean) is now


def test_a_wall_without_edges_is_left_as_it_is() -> None:
    flat = np.full((270, 480), 120, np.uint8)
    assert shift_between(flat, flat) is None


def test_on_a_mast_that_sways_a_bag_is_told_and_nothing_else() -> None:
    def sways(time_s: float) -> int:
        return (0, 2, 1, 0, 1, 2, 2)[int(time_s) % 7]

    post = Post(Street([Put((140, 120, 40, 34), 15.0, 60.0)], turned=sways), watching(**SHORT)).until(85)
    assert post.states() == ["opened", "cleared"]
