"""When the detector looks."""

from typing import Literal

import pytest

from pipeline.schedule import at_rate, every, step_for


def unseen() -> None:
    """Fail: these rules go by number and time, and a glance that they ask for would be paid for nothing."""
    raise AssertionError("nobody needs to look")


def due(step: int, phase: int, frames: int = 12) -> list[int]:
    rule = every(step, phase)
    return [index for index in range(frames) if rule(index, index / 10, unseen)]


@pytest.mark.parametrize(
    ("step", "phase", "frames"),
    [(1, 0, list(range(12))), (5, 0, [0, 5, 10]), (5, 3, [3, 8]), (3, 7, [7, 10]), (1, 11, [11])],
)
def test_a_recording_is_looked_at_from_the_phase_on_in_steps(step: int, phase: int, frames: list[int]) -> None:
    assert due(step, phase) == frames


@pytest.mark.parametrize(
    ("source_fps", "wanted", "step"),
    [
        (10, "auto", 1), (15, "auto", 1), (16, "auto", 1), (25, "auto", 2), (30, "auto", 2), (29.97, "auto", 2),
        (60, "auto", 4), (10, 5, 2), (10, 3.33, 3), (10, 100, 1), (30, 1, 30), (25, 10, 2),
    ],
)  # fmt: skip
def test_the_step_comes_nearest_to_the_wanted_rate(
    source_fps: float, wanted: float | Literal["auto"], step: int
) -> None:
    assert step_for(source_fps, wanted) == step


@pytest.mark.parametrize("camera_fps", [12.5, 25, 30, 7])
@pytest.mark.parametrize("jitter_s", [0.0, 0.02])
def test_a_live_camera_is_looked_at_at_the_rate_at_most(camera_fps: float, jitter_s: float) -> None:
    rule = at_rate(5.0)
    moments = [1000 + n / camera_fps + (jitter_s if n % 2 else 0.0) for n in range(int(camera_fps * 60))]
    looks = [moment for index, moment in enumerate(moments) if rule(index, moment, unseen)]
    assert 0.8 * 5 * 60 <= len(looks) <= 5 * 60 + 1


def test_a_slow_camera_is_looked_at_in_every_frame() -> None:
    rule = at_rate(10.0)
    assert all(rule(n, n / 4, unseen) for n in range(40))


def test_after_a_pause_there_is_no_burst() -> None:
    rule = at_rate(10.0)
    looks = [t for t in (0.0, 50.0, 50.01, 50.02, 50.05, 50.15) if rule(0, t, unseen)]
    assert looks == [0.0, 50.0, 50.05, 50.15]


def test_a_clock_that_steps_back_does_not_blind_the_camera() -> None:
    rule = at_rate(10.0)
    assert rule(0, 5000.0, unseen)
    assert rule(1, 100.0, unseen)
    assert not rule(2, 100.02, unseen)
    assert rule(3, 100.1, unseen)
