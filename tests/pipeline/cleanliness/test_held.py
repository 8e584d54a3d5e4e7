"""What the watch of one camera keeps in memory, from one picture to the next, has a bound."""

import numpy as np
import pytest

from pipeline.cleanliness.compare import likeness, likeness_between, statistics_of
from pipeline.cleanliness.references import BANK_MOST
from pipeline.cleanliness.sample import Packed
from pipeline.cleanliness.scene import SETTLE_SAMPLES, SETTLE_WIDTH, Scene
from pipeline.cleanliness.spots import Spot
from tests.pipeline.cleanliness.held import held_bytes, reached
from tests.pipeline.cleanliness.street import Post, Put, Street, watching

MIB = 2**20


def watched(width: int, height: int, until_s: float) -> Post:
    """Return a watch of all of such a picture, in which a deposit was opened."""
    bag = (round(0.4 * width), round(0.5 * height), width // 8, width // 9)
    street = Street([Put(bag, 14.0)], people=lambda time_s: [(9.0, 9.0, 40.0, 80.0)], size=(width, height))
    config = watching(cleanliness={"width_px": width}, t_open_s=10.0, t_clear_s=8.0)
    return Post(street, config).until(until_s)


def fill_bank(post: Post) -> None:
    """Let the ground be known in as many lights as are kept."""
    (scene,) = (one for one in reached(post.watch) if isinstance(one, Scene))
    for n in range(BANK_MOST + 1):
        scene.references.start(*scene.horizon.ground(), scene.horizon.known(), 100.0 + n)
    assert len(scene.references.all()) == BANK_MOST + 1


@pytest.mark.parametrize(("width", "height", "most_mib"), [(960, 720, 20.0), (480, 270, 4.0)])
def test_a_camera_of_any_usual_shape_takes_no_more_than_20_mib_with_every_light_known(
    width: int, height: int, most_mib: float
) -> None:
    post = watched(width, height, 32)
    assert post.states() == ["opened"]
    fill_bank(post)
    held = held_bytes(post.watch) / MIB
    assert held < most_mib
    assert held > most_mib / 2, "what is counted is what is kept"
    assert any(isinstance(one, Spot) for one in reached(post.watch))


def test_it_takes_no_more_after_a_while() -> None:
    post = watched(320, 240, 40)
    before = held_bytes(post.watch)
    post.until(120)
    assert held_bytes(post.watch) == before


def test_a_mask_is_the_same_unpacked() -> None:
    mask = np.random.default_rng(1).random((7, 13)) < 0.5
    packed = Packed.of(mask)
    assert np.array_equal(packed.mask, mask)
    assert packed.mask.dtype == np.bool_
    assert packed.bits.nbytes == 14


@pytest.mark.parametrize(("width", "height"), [(64, 2100), (960, 540), (333, 500), (480, 270)])
def test_pictures_compared_in_strips_are_as_alike_as_at_once(width: int, height: int) -> None:
    random = np.random.default_rng(2)
    now, clean = random.integers(0, 255, (2, height, width), np.uint8)
    now[: height // 2] = clean[: height // 2] // 2
    at_once = likeness(statistics_of(now, 15), statistics_of(clean, 15))
    assert np.allclose(likeness_between(now, clean, 15), at_once, atol=1e-4)


def test_light_that_settles_is_learned_at_large_widths_too() -> None:
    """Ten samples of before are kept smaller than the picture; that the ground is steady is seen all the same."""
    street = Street(turned=lambda time_s: 150 if time_s > 15 else 0, size=(640, 360))
    post = Post(street, watching(cleanliness={"width_px": 640})).until(75)
    assert ("suspended", "light") in post.zone()
    assert post.zone()[-1] == ("watching", "clean")
    (scene,) = (one for one in reached(post.watch) if isinstance(one, Scene))
    small = [one for one in reached(scene) if isinstance(one, np.ndarray) and one.shape == (135, SETTLE_WIDTH)]
    assert len(small) == SETTLE_SAMPLES
