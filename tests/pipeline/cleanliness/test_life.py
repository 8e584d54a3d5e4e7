"""The life of a deposit, on a scripted clock: opened, worsened, cleared, and all that is no deposit."""

import math

import numpy as np
import pytest

from pipeline.orders import Order
from tests.builders import detections
from tests.pipeline.cleanliness.street import Post, Put, Street, watching

BAG = (140, 120, 40, 34)
SHORT = {"t_open_s": 20.0, "t_clear_s": 8.0}
CENTRE = (0.5, 0.57)


@pytest.mark.parametrize(("surface", "waits_s"), [("sensitive", 30), ("pavement", 120), ("carriageway", 600)])
def test_a_bag_is_told_once_it_has_lain_there_as_long_as_the_surface_asks(surface: str, waits_s: int) -> None:
    step_s = max(1.0, waits_s / 150)
    post = Post(Street([Put(BAG, 20.0)]), watching(surface=surface)).until(40).until(20 + waits_s - 8, step_s)
    assert post.told() == []
    post.until(20 + waits_s + 10)
    assert post.states() == ["opened"]
    (bag,) = post.deposits()
    assert abs(bag.first_seen_s - 20) <= 3
    assert abs(bag.box[0] + bag.box[2] / 2 - CENTRE[0]) < 0.03
    assert abs(bag.box[1] + bag.box[3] / 2 - CENTRE[1]) < 0.03
    assert abs(bag.area_px - BAG[2] * BAG[3]) < 0.5 * BAG[2] * BAG[3]


def test_it_is_cleared_with_the_first_clean_sample_and_counted_once() -> None:
    post = Post(Street([Put(BAG, 20.0, 200.0)])).until(290)
    assert post.states() == ["opened", "cleared"]
    cleared = post.deposits()[-1].cleared_s
    assert cleared is not None
    assert abs(cleared - 200) <= 3
    assert post.deposits()[-1].deposit_id == post.deposits()[0].deposit_id


def test_a_second_bag_beside_the_first_makes_it_worse_after_a_minute() -> None:
    beside = (186, 122, 42, 34)
    post = Post(Street([Put(BAG, 20.0), Put(beside, 80.0, seed=9)]), watching(**SHORT)).until(180)
    assert post.states() == ["opened", "worsened"]
    assert 140 <= post.told()[-1][1] <= 155
    assert post.deposits()[-1].area_px > 1.5 * post.deposits()[0].area_px


def test_two_things_far_from_each_other_are_two_deposits() -> None:
    post = Post(Street([Put((40, 60, 36, 30), 15.0), Put((230, 170, 40, 34), 15.0, seed=8)]), watching(**SHORT))
    post.until(60)
    assert post.states() == ["opened", "opened"]
    assert post.level("deposits") == 2
    assert 2 < post.level("dirty") < 6


def test_who_stands_or_sits_still_for_five_minutes_is_no_deposit() -> None:
    man = (150.0, 80.0, 180.0, 170.0)
    seen = Post(Street(people=lambda time_s: [man] if time_s > 15 else ())).until(330, step_s=2)
    assert seen.told() == []


def test_who_is_not_seen_by_the_detector_but_moves_now_and_then_is_no_deposit() -> None:
    def shifting(time_s: float) -> list[tuple[float, float, float, float]]:
        x = 150 + 14 * ((int(time_s) // 12) % 2) + 4 * math.sin(time_s)
        return [(x, 80.0, x + 30, 170.0)] if time_s > 15 else []

    assert Post(Street(strangers=shifting)).until(330, step_s=2).told() == []


def test_somebody_found_by_a_closer_look_holds_the_deposit_back() -> None:
    def somebody(picture: np.ndarray) -> object:
        height, width = picture.shape[:2]
        return detections([(width * 0.3, height * 0.2, width * 0.7, height * 0.8)])

    post = Post(Street([Put(BAG, 15.0)]), watching(**SHORT), closely=somebody)  # type: ignore[arg-type]
    assert post.until(90).told() == []


def test_a_cloud_and_a_lamp_open_nothing() -> None:
    clouds = Street(light=lambda time_s: 0.75 + 0.25 * math.cos(time_s / 15))
    assert Post(clouds, watching(**SHORT)).until(150).told() == []
    lamp = Street(light=lambda time_s: 0.45 if time_s > 30 else 1.0)
    assert Post(lamp, watching(**SHORT)).until(150).told() == []


def test_a_schedule_lets_things_lie_and_their_time_counts_from_its_end() -> None:
    post = Post(
        Street([Put(BAG, 20.0)]), watching(**SHORT),
        quiet=lambda zone, time_s: "collection" if time_s < 100 else None,
    )  # fmt: skip
    assert post.until(99).told() == []
    assert post.until(125).states() == ["opened"]
    assert abs(post.deposits()[0].first_seen_s - 20) <= 3
    assert abs(post.deposits()[0].counted_from_s - 99) <= 2


def test_a_deposit_behind_a_crowd_is_hidden_not_cleared_and_is_seen_again() -> None:
    crowd = (100.0, 80.0, 220.0, 200.0)
    street = Street([Put(BAG, 20.0)], people=lambda time_s: [crowd] if 60 < time_s < 160 else ())
    assert Post(street, watching(**SHORT)).until(190).states() == ["opened", "occluded", "resumed"]


def test_half_an_hour_behind_something_suspends_it() -> None:
    lorry = (60.0, 40.0, 260.0, 220.0)
    street = Street([Put(BAG, 20.0)], people=lambda time_s: [lorry] if time_s > 60 else ())
    post = Post(street, watching(**SHORT)).until(60).until(2000, step_s=10)
    assert post.states() == ["opened", "occluded", "suspended"]
    assert ("covered", "people") in post.zone()


def test_what_lies_there_at_the_start_belongs_to_the_scene_and_its_going_is_no_deposit() -> None:
    post = Post(Street([Put(BAG, 0.0, 60.0)]), watching(**SHORT)).until(150)
    assert post.told() == []


def test_an_operator_says_that_it_is_normal_there() -> None:
    def orders(time_s: float) -> list[Order]:
        return [Order(do="normal", zone="square")] if 59.5 < time_s < 60.5 else []

    post = Post(Street([Put(BAG, 15.0)]), watching(**SHORT), orders=orders).until(140)
    assert post.states() == ["opened", "absorbed"]


def test_a_clock_that_jumps_opens_nothing_too_early() -> None:
    post = Post(Street([Put(BAG, 20.0)])).until(40)
    post.now_s += 3600
    post.until(3640 + 100)
    assert post.told() == []
    assert post.until(3640 + 140).states() == ["opened"]
    back = Post(Street([Put(BAG, 20.0)])).until(60)
    back.now_s -= 30
    assert back.until(35).told() == []


def test_after_pictures_of_another_size_the_ground_is_learned_anew() -> None:
    post = Post(Street([Put(BAG, 500.0)]), watching(**SHORT)).until(20)
    post.street = Street(size=(640, 480))
    post.until(40)
    assert ("learning", "resolution") in post.zone()
    assert post.zone()[-1] == ("watching", "clean")
