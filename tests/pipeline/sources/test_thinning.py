"""Keyframes alone, only where they come often enough for the looks that are wanted."""

import pytest

from pipeline.sources.thinning import GROUPS, Thinning


def decoded(thinning: Thinning, groups_s: list[float], fps: float = 25.0, start_s: float = 0.0) -> list[float]:
    """Return, for each group of pictures in turn, the share of its packets that are decoded."""
    shares, now_s = [], start_s
    for length_s in groups_s:
        packets = round(length_s * fps)
        taken = sum(thinning.wants(number == 0, now_s + number / fps) for number in range(packets))
        shares.append(taken / packets)
        now_s += length_s
    return shares


def test_all_and_keyframes_are_what_they_say() -> None:
    assert decoded(Thinning("all", 1.0), [1.0] * 6) == [1.0] * 6
    assert decoded(Thinning("keyframes", None), [1.0] * 6) == [1 / 25] * 6


def test_short_groups_are_believed_after_some() -> None:
    assert decoded(Thinning("auto", 1.0), [0.4] * 8) == [1.0] * GROUPS + [0.1] * 4


@pytest.mark.parametrize(("looks_fps", "group_s"), [(2.0, 0.4), (1.0, 1.0), (5.0, 0.2), (None, 0.04)])
def test_groups_longer_than_half_a_step_are_decoded_whole(looks_fps: float | None, group_s: float) -> None:
    assert decoded(Thinning("auto", looks_fps), [group_s] * 8) == [1.0] * 8


def test_one_long_group_makes_all_be_decoded_from_the_next_keyframe_on() -> None:
    shares = decoded(Thinning("auto", 1.0), [0.4] * 6 + [2.0] + [0.4] * 6)
    assert shares[GROUPS : GROUPS + 3] == [0.1, 0.1, 1 / 50], "what follows in the long group needs what was left out"
    assert shares[GROUPS + 3 : -2] == [1.0] * 4
    assert shares[-2:] == [0.1, 0.1]


def test_a_stream_whose_clock_jumps_back_is_measured_anew() -> None:
    thinning = Thinning("auto", 1.0)
    assert decoded(thinning, [0.4] * 5, start_s=1000.0)[-1] == 0.1
    assert decoded(thinning, [0.4] * 6) == [1.0] * GROUPS + [0.1] * 2


def test_a_camera_that_sends_no_keyframes_is_decoded_whole_after_a_while() -> None:
    thinning = Thinning("keyframes", None)
    taken = [thinning.wants(False, second / 2) for second in range(60)]
    assert taken == [False] * 41 + [True] * 19
    assert thinning.wants(True, 30.0)
    assert not thinning.wants(False, 30.5), "once one comes, keyframes are enough again"


def test_a_clock_that_jumps_back_makes_nobody_wait_for_it() -> None:
    thinning = Thinning("keyframes", None)
    thinning.wants(True, 1_000_000.0)
    taken = [thinning.wants(False, float(second)) for second in range(30)]
    assert taken == [False] * 21 + [True] * 9
