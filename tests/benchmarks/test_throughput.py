"""`parvis bench throughput`: ours on drawn footage from file to published counts, what is refused, what is chosen."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import sweep, throughput
from benchmarks.best_peer import strides
from benchmarks.contenders import Answer, Contender, Footage, Ours, footage_of
from benchmarks.handover import PEERS_PYTHON
from benchmarks.matching import score
from benchmarks.parts import recall
from benchmarks.rounds import Bar, Errors, Result, interleaved, phases_of, ratio_row, rows_of
from benchmarks.site import RECORDED_AT_S, derived, settings_of
from benchmarks.stages import rows_of_stages
from benchmarks.sweep import TRACKERS, Peers
from benchmarks.tree import Program, Spent
from benchmarks.truthfile import load_truth
from models.registry import resolve
from pipeline.config_faults import ConfigError
from pipeline.errors import Refused
from pipeline.events import Crossing
from tests.sites import camera, draw_walk, to_and_fro, write_site

ROOT = Path(__file__).parents[2]


def truth_of(folder: Path, ways: int) -> Path:
    xs = to_and_fro(ways)
    over = [n for n in range(1, len(xs)) if (xs[n - 1] < 160) != (xs[n] < 160)]
    crossings = [
        {"line": "middle", "frame": n + 1, "class": "person", "direction": "forward" if i % 2 == 0 else "backward"}
        for i, n in enumerate(over)
    ]
    document = {
        "schema": "parvis.truth/1", "clip": "clip.mp4", "fps": 10, "frames": len(xs),
        "lines": [{"id": "middle", "from": [0.5, 1.0], "to": [0.5, 0.0]}], "crossings": crossings,
    }  # fmt: skip
    path = folder / "truth.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.fixture
def ours(tmp_path: Path) -> Ours:
    clip = draw_walk(tmp_path / "clip.mp4", to_and_fro(4))
    config = write_site(tmp_path, camera(), detector={"fps": 5})
    return Ours(config, footage_of(clip, truth_of(tmp_path, 4)), "cpu")


def test_what_a_subscriber_finds_is_matched_with_the_truth_and_the_stages_add_up(ours: Ours, tmp_path: Path) -> None:
    timed = replace(ours, stages=True)
    with timed.program(tmp_path / "run", None) as program:
        spent = program.go()
    answer = timed.answer(tmp_path / "run")
    assert ours.footage.truth is not None
    found = score(answer.own, ours.footage.truth)
    assert (found.hits, found.false, found.missed) == (4, 0, 0)
    assert (spent.frames, spent.over, answer.about["looks"]) == (88, True, 44)
    assert spent.cpu_s > spent.aside_s > 0, "the embedded server is in the tree"
    rows = {row.metric: row.value for row in rows_of_stages(ours, spent, answer)}
    parts = [value for metric, value in rows.items() if metric.endswith("_ms_per_video_s")]
    assert sum(parts) == pytest.approx(spent.cpu_s * 1000 / 8.8, rel=0.01)
    assert min(rows["decode_ms_per_video_s"], rows["detect_ms_per_video_s"], rows["server_ms_per_video_s"]) > 0
    assert rows["looks_per_s"] == 5
    assert 0 < rows["share_of_neither_decode_nor_detect"] < 1


def test_the_error_over_first_looks_is_that_of_the_same_configuration(ours: Ours) -> None:
    found = phases_of(ours, 10)
    assert found is not None
    assert (found.runs, found.own) == (2, (1.0, 0.0))


def test_the_command_writes_the_documented_form_and_says_what_it_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clip = draw_walk(tmp_path / "clip.mp4", to_and_fro(3))
    config, out = write_site(tmp_path, camera(), detector={"fps": 5}), tmp_path / "out.json"
    options = {"footage": clip, "truth": truth_of(tmp_path, 3), "parts": "rounds", "substream": False}
    throughput.main(config=[config], rounds=2, json_target=str(out), **options)  # type: ignore[arg-type]
    rows = json.loads(out.read_text())["rows"]
    values = {row["metric"]: row for row in rows}
    assert {row["settings"] for row in rows} == {"fps 5"}
    assert values["event_f1"]["value"] == 1.0
    cores = values["cameras_per_core"]
    assert cores["n"] == 2
    assert cores["low"] <= cores["value"] <= cores["high"]
    assert "Cameras a core" in capsys.readouterr().err


def test_wrong_options_are_refused() -> None:
    with pytest.raises(Refused, match="--parts: got 'abc'; expected rounds, stages, scaling"):
        throughput.main(parts="abc")
    with pytest.raises(ConfigError, match=r"there-is-none\.yaml"):
        throughput.main(config=[Path("there-is-none.yaml")])


def test_a_graphics_card_that_is_not_there_is_told_and_nothing_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("benchmarks.report.machine", lambda: {"gpu": None})
    throughput.main(device="cuda", config=[Path("there-is-none.yaml")])
    assert capsys.readouterr().err == "--device cuda: no graphics card is at hand, so nothing is measured\n"


def test_a_configuration_is_taken_over_with_the_clip_in_place_of_its_source(tmp_path: Path) -> None:
    config = write_site(tmp_path, camera(), detector={"fps": 2})
    site = derived(config, tmp_path / "new.yaml", [{"id": "a", "source": "/x.mp4"}, {"id": "b"}], {"input": 320})
    assert [one.id for one in site.site.cameras] == ["a", "b"]
    assert site.site.cameras[0].source == "/x.mp4"
    assert (site.site.detector.fps, site.site.detector.input) == (2, 320)
    assert site.redis == "embedded"
    assert settings_of(tmp_path / "new.yaml") == "fps 2, input 320"
    with pytest.raises(ConfigError):
        derived(config, tmp_path / "new.yaml", [{"id": "a", "no_such_key": 1}])


def test_the_recording_of_a_benchmark_begins_at_a_full_hour() -> None:
    assert RECORDED_AT_S % 3600 == 0


class Scripted(Contender):
    """A contender that spends what it is told to."""

    def __init__(self, name: str, order: list[str], step: int = 1) -> None:
        self.name, self.order, self._step = name, order, step

    system = property(lambda self: self.name)
    settings = property(lambda self: "scripted")
    step = property(lambda self: self._step)

    def program(self, folder: Path, core: int | None, phase: int = 0) -> Program:
        return ScriptedProgram(self, phase)  # type: ignore[return-value]

    def answer(self, folder: Path) -> Answer:
        return Answer((), ())


class ScriptedProgram:
    """Its program."""

    def __init__(self, owner: Scripted, phase: int) -> None:
        self.owner, self.phase = owner, phase

    def __enter__(self) -> "ScriptedProgram":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing runs."""

    kill = end = __exit__

    def go(self, frames: int = 0) -> Spent:
        self.owner.order.append(f"{self.owner.name}{self.phase}:{frames}")
        taken = frames or 100
        return Spent(taken, taken / 100 * (2.0 if self.owner.name == "a" else 6.0), 0.5, 1.0, 50.0, False)


def footage(**changes: Any) -> Footage:
    return replace(Footage(Path("walk.mp4"), 10.0, (320, 240), 100, None), **changes)


def test_rounds_go_forwards_and_backwards_and_slow_ones_take_a_part_of_the_clip_each_time() -> None:
    order: list[str] = []
    a, b = Scripted("a", order), Scripted("b", order, step=2)
    results = interleaved([(a, 0.0), (b, 99.0)], footage(), None, 4)
    assert order == ["a0:0", "b0:25", "b0:25", "a0:0", "a0:0", "b0:25", "b0:25", "a0:0"]
    assert [len(result.answers) for result in results] == [4, 1]
    assert results[0].cpu_per_video_s(footage()) == [0.2] * 4
    assert results[1].cpu_per_video_s(footage()) == pytest.approx([0.6] * 4)
    row = ratio_row(results[0], results[1], footage())
    assert (row.value, row.n, row.system) == (3.0, 4, "a / b")


def test_quick_ones_begin_with_another_look_in_each_round() -> None:
    order: list[str] = []
    interleaved([(Scripted("b", order, step=3), 1.0)], footage(), None, 4)
    assert order == ["b0:0", "b1:0", "b2:0", "b0:0"]


def test_the_bar_is_passed_by_one_way_to_count_that_is_good_in_both_figures() -> None:
    bar = Bar(0.95, 0.07)
    assert bar.passed(Errors((0.5, 0.5), (0.96, 0.05), 1))
    assert bar.passed(Errors((0.95, 0.07), (0.0, 1.0), 1))
    assert not bar.passed(Errors((0.96, 0.08), (0.94, 0.01), 1))


def crossing(time_s: float) -> Crossing:
    return Crossing("middle", 1, "person", "forward", round(time_s * 10), time_s)


def test_peers_are_tried_with_steps_that_suit_the_footage() -> None:
    assert (strides(10), strides(30), strides(25)) == ((2, 3, 5), (3, 6, 9), (2, 5, 8))


def test_rows_have_the_median_and_the_range_of_the_rounds() -> None:
    spent = [Spent(100, cpu_s, 0.1, 1.0, 40.0, True) for cpu_s in (1.0, 2.0, 5.0)]
    rows = {row.metric: row for row in rows_of(Result(Scripted("a", []), spent), footage())}
    assert [rows["cameras_per_core"].value, rows["cameras_per_core"].low, rows["cameras_per_core"].high] == [
        5.0,
        2.0,
        10.0,
    ]
    assert rows["cpu_s_per_video_s"].n == 3


def boxes(*rows: tuple[int, float, float, int]) -> dict[str, Any]:
    """Return boxes of (picture, left, score, class), 10 px wide and high."""
    return {
        "picture": np.array([row[0] for row in rows], int),
        "xyxy": np.array([[row[1], 0, row[1] + 10, 10] for row in rows], float).reshape(-1, 4),
        "score": np.array([row[2] for row in rows], float),
        "class_id": np.array([row[3] for row in rows], int),
    }


def test_recall_is_over_sure_boxes_of_the_same_picture_and_class() -> None:
    plain = boxes((0, 0, 0.9, 0), (0, 50, 0.3, 0), (1, 0, 0.9, 2), (1, 90, 0.1, 0))
    assert recall(plain, plain) == (1.0, 3)
    assert recall(plain, boxes((0, 2, 0.1, 0), (1, 50, 0.9, 0), (1, 0, 0.9, 3)))[0] == pytest.approx(1 / 3)
    assert recall(plain, boxes()) == (0.0, 3)


@pytest.mark.skipif(not PEERS_PYTHON.exists(), reason="`make peers` is not beside this checkout")
def test_a_peer_takes_the_clip_in_stretches_and_its_answer_is_read(tmp_path: Path) -> None:
    clip = footage_of(draw_walk(tmp_path / "clip.mp4", to_and_fro(2)), truth_of(tmp_path, 2))
    model = str(resolve("yolov8n").path)
    peer = Peers(clip)._stream("FP32", model, 320, 2, TRACKERS[0])
    with peer.program(tmp_path / "run", None, 1) as program:
        spent = [program.go(30), program.go(30)]
    assert [(one.frames, one.over) for one in spent] == [(30, False), (14, True)]
    assert all(one.cpu_s > 0 for one in spent)
    answer = peer.answer(tmp_path / "run")
    assert (answer.own, answer.lines) == ((), ()), "a bright box is nobody to the real model"
    assert json.loads((tmp_path / "run/jobs.json").read_text())[0]["phase"] == 1


def test_every_point_of_the_sweep_has_a_name_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = tmp_path / "python"
    here.touch()
    monkeypatch.setattr(sweep, "PYTHON", here)
    monkeypatch.setattr(sweep, "PEERS_PYTHON", here)
    monkeypatch.setattr(sweep, "WEIGHTS", here)
    monkeypatch.setattr(sweep, "_make", lambda command: None)
    clip = footage(truth=load_truth(ROOT / "benchmarks/truth/plaza.json"), size=(768, 576))
    points = Peers(clip).sweep((2, 3, 5))
    names = [(point.system, point.settings) for point in points]
    assert len(set(names)) == len(names)
    text = " ".join(settings for _, settings in names)
    assert [
        word for word in ("320", "480", "640", "INT8", "OpenVINO", "DIoU", "every 5. frame") if word not in text
    ] == []
    assert Peers(clip).defaults() is not None
