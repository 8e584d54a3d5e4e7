"""Which peer is compared at equal error, and what is said where none reaches it."""

from pathlib import Path

import pytest

from benchmarks import best_peer
from benchmarks.contenders import Answer, Footage, footage_of
from benchmarks.rounds import Bar, Result
from benchmarks.tree import Spent
from pipeline.events import Crossing
from tests.benchmarks.test_throughput import Scripted, footage, truth_of
from tests.sites import draw_walk, to_and_fro


def peers_of(
    folder: Path, monkeypatch: pytest.MonkeyPatch, names: dict[str, float], wrong: set[tuple[str, int]]
) -> tuple[list[Result], Footage]:
    """Return peers by name and processor time, run once; those in `wrong` miss a crossing with that first look."""
    truth = footage_of(draw_walk(folder / "clip.mp4", to_and_fro(2)), truth_of(folder, 2)).truth
    assert truth is not None
    right = tuple(Crossing(t.line, 1, t.class_name, t.direction, 0, t.time_s) for t in truth.certain)  # type: ignore[arg-type]

    def once(contender: Scripted, core: int | None, phase: int = 0) -> Result:
        told = right[:1] if (contender.name, phase) in wrong else right
        return Result(contender, [], [Answer((), told)])

    monkeypatch.setattr(best_peer, "once", once)
    found = []
    for name, cpu_s in names.items():
        one = once(Scripted(name, [], step=2), None)
        one.spent.append(Spent(100, cpu_s, 0.0, 1.0, 1.0, True))
        one.judge(truth)
        found.append(one)
    return found, footage(truth=truth)


def test_the_best_peer_is_the_quickest_that_is_good_enough_over_all_first_looks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {"lucky": 1.0, "good": 2.0, "slow": 9.0, "wrong": 0.5}
    found, clip = peers_of(tmp_path, monkeypatch, names, {("lucky", 1), ("wrong", 0), ("wrong", 1)})
    best, nearest, rows = best_peer._best(found, clip, None, Bar(0.95, 0.07))
    assert best is not None
    assert (best.contender.system, nearest) == ("good", None)
    assert {row.system for row in rows} == {"lucky", "good"}, "the slow one need not be checked"
    assert all(row.settings.endswith("all first looks") for row in rows)


def test_where_no_peer_is_good_enough_there_is_no_best_one_but_a_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = {("half", 1), *((name, phase) for name in ("quick", "slow") for phase in (0, 1))}
    found, clip = peers_of(tmp_path, monkeypatch, {"quick": 0.5, "half": 2.0, "slow": 9.0}, wrong)
    best, nearest, _ = best_peer._best(found, clip, None, Bar(0.95, 0.07))
    assert nearest is not None
    assert (best, nearest.contender.system) == (None, "half")
    assert nearest.errors is not None
    assert nearest.errors.runs == 2, "its error is over first looks"
    alone, nearest, _ = best_peer._best([found[0]], clip, None, Bar(0.95, 0.07))
    assert nearest is not None
    assert (alone, nearest.contender.system) == (None, "quick"), "also where none comes near"
    assert best_peer._best([], clip, None, Bar(0.95, 0.07)) == (None, None, [])
