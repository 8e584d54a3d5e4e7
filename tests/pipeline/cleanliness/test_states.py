"""How well a zone is watched, and what is said where it cannot be."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import pytest

from models.detections import Image
from pipeline.events import Level, ZoneWatch
from tests.pipeline.cleanliness.street import WHOLE, Post, Put, Street, watching

BAG = (140, 120, 40, 34)
SHORT = {"t_open_s": 20.0, "t_clear_s": 8.0}


def test_a_zone_learns_then_watches() -> None:
    post = Post(Street()).until(15)
    assert post.zone() == [("learning", "start"), ("watching", "clean")]
    assert post.level("deposits_watched") == 1


def test_a_zone_that_never_shows_its_ground_stays_learning_and_says_so_after_an_hour() -> None:
    crowd = (0.0, 0.0, 320.0, 240.0)
    post = Post(Street(people=lambda time_s: [crowd])).until(20).until(3800, step_s=25)
    assert post.zone()[-1] == ("learning", "no_clean_view")
    assert post.level("deposits_watched") == 0


def test_a_zone_that_is_too_small_says_so_and_watches_nothing() -> None:
    corner = ((0.0, 0.0), (0.05, 0.0), (0.05, 0.05), (0.0, 0.05))
    post = Post(Street([Put((0, 0, 14, 10), 12.0)]), watching(points=corner, **SHORT)).until(50)
    assert post.zone() == [("suspended", "too_small")]
    assert post.told() == []


def test_a_camera_that_is_not_well_suspends_the_zone_and_its_deposits() -> None:
    post = Post(Street([Put(BAG, 15.0)]), watching(**SHORT), well=lambda time_s: not 60 < time_s < 200).until(230)
    assert post.states() == ["opened", "occluded", "resumed"]
    assert ("suspended", "camera") in post.zone()


def test_a_camera_that_was_turned_opens_nothing_and_learns_its_new_view() -> None:
    turned = Street(turned=lambda time_s: 90 if time_s > 30 else 0)
    post = Post(turned, watching(**SHORT)).until(150)
    assert post.told() == []
    assert ("suspended", "light") in post.zone()
    assert post.zone()[-1] == ("watching", "clean")


@pytest.mark.parametrize("smallest_px", [10, 24])
def test_lengths_and_areas_are_told_in_metres_where_the_ground_is_known(smallest_px: int) -> None:
    post = Post(Street([Put(BAG, 12.0)]), watching(calibration=flat_ground(), smallest_px=smallest_px, **SHORT))
    post.until(45)
    px_per_m = 240 / 8  # of the width analysed
    assert post.level("smallest") == pytest.approx(100 * smallest_px / px_per_m, rel=0.01)
    (told,) = {event.smallest_cm for event in post.events if isinstance(event, ZoneWatch)}
    assert told == pytest.approx(100 * smallest_px / px_per_m, rel=0.01)
    (bag,) = post.deposits()
    assert bag.area_m2 == pytest.approx(bag.area_px * (8 / 320) ** 2, rel=0.01)
    assert bag.area_m2 == pytest.approx(40 * 34 * (8 / 320) ** 2, rel=0.5)


def test_without_a_calibration_nothing_is_told_in_metres() -> None:
    post = Post(Street([Put(BAG, 12.0)]), watching(**SHORT)).until(45)
    assert "smallest" not in {event.measure for event in post.events if isinstance(event, Level)}
    assert {event.smallest_cm for event in post.events if isinstance(event, ZoneWatch)} == {None}
    assert [event.area_m2 for event in post.deposits()] == [None]


def flat_ground() -> dict[str, object]:
    """Return a calibration: the picture shows 8 by 6 metres from straight above."""
    corners = (((0.0, 1.0), (0.0, 0.0)), ((1.0, 1.0), (8.0, 0.0)), ((1.0, 0.0), (8.0, 6.0)), ((0.0, 0.0), (0.0, 6.0)))
    return {"points": tuple({"image": at, "ground": ground} for at, ground in corners)}


def test_a_zone_of_which_all_is_kept_out_watches_nothing() -> None:
    config = watching(keep_out=({"id": "terrace", "points": WHOLE},), **SHORT)
    post = Post(Street([Put(BAG, 12.0)]), config).until(50)
    assert post.zone() == [("suspended", "too_small")]
    assert post.told() == []
    assert post.level("deposits_watched") == 0


def test_a_zone_that_is_all_sky_tells_of_no_deposit_and_that_it_is_not_watched() -> None:
    post = Post(Sky(), watching(**SHORT)).until(200)
    assert post.told() == []
    assert post.zone()[-1] == ("suspended", "light"), "that it is not watched is said"
    assert post.level("deposits_watched") == 0


@dataclass
class Sky(Street):
    """Nothing but clouds that drift, and grow lighter and darker."""

    def picture(self, time_s: float) -> Image:
        """Return what the camera sees at a moment."""
        clouds = cv2.GaussianBlur(self.ground, (0, 0), 12)
        far = int(0.8 * time_s) % 160
        level = 190 + 12 * (clouds[:, far : far + self.size[0]] - 120) + 12 * math.sin(time_s / 25)
        picture = np.dstack([level + 12, level, level - 8]) + self.grain[round(time_s) % len(self.grain)]
        return np.asarray(np.clip(picture, 0, 255), np.uint8)


def test_the_switch_to_infra_red_opens_nothing_and_by_night_things_are_told() -> None:
    street = Street([Put(BAG, 120.0, grey=True)], night=lambda time_s: time_s > 30)
    post = Post(street, watching(**SHORT))
    post.until(118)
    assert post.told() == []
    assert post.zone()[-1] == ("watching", "clean")
    post.until(160)
    assert post.states() == ["opened"]
    assert abs(post.deposits()[0].first_seen_s - 120) <= 3


def test_where_infra_red_shows_another_ground_it_is_learned_anew_and_the_day_is_known_again() -> None:
    street = Street([Put(BAG, 160.0)], night=lambda time_s: 30 < time_s < 140, other=0.7)
    post = Post(street, watching(**SHORT)).until(138)
    assert ("suspended", "light") in post.zone()
    assert post.zone()[-1] == ("watching", "clean"), "the night is learned"
    by_night = len(post.zone())
    post.until(158)
    assert post.told() == []
    assert ("suspended", "light") not in post.zone()[by_night:], "the day was kept beside it"
    post.until(200)
    assert post.states() == ["opened"]
