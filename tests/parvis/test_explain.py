"""`parvis cleanliness explain`: pictures of a moment, and what they show; mistakes are refused in one line."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from tests.pipeline.cleanliness.street import Put, Street
from tests.pipeline.sources.drawing import draw_video
from tests.running import parvis, refusal
from tests.sites import camera, write_site

NAMES = ("change", "ground", "reference", "things")
BAG = (140, 120, 40, 34)
WHOLE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A minute of a drawn street, a picture a second; a bag is left there after 15 s."""
    street = Street(
        [Put(BAG, 15.0)], light=lambda time_s: 0.8
    )  # nothing so bright as what the detector takes for a person
    times_ms = [1000 * second for second in range(60)]
    folder = tmp_path_factory.mktemp("street")
    return draw_video(folder / "clip.mp4", (street.picture(ms / 1000) for ms in times_ms), times_ms=times_ms)


def site(folder: Path, clip: Path, **fields: Any) -> Path:
    """Write a site whose camera watches all of the picture."""
    zone = {"id": "z", "points": WHOLE, "measures": ["deposits"], "deposits": {"t_open_s": 20, "t_clear_s": 8}}
    given = {"source": str(clip), "lines": [], "zones": [zone], "cleanliness": {"width_px": 240}}
    return write_site(folder, camera(**{**given, **fields}))


def seen(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path))
    assert picture is not None
    return np.asarray(picture, np.uint8)


def mean(picture: NDArray[np.uint8], inside: bool) -> float:
    """Return the mean of a picture 240 px wide where the bag is, or where it is not."""
    mask = np.zeros(picture.shape[:2], np.bool_)
    mask[92:114, 107:133] = True
    return float(picture[mask == inside].mean())


def test_four_pictures_show_why_there_is_a_deposit(
    tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "why" / "here"
    assert parvis("cleanliness", "explain", "cam", "--config", site(tmp_path, clip), "--at", 50, "--out", out) == 0
    said = capsys.readouterr()
    assert "deposit cam-z-" in said.out.splitlines()[0]
    assert said.out.splitlines()[-1].endswith("% of the ground differs")
    assert said.err.strip() == f"reference, ground, change and things: {out}"
    assert sorted(path.name for path in out.iterdir()) == [f"{name}.png" for name in NAMES]
    change, ground, reference, things = (seen(out / f"{name}.png") for name in NAMES)
    assert {picture.shape for picture in (change, ground, reference, things)} == {(180, 240, 3)}
    assert mean(change, inside=True) > 3 * mean(change, inside=False)
    difference = cv2.absdiff(ground, reference)
    assert mean(np.asarray(difference, np.uint8), inside=True) > 20, "the bag is not in the reference"
    assert mean(np.asarray(difference, np.uint8), inside=False) < 5
    assert (things == (60, 60, 230)).all(axis=2).any(), "a red box around a deposit"


def test_before_its_time_it_is_a_candidate(tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = site(tmp_path, clip)
    assert parvis("cleanliness", "explain", "cam", "--config", config, "--at", 28, "--out", tmp_path / "o") == 0
    said = capsys.readouterr().out
    assert "candidate that waits for its time" in said
    assert "deposit" not in said


@pytest.mark.parametrize(
    ("fields", "arguments", "message"),
    [
        ({"purpose": "statistics"}, (), "purpose-forbids-image; expected the purpose operations"),
        ({"source": "rtsp://192.0.2.1/x", "recorded_at": None}, (), "is live; expected a recording"),
        ({"zones": [{"id": "z", "points": WHOLE}]}, (), "watches no zone; expected measures: [deposits]"),
        ({}, ("--at", 3), "--at 3: the ground is not known by then"),
        ({"id": "other"}, (), "no camera 'cam'"),
        ({"source": "gone.mp4"}, (), "gone.mp4"),
    ],
)
def test_mistakes_are_refused_in_one_line_and_nothing_is_written(
    tmp_path: Path,
    clip: Path,
    capsys: pytest.CaptureFixture[str],
    fields: dict[str, Any],
    arguments: tuple[object, ...],
    message: str,
) -> None:
    if "id" in fields:
        fields = {"camera_id": fields["id"]}
    config = site(tmp_path, clip, **fields)
    out = tmp_path / "out"
    at = arguments or ("--at", 20)
    assert message in refusal(capsys, "cleanliness", "explain", "cam", "--config", config, *at, "--out", out)
    assert not out.exists()


@pytest.mark.parametrize("at", ["-1", "noon"])
def test_a_moment_that_is_none_is_refused(
    tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str], at: str
) -> None:
    assert parvis("cleanliness", "explain", "cam", "--config", site(tmp_path, clip), "--at", at) == 2
    assert "--at" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_refused(
    tmp_path: Path, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    code = parvis(
        "cleanliness", "explain", "cam", "--config", site(tmp_path, clip), "--at", 20, "--out", tmp_path / "file"
    )
    assert code == 1
    assert "Traceback" not in capsys.readouterr().err
