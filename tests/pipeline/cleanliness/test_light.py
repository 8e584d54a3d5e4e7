"""Light that comes and goes is no thing, and hides none: half shade, shadows, and what the reference learns of them."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.detections import Image
from pipeline.cleanliness.compare import likeness_between
from pipeline.cleanliness.references import Clean, References
from pipeline.cleanliness.sample import Grey
from pipeline.cleanliness.things import things_in
from tests.pipeline.cleanliness.street import Post, Put, Street, watching

SHORT = {"t_open_s": 20.0, "t_clear_s": 8.0}
WINDOW, LEAST = 15, 10
WHERE = np.s_[60:96, 100:150]


def ground() -> NDArray[np.float32]:
    rough = np.random.default_rng(2).normal(0, 25, (160, 240)).astype(np.float32)
    return np.asarray(110 + 2 * cv2.GaussianBlur(rough, (0, 0), 1.5), np.float32)


def patch(soft: float = 1.5) -> NDArray[np.float32]:
    """Return where a patch of light or shadow falls, 0..1, with half shade around it."""
    inside = np.zeros((160, 240), np.float32)
    inside[WHERE] = 1
    return np.asarray(cv2.GaussianBlur(inside, (0, 0), soft), np.float32)


def grey(levels: NDArray[np.float32]) -> Grey:
    return np.asarray(np.clip(levels, 0, 255), np.uint8)


def plain(picture: Grey) -> Grey:
    return np.full((picture.shape[0] // 2, picture.shape[1] // 2, 2), 128, np.uint8)


def clean(picture: Grey) -> Clean:
    return Clean(picture, plain(picture), np.ones(picture.shape, np.bool_), 0.0)


def thing(side: int) -> NDArray[np.float32]:
    """Return something with folds of its own."""
    folds = np.random.default_rng(5).normal(0, 60, (side, side)).astype(np.float32)
    return np.asarray(120 + 2 * cv2.GaussianBlur(folds, (0, 0), 2.0), np.float32)


def test_a_small_patch_of_sun_with_half_shade_is_light_against_any_of_the_references() -> None:
    now = ground()
    lit = grey(now * (1 + 0.5 * patch()))
    region = ((95, 55, 155, 101), np.ones((46, 60), np.bool_))
    other = clean(grey(ground()[::-1]))
    for references in ([clean(grey(now))], [other, clean(grey(now))]):
        assert not any(one.is_thing for one in things_in(region, (lit, plain(lit)), references, WINDOW, LEAST))


def test_a_thing_in_a_shadow_that_has_gone_is_found_alone() -> None:
    shadow = np.zeros((160, 240), np.float32)
    shadow[40:110, 80:180] = 0.5
    now = ground()
    then = clean(grey(now * (1 - cv2.GaussianBlur(shadow, (0, 0), 1.5))))
    now[56:86, 100:130] = thing(30) + 30
    region = ((75, 35, 185, 115), np.ones((80, 110), np.bool_))
    (found,) = things_in(region, (grey(now), plain(grey(now))), [then], WINDOW, LEAST)
    assert found.is_thing
    assert np.abs(np.array(found.box) - (100, 56, 130, 86)).max() <= 4, "the place of the shadow is no part of it"


def test_what_has_gone_is_learned_in_the_light_of_the_reference_and_the_look_of_before_is_kept() -> None:
    sun = ground() * 1.4
    seen = sun.copy()
    seen[WHERE] = thing(50)[:36]
    references = References(WINDOW)
    before = grey(seen)
    everywhere = np.ones(before.shape, np.bool_)
    references.start(before, plain(before), everywhere, 0.0)
    cloud = grey(sun * 0.5)
    where = np.zeros(before.shape, np.bool_)
    where[WHERE] = True
    references.heal((cloud, plain(cloud)), where, ~where, everywhere, 50.0)
    assert references.present is not None
    learned = references.present.grey
    assert float(np.abs(learned[WHERE].astype(float) - np.clip(sun[WHERE], 0, 255)).mean()) < 6
    assert float(likeness_between(learned, grey(sun), WINDOW).min()) > 0.7, "no border shows where it was learned"
    assert [np.array_equal(one.grey, before) for one in references.bank] == [True]


@dataclass
class Shaded(Street):
    """A street on which the shadow of a tree falls from a moment on."""

    shaded_from_s: float = 60.0

    def picture(self, time_s: float) -> Image:
        """Return what the camera sees at a moment."""
        picture = super().picture(time_s)
        if time_s < self.shaded_from_s:
            return picture
        rough = np.random.default_rng(8).normal(0, 1, picture.shape[:2]).astype(np.float32)
        leaves = cv2.GaussianBlur(rough, (0, 0), 5.0)
        shade = np.where((leaves > 0) & (np.arange(picture.shape[1]) > 120), np.float32(0.5), np.float32(1.0))
        shade[:100] = shade[180:] = 1
        soft = cv2.GaussianBlur(shade, (0, 0), 1.0)
        return np.asarray(picture * soft[:, :, None], np.uint8)


def test_the_dappled_shade_of_a_tree_that_falls_at_once_is_no_deposit() -> None:
    assert Post(Shaded(), watching(**SHORT)).until(95).told() == []


def test_a_deposit_that_is_taken_away_under_a_shadow_that_has_come_is_cleared() -> None:
    post = Post(Shaded([Put((140, 120, 40, 34), 15.0, 60.0)]), watching(**SHORT)).until(95)
    assert post.states() == ["opened", "cleared"]
    cleared = post.deposits()[-1].cleared_s
    assert cleared is not None
    assert abs(cleared - 60) <= 5
