"""Truth files: what is read, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.truthfile import load_truth
from pipeline.errors import Refused

LINE = {"id": "a", "from": [0.5, 0], "to": [0.5, 1], "anchor": "foot"}
CROSSING = {"line": "a", "frame": 31, "class": "person", "direction": "forward"}


def write(folder: Path, **fields: Any) -> Path:
    given = {"schema": "parvis.truth/1", "clip": "c.mp4", "fps": 10, "frames": 100, "lines": [LINE]}
    path = folder / "t.json"
    path.write_text(json.dumps({**given, "crossings": [CROSSING], **fields}))
    return path


def test_frames_are_counted_from_one(tmp_path: Path) -> None:
    (crossing,) = load_truth(write(tmp_path)).crossings
    assert crossing.time_s == 3.0
    assert crossing.certain


def test_lines_are_as_in_a_configuration(tmp_path: Path) -> None:
    assert load_truth(write(tmp_path)).lines == ({"id": "a", "from": [0.5, 0], "to": [0.5, 1], "anchor": "foot"},)


def test_near_misses_and_uncertain_crossings_are_known_but_do_not_count(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        crossings=[CROSSING, {**CROSSING, "frame": 41, "certain": False}],
        not_counted_near_misses=[{**CROSSING, "frame": 51, "certain": False}],
    )
    truth = load_truth(path)
    assert [crossing.time_s for crossing in truth.crossings] == [3.0, 4.0, 5.0]
    assert [crossing.time_s for crossing in truth.certain] == [3.0]


@pytest.mark.parametrize("name", ["plaza.json", "roundabout.json"])
def test_the_truth_that_ships_can_be_read(name: str) -> None:
    truth = load_truth(Path(__file__).parents[2] / "benchmarks" / "truth" / name)
    assert len(truth.certain) == {"plaza.json": 146, "roundabout.json": 39}[name]


@pytest.mark.parametrize(
    "content", ["no json", "[]", "{}", '{"fps": 0, "crossings": [], "lines": [], "clip": "", "frames": "x"}', "\x00"]
)
def test_another_file_is_refused_in_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "t.json"
    path.write_text(content)
    with pytest.raises(Refused, match=r"expected a truth file \(parvis.truth/1\)$") as refused:
        load_truth(path)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("missing", ["line", "frame", "class", "direction"])
def test_a_crossing_without_a_member_is_refused(tmp_path: Path, missing: str) -> None:
    path = write(tmp_path, crossings=[{name: value for name, value in CROSSING.items() if name != missing}])
    with pytest.raises(Refused, match=missing):
        load_truth(path)


@pytest.mark.parametrize("fps", [0, "fast", None])
def test_a_rate_that_is_none_is_refused(tmp_path: Path, fps: object) -> None:
    with pytest.raises(Refused):
        load_truth(write(tmp_path, fps=fps))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="No such file"):
        load_truth(tmp_path / "absent.json")
