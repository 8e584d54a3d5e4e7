"""`parvis check` of zones that are watched for deposits: where none can be seen, that is said, and what can."""

from pathlib import Path
from typing import Any

import pytest

from tests.running import parvis, refusal
from tests.sites import BRIGHT, camera, draw_walk, write_site

CORNER = [[0.0, 0.9], [0.02, 0.9], [0.02, 1.0], [0.0, 1.0]]
GROUND = [[0.1, 0.95], [0.9, 0.95], [0.6, 0.5], [0.4, 0.5]]
SKY = [[0.1, 0.05], [0.9, 0.05], [0.9, 0.2], [0.1, 0.2]]
CORNERS = (((0.02, 0.98), (0, 0)), ((0.98, 0.98), (8, 0)), ((0.6, 0.4), (8, 12)), ((0.4, 0.4), (0, 12)))


def street(larger: float = 1.0) -> dict[str, Any]:
    """Return a calibration: a street of 8 by 12 metres in the lower half of the picture, or so much larger."""
    points = [{"image": list(at), "ground": [larger * x, larger * y]} for at, (x, y) in CORNERS]
    return {"points": points}


def said_of(folder: Path, capsys: pytest.CaptureFixture[str], points: Any, **fields: Any) -> list[str]:
    """Return what `check` says of a camera with one zone that is watched."""
    draw_walk(folder / "clip.mp4", [100, 106])
    deposits = fields.pop("deposits", {})
    zone = {"id": "trottoir", "points": points, "measures": ["deposits"], "deposits": deposits}
    assert parvis("check", write_site(folder, camera(lines=[], zones=[zone], **fields))) == 0
    return capsys.readouterr().err.splitlines()


def test_a_zone_on_the_ground_is_not_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert said_of(tmp_path, capsys, GROUND) == []
    assert said_of(tmp_path, capsys, GROUND, calibration=street()) == []


def test_a_zone_that_is_too_small_is_warned_of_with_what_it_can_see(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (said,) = said_of(tmp_path, capsys, CORNER)
    assert "warning: cameras[0].zones[0]: zone 'trottoir' is too small for deposits, so none is told: " in said
    assert "at a width of 320 px" in said, "the recording has no more"
    assert "expected 400 or more" in said
    assert said.endswith(
        "smallest thing that can be seen is 10 px long in the camera's picture; "
        "a larger cleanliness.width_px sees smaller ones"
    )


def test_what_is_kept_out_counts_as_no_ground(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (said,) = said_of(tmp_path, capsys, GROUND, deposits={"keep_out": [{"id": "terrace", "points": GROUND}]})
    assert "none is told: 0 px of ground" in said


def test_of_a_live_camera_the_shape_is_assumed_and_nobody_calls_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (said,) = said_of(tmp_path, capsys, CORNER, source="rtsp://192.0.2.1/x", pace="realtime", recorded_at=None)
    assert "at a width of 480 px" in said
    assert "40 px long in the camera's picture" in said


def test_a_zone_in_the_sky_is_warned_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = said_of(tmp_path, capsys, SKY, calibration=street())
    assert any("zone 'trottoir' lies wholly above the horizon" in line for line in said)


def test_a_zone_too_far_away_for_a_bag_is_warned_of_in_centimetres(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = said_of(tmp_path, capsys, GROUND, calibration=street(larger=10))
    (line,) = [one for one in said if "too far away for bags" in one]
    assert "10 px long in the camera's picture, 3" in line
    assert "cm in the middle of the zone" in line


def test_a_zone_off_the_picture_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    zone = {"id": "z", "points": [[1.2, 0.1], [1.5, 0.1], [1.5, 0.4]], "measures": ["deposits"]}
    assert parvis("check", write_site(tmp_path, camera(lines=[], zones=[zone]))) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 3, "one for each corner that is off it"
    assert all("cameras[0].zones[0].points[" in line and "expected" in line for line in said)


@pytest.mark.parametrize(
    ("cleanliness", "message"),
    [
        ({"litter_model": "litter.onnx"}, "litter.onnx"),
        ({"litter_model": "waste9000"}, "unknown model 'waste9000'; expected one of"),
        ({"litter_model": str(BRIGHT), "litter_classes": ["can"]}, "knows none of litter_classes; expected some of"),
    ],
)
def test_a_model_of_litter_that_cannot_be_used_is_refused_by_its_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], cleanliness: dict[str, Any], message: str
) -> None:
    draw_walk(tmp_path / "clip.mp4", [100, 106])
    said = refusal(capsys, "check", write_site(tmp_path, camera(cleanliness=cleanliness)))
    assert "cameras[0].cleanliness.litter_model: " in said
    assert message in said


def test_a_model_of_litter_that_can_be_used_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cleanliness = {"litter_model": str(BRIGHT), "litter_classes": ["person"]}
    assert said_of(tmp_path, capsys, GROUND, cleanliness=cleanliness) == []
