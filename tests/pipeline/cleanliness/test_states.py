"""How well a zone is watched, and what is said where it cannot be."""

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


def test_the_smallest_thing_is_told_in_centimetres_where_the_ground_is_known() -> None:
    corners = (((0.0, 1.0), (0.0, 0.0)), ((1.0, 1.0), (8.0, 0.0)), ((1.0, 0.0), (8.0, 6.0)), ((0.0, 0.0), (0.0, 6.0)))
    points = tuple({"image": at, "ground": ground} for at, ground in corners)
    config = watching(calibration={"points": points}, points=WHOLE)
    assert config.zones[0].deposit_rules is not None
    assert config.zones[0].deposit_rules.smallest_px == 10
