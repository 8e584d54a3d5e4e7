"""`parvis calibrate`: what it tells of a calibration, the picture it draws, and what it refuses."""

import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.running import parvis, refusal
from tests.sites import LEFT, MIDDLE, camera, draw_walk, write_site

CORNERS: list[dict[str, Any]] = [  # the horizon is at a quarter of the height
    {"image": [0.1, 0.9], "ground": [0, 0]},
    {"image": [0.9, 0.9], "ground": [8, 0]},
    {"image": [0.6, 0.4], "ground": [8, 20]},
    {"image": [0.4, 0.4], "ground": [0, 20]},
    {"image": [0.5, 0.4], "ground": [4, 20]},
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a clip in which someone walks all the way through."""
    draw_walk(tmp_path / "clip.mp4", list(range(20, 300, 4)))
    return tmp_path


def site(folder: Path, points: list[dict[str, Any]] | None = None, **fields: Any) -> Path:
    return write_site(folder, camera(**{"calibration": {"points": points or CORNERS}, "zones": [], **fields}))


def test_the_fit_and_the_scale_are_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert parvis("calibrate", site(folder)) == 0
    said = capsys.readouterr()
    assert "How well the points fit" in said.out
    assert "│ 1     │ 288, 216   │ 8.00, 0.00" in said.out
    assert "Scale" in said.out
    assert said.err == ""


def test_four_points_are_called_too_few_to_show_a_fault(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert parvis("calibrate", site(folder, CORNERS[:4])) == 0
    assert "4 points always fit" in capsys.readouterr().out


def test_distances_are_told_as_known_and_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    known = [((0.1, 0.9), (0.9, 0.9), 6.21), ((0.3, 0.4), (0.7, 0.4), 6.71), ((0.5, 0.9), (0.5, 0.4), 9.93)]
    distances = [{"from": list(a), "to": list(b), "metres": metres} for a, b, metres in known]
    calibration = {"distances": distances, "picture": [320, 240]}
    assert parvis("calibrate", write_site(folder, camera(calibration=calibration))) == 0
    assert "How well the distances fit" in capsys.readouterr().out


def test_what_does_not_fit_is_warned_of_with_its_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = [*CORNERS, {"image": [0.5, 0.6], "ground": [1, 8]}]
    config = site(folder, wrong)
    assert parvis("check", config) == 0
    said = capsys.readouterr().err
    found = re.findall(r":(\d+): warning: cameras\[0\]\.calibration\.points\[(\d)\]: is \d\.\d\d m off the fit", said)
    starts = [n for n, line in enumerate(config.read_text().splitlines()) if '"image"' in line]
    assert ("5", starts[5]) in [(point, int(line)) for line, point in found]


def test_places_far_from_what_was_measured_are_warned_of(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sky = {**LEFT, "points": [[0.1, 0.0], [0.4, 0.0], [0.4, 0.05]]}
    high = {**MIDDLE, "from": [0.2, 0.26], "to": [0.8, 0.26]}
    assert parvis("check", site(folder, zones=[sky], lines=[high])) == 0
    said = capsys.readouterr().err
    assert "cameras[0].zones[0]: zone 'left' reaches beyond the horizon" in said
    assert "cameras[0].lines[0]: line 'middle' lies" in said
    assert "metres are guesses there" in said


def test_a_mirrored_ground_is_warned_of(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mirrored = [{**one, "ground": [-one["ground"][0], one["ground"][1]]} for one in CORNERS]
    assert parvis("check", site(folder, mirrored)) == 0
    assert "is a mirror image of what the camera sees" in capsys.readouterr().err


def test_the_grid_is_drawn_over_the_frame_asked_for(folder: Path) -> None:
    picture = folder / "grid.png"
    assert parvis("calibrate", site(folder), "--picture", picture, "--frame", 30) == 0
    drawn = cv2.imread(str(picture))
    assert drawn is not None
    assert drawn.shape == (240, 320, 3)
    assert drawn[150, 140].min() > 150, "the person of frame 30 stands here"
    assert np.abs(drawn[:, :, 0].astype(int) - drawn[:, :, 2]).max() > 100, "no coloured grid"


def test_under_statistics_the_picture_is_a_median_without_people(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = folder / "grid.png"
    assert parvis("calibrate", site(folder, purpose="statistics"), "--picture", picture) == 0
    assert "a blurred median, people removed" in capsys.readouterr().err
    drawn = cv2.imread(str(picture))
    assert drawn is not None
    white = drawn.min(axis=2) > 150
    assert white.sum() == 0, "a person is left"


def test_under_statistics_a_single_frame_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(capsys, "calibrate", site(folder, purpose="statistics"), "--frame", 3)
    assert "cameras[0].purpose: statistics forbids a single picture" in said


def test_a_camera_without_calibration_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(capsys, "calibrate", write_site(folder))
    assert "cameras[0].calibration: is missing; expected four points or three distances" in said


def test_a_frame_that_is_not_there_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(capsys, "calibrate", site(folder), "--frame", 1000)
    assert "expected a frame number below 70" in said


def test_a_picture_that_cannot_be_written_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(capsys, "calibrate", site(folder), "--picture", folder / "no" / "grid.png")
    assert "its folder does not exist" in said
