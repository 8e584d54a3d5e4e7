"""Public bins: what lies on the rim or around the foot for five minutes is an overflowing bin, until it is gone."""

import pytest

from pipeline.deposits import BIN_OPEN_S
from pipeline.events import Counted
from tests.builders import Box
from tests.pipeline.cleanliness.street import Post, Put, Street, watching

BODY = ((0.45, 0.4), (0.55, 0.4), (0.55, 0.6), (0.45, 0.6))  # px 144 to 176, 96 to 144
LEFT, RIGHT = (128, 128, 14, 28), (178, 128, 14, 28)  # on the ground beside its foot
ON_TOP = (146, 78, 28, 16)  # what sticks out of it
AT_S = 60.0


def post(puts: list[Put], people: tuple[Box, ...] = ()) -> Post:
    """Return a watch in front of a bin, on ground where other things must lie for ten minutes."""
    config = watching(bins=({"id": "corbeille", "zone": "square", "body": BODY},), surface="carriageway")
    return Post(Street(puts, people=lambda time_s: people if time_s > AT_S else ()), config)


def around(from_s: float, to_s: float = float("inf")) -> list[Put]:
    """Return things around the bin's foot."""
    return [Put(LEFT, from_s, to_s, seed=8, grey=True), Put(RIGHT, from_s, to_s, seed=9, grey=True)]


@pytest.mark.parametrize("things", [around(AT_S), [Put(ON_TOP, AT_S, seed=8, grey=True)]], ids=["foot", "rim"])
def test_what_lies_around_or_on_a_bin_for_five_minutes_makes_it_overflow(things: list[Put]) -> None:
    one = post(things).until(50).until(AT_S + BIN_OPEN_S - 10, step_s=5)
    assert one.told() == []
    one.until(AT_S + BIN_OPEN_S + 30, step_s=5)
    assert one.states() == ["opened"]
    (bin_,) = one.deposits()
    assert bin_.type == "bin_overflow"
    assert bin_.zone_id == "square"
    assert bin_.first_seen_s == pytest.approx(AT_S, abs=6)
    assert AT_S + BIN_OPEN_S - 6 <= bin_.time_s <= AT_S + BIN_OPEN_S + 25
    assert one.level("deposits") == 1


def test_a_bin_that_was_emptied_is_cleared_with_the_first_sample_that_shows_it() -> None:
    gone_s = 450.0
    one = post(around(AT_S, gone_s)).until(50).until(gone_s + 120, step_s=5)
    assert one.states() == ["opened", "cleared"]
    opened, cleared = one.deposits()
    assert cleared.deposit_id == opened.deposit_id
    assert cleared.cleared_s == pytest.approx(gone_s, abs=6)
    assert cleared.time_s >= gone_s + 60 - 6
    counted = [event.measure for event in one.events if isinstance(event, Counted)]
    assert counted == ["deposits_opened", "deposits_cleared"]
    assert one.level("deposits") == 0


def test_what_is_taken_away_within_five_minutes_is_not_told() -> None:
    assert post(around(AT_S, AT_S + 240)).until(50).until(600, step_s=5).told() == []


def test_a_bin_behind_somebody_says_nothing() -> None:
    crowd = (100.0, 60.0, 220.0, 200.0)
    assert post(around(AT_S), (crowd,)).until(50).until(600, step_s=5).told() == []


def test_a_bin_that_is_not_where_it_was_drawn_says_nothing() -> None:
    moved = [*around(AT_S), Put((140, 90, 40, 60), AT_S, seed=11, grey=True)]
    one = post(moved).until(50).until(500, step_s=5)
    assert [event.type for event in one.deposits()] == []
