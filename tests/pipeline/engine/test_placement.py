"""Which worker watches which camera."""

import random
from pathlib import Path

import pytest

from pipeline.engine.guess import first_guess
from pipeline.engine.placement import Move, Placed, better, guessed_cost, least_loaded, loads_of, place
from tests.sites import camera, draw_walk, load, to_and_fro


def cameras(*costs: float, priority: int = 5) -> list[Placed]:
    return [Placed(f"c{n}", cost, priority) for n, cost in enumerate(costs)]


def test_the_costliest_camera_has_a_worker_to_itself() -> None:
    assert place(cameras(0.1, 0.5, 0.2, 0.2), 2) == [["c1"], ["c2", "c3", "c0"]]


def test_equal_cameras_are_spread_evenly() -> None:
    groups = place(cameras(*[0.03] * 64), 2)
    assert [len(group) for group in groups] == [32, 32]


@pytest.mark.parametrize("seed", range(20))
def test_no_worker_has_a_third_more_than_the_best_placement_could_give(seed: int) -> None:
    """The bound of longest-processing-time placement is 4/3 of the optimum, which is at least mean and maximum."""
    draw = random.Random(seed)
    given = cameras(*(draw.uniform(0.01, 0.4) for _ in range(draw.randint(3, 40))))
    workers = draw.randint(2, 8)
    loads = loads_of(place(given, workers), {one.id: one.cost for one in given})
    costs = sorted((one.cost for one in given), reverse=True)
    pair = costs[workers - 1] + costs[workers] if len(costs) > workers else 0.0
    assert max(loads) <= 4 / 3 * max(sum(costs) / workers, costs[0], pair) + 1e-9


def test_each_worker_holds_as_much_of_each_priority() -> None:
    given = [Placed(f"{priority}-{n}", 0.1, priority) for priority in (1, 9) for n in range(4)]
    for group in place(given, 2):
        assert sorted(name[0] for name in group) == ["1", "1", "9", "9"]


def test_before_anything_is_measured_big_cameras_are_thought_to_cost_more() -> None:
    big, small = guessed_cost((1920, 1080), 25, 2), guessed_cost((640, 360), 25, 2)
    assert big > 2 * small
    assert guessed_cost(None, None, 2) == big


def test_a_new_camera_goes_to_the_worker_with_most_room() -> None:
    assert least_loaded([cameras(0.5), cameras(0.2, 0.2), []]) == 2
    assert least_loaded([cameras(0.5), cameras(0.2, 0.2)]) == 1


def test_one_move_brings_the_busiest_worker_down() -> None:
    assert better([cameras(0.5, 0.25, 0.2), [Placed("x", 0.3)]]) == Move("c1", 0, 1)


@pytest.mark.parametrize(
    ("groups", "why"),
    [
        ([cameras(0.3, 0.3), []], "nobody is short of time"),
        ([cameras(0.5, 0.4), [Placed("x", 0.8)]], "the peak would be as high elsewhere"),
        ([cameras(0.95), []], "the only camera of a worker moves its load along"),
        ([[Placed("a", 0.5, movable=False), Placed("b", 0.4, movable=False)], []], "recordings would begin again"),
        ([cameras(0.5, 0.4)], "there is nobody else"),
    ],
)
def test_a_move_that_does_not_pay_is_left_undone(groups: list[list[Placed]], why: str) -> None:
    assert better(groups) is None, why


def test_moving_ends() -> None:
    """One move after the other: each lowers the peak, so it cannot go on for ever."""
    draw = random.Random(7)
    groups = [cameras(*(draw.uniform(0.01, 0.2) for _ in range(30))), [], []]
    for _ in range(50):
        move = better(groups)
        if move is None:
            break
        one = next(c for c in groups[move.source] if c.id == move.camera)
        groups[move.source].remove(one)
        groups[move.target].append(one)
    assert better(groups) is None
    loads = [sum(one.cost for one in group) for group in groups]
    assert max(loads) - min(loads) < 0.4


def test_a_first_guess_is_made_from_what_a_recording_says(tmp_path: Path) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(2))
    loaded = load(
        tmp_path,
        camera("usual"),
        camera("slow", detector={"fps": 1}),
        camera("live", source="rtsp://127.0.0.1:1/live"),
        camera("absent", source="absent.mp4"),
    )
    guess = {one.id: first_guess(loaded, one.id) for one in loaded.site.cameras}
    assert guess["absent"] == 0 < guess["slow"] < guess["usual"] < guess["live"]
