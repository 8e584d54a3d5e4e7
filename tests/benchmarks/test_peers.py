"""Peers get the detections that ours gets, and what they give back is counted as it should be."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks import comparison, ultralytics_door
from benchmarks.comparison import difference_rows
from benchmarks.figures import Column, Counted
from benchmarks.handover import FOLLOW, PEERS_PYTHON, Job, count_looks, follow, looks_of, write_clip
from benchmarks.recorded import Clip
from benchmarks.stock import STOCK
from benchmarks.truthfile import TrueCrossing, Truth
from benchmarks.ultralytics_door import directions
from models.detections import Detections
from pipeline.events import Crossing
from tests.builders import LABELS, SIZE, detections, line, standing

SCRIPTED = """
import json, sys
from pathlib import Path
import numpy as np
data, out = np.load(sys.argv[1]), Path(sys.argv[3])
for number, job in enumerate(json.loads(Path(sys.argv[2]).read_text())):
    rows = range(job["phase"], len(data["looks"]), job["step"])
    text = ""
    for look in rows:
        for (x1, y1, x2, y2), score in zip(data["xyxy"][data["frame"] == look], data["score"][data["frame"] == look]):
            text += f"{look + 1},7,{x1},{y1},{x2 - x1},{y2 - y1},{score},0,-1\\n"
    (out / f"{number}.txt").write_text(text)
    (line,) = job["lines"]
    events = [[4, 0.4, line["id"], "in", 7, 0], [4, 0.4, line["id"], "out", 7, 1]]
    (out / f"{number}.json").write_text(json.dumps({"events": events, "track_s": 0.25}))
"""


def walk(*xs: float) -> Clip:
    """Return a clip of ten frames a second in which one person walks; NaN: not seen."""
    found = tuple(Detections.empty() if np.isnan(x) else detections([standing(x, 500)]) for x in xs)
    return Clip("walk", 10.0, LABELS, SIZE, tuple(i / 10 for i in range(len(xs))), found)


def counted(system: str, *times_s: float) -> Counted:
    column = Column(1, (0,), 10.0)
    return Counted(system, {column: [[crossing(time_s) for time_s in times_s]]}, {column: 1.0})


def crossing(time_s: float) -> Crossing:
    return Crossing("middle", 1, "person", "forward", 0, time_s)


def truth(*times_s: float) -> Truth:
    crossings = tuple(TrueCrossing("middle", "person", "forward", time_s, True) for time_s in times_s)
    return Truth("walk", 10.0, 600, "", ({"id": "middle", "from": [0.5, 0], "to": [0.5, 1]},), crossings)


@pytest.fixture
def scripted(tmp_path: Path) -> list[str]:
    """The command of a peer that gives every box the same name and tells of two crossings."""
    script = tmp_path / "scripted.py"
    script.write_text(SCRIPTED)
    return [sys.executable, str(script)]


def test_a_peers_tracks_come_back_as_looks_and_are_counted_by_our_lines(scripted: list[str]) -> None:
    clip = walk(700, 650, 600, 550, 450, 400)
    found = follow(clip, [Job("a", "T", {}, None, 1, 0), Job("b", "T", {}, None, 2, 1)], [line()], scripted)
    assert [look.frame_index for look in found["b"].looks] == [1, 3, 5]
    assert [look.track_id.tolist() for look in found["a"].looks] == [[7]] * 6
    np.testing.assert_allclose(found["a"].looks[2].xyxy, clip.detections[2].xyxy)
    (one,) = count_looks(found["a"].looks, [line()], LABELS)
    assert (one.direction, one.frame_index, one.class_name) == ("forward", 4, "person")
    assert found["a"].track_s == 0.25


def test_a_peers_own_counts_take_our_names_for_directions_and_lie_half_a_look_back(scripted: list[str]) -> None:
    found = follow(walk(700, 650), [Job("a", "T", {}, None, 2, 0)], [line(classes=("person",))], scripted)
    (one,) = found["a"].crossings  # the other was a bicycle, which this line does not count
    assert (one.line_id, one.direction, one.class_name) == ("middle", "backward", "person")
    assert one.time_s == pytest.approx(0.3)


def test_a_track_ends_at_the_look_after_its_last_box_and_not_in_a_gap() -> None:
    rows = ["1,7,0,0,1,1,0.9,0,-1", "3,7,0,0,1,1,0.9,0,-1"]
    ended = [look.ended for look in looks_of(rows, walk(*[0.0] * 5), 1, 0)]
    assert ended == [frozenset(), frozenset(), frozenset(), {7}, frozenset()]


def test_the_class_of_a_peers_track_is_the_majority_so_far() -> None:
    rows = [f"{frame},7,0,0,1,1,{score},{cls},-1" for frame, score, cls in ((1, 0.4, 2), (2, 0.9, 3), (3, 0.4, 2))]
    looks = looks_of(rows, walk(0, 0, 0), 1, 0)
    assert [look.class_id.tolist() for look in looks] == [[2], [3], [3]]


def test_the_handed_over_file_holds_each_detection_with_its_frame(tmp_path: Path) -> None:
    write_clip(walk(700, np.nan, 600), tmp_path / "clip.npz")
    data = np.load(tmp_path / "clip.npz")
    assert data["frame"].tolist() == [0, 2]
    assert data["looks"].tolist() == [0, 1, 2]
    assert data["xyxy"].shape == (2, 4)
    assert data["size"].tolist() == list(SIZE)


def test_the_best_peer_is_named_in_each_column_with_its_interval() -> None:
    peers = [counted("one", 10.0), counted("two", 10.0, 20.0, 30.0)]
    (row,) = difference_rows("walk", truth(10.0, 20.0, 30.0, 40.0), counted("parvis", 10.0, 20.0, 30.0, 40.0), peers)
    assert row.system == "parvis - two"
    assert row.value == pytest.approx(1 - 6 / 7, abs=1e-4)
    assert row.low is not None
    assert row.high is not None
    assert 0 <= row.low < row.value < row.high


def test_no_two_stock_trackers_share_a_name_or_a_job() -> None:
    assert len({stock.name for stock in STOCK}) == len(STOCK)
    jobs = [stock.job(step, start, 10.0) for stock in STOCK for step in (1, 2) for start in range(step)]
    assert len({job.name for job in jobs}) == len(jobs)


def test_a_stock_tracker_is_told_the_rate_it_looks_at_unless_it_is_told_the_time() -> None:
    rates = {stock.timed: stock.job(5, 0, 10.0).settings["frame_rate"] for stock in STOCK}
    assert rates == {False: 2.0, True: 10.0}


def test_what_runs_in_the_peers_environment_imports_nothing_of_ours() -> None:
    for script in FOLLOW.parent.glob("*.py"):
        text = script.read_text(encoding="utf-8")
        ours = [
            f"{word} {name}" for word in ("import", "from") for name in ("benchmarks", "pipeline", "models", "parvis")
        ]
        assert [one for one in ours if f"\n{one}" in text] == [], script.name


def test_peers_that_are_not_installed_are_left_out_with_a_word_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(comparison, "PEERS_PYTHON", tmp_path / "python")
    monkeypatch.setattr(ultralytics_door, "PYTHON", tmp_path / "python")
    columns = [Column(1, (0,), 10.0)]
    assert comparison.stock_peers(walk(1), [line()], columns) == []
    assert ultralytics_door.ultralytics_peers(tmp_path / "x.mp4", walk(1), [line()], columns) == []
    told = capsys.readouterr().err.splitlines()
    assert ["`make peers`" in told[0], "`make peers-ultralytics`" in told[1], len(told)] == [True, True, 2]
    assert difference_rows("walk", truth(1.0), counted("parvis", 1.0), []) == []


@pytest.mark.skipif(not PEERS_PYTHON.exists(), reason="`make peers` is not beside this checkout")
def test_the_real_trackers_run_and_supervision_agrees_on_what_is_forward() -> None:
    clip = walk(*np.arange(700, 300, -10.0))
    jobs = [stock.job(1, 0, clip.fps) for stock in STOCK]
    found = follow(clip, jobs, [line()])
    for job in jobs:
        ours = count_looks(found[job.name].looks, [line()], LABELS)
        (own,) = found[job.name].crossings
        assert [one.direction for one in ours] == ["forward"], job.name
        assert own.direction == "forward"
        assert own.time_s == pytest.approx(ours[0].time_s, abs=0.2)


def test_a_peer_that_fails_is_not_taken_for_one_that_counts_nothing(tmp_path: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        follow(walk(1), [Job("a", "T", {}, None, 1, 0)], [line()], [sys.executable, "-c", "raise SystemExit(3)"])


@pytest.mark.parametrize(
    ("start", "end", "inside"),
    [
        ((0.5, 0.0), (0.5, 1.0), "backward"),  # looking down the picture, rightwards is to the left hand
        ((0.5, 1.0), (0.5, 0.0), "forward"),
        ((0.0, 0.5), (1.0, 0.5), "forward"),  # looking right, downwards is to the right hand
        ((1.0, 0.5), (0.0, 0.5), "backward"),
        ((0.2, 0.2), (0.9, 0.4), "forward"),  # wider than high: in is downwards
    ],
)
def test_object_counters_in_and_out_become_directions(
    start: tuple[float, float], end: tuple[float, float], inside: str
) -> None:
    found = directions(line(**{"from": start, "to": end}), SIZE)
    assert found["in"] == inside
    assert {found["in"], found["out"]} == {"forward", "backward"}
