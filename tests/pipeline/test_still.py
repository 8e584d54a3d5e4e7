"""Stills: one frame, or a median without people, of recordings and of live cameras."""

from pathlib import Path

import numpy as np
import pytest

from pipeline import still
from pipeline.errors import SourceError
from pipeline.sources import SourceSpec
from tests.builders import ground_of
from tests.pipeline.sources.cameras import mjpeg_camera
from tests.sites import draw_walk


@pytest.fixture
def walk(tmp_path: Path) -> SourceSpec:
    """A recording in which a bright person walks by."""
    return SourceSpec(str(draw_walk(tmp_path / "clip.mp4", list(range(20, 300, 4)))))


def test_the_frame_asked_for_shows_who_is_there(walk: SourceSpec) -> None:
    assert still.one_frame(walk, 10)[170, 60].min() > 200
    assert still.one_frame(walk, 40)[170, 60].max() < 60


def test_a_median_shows_nobody_who_moves(walk: SourceSpec) -> None:
    assert still.median(walk).max() < 60


def test_a_live_camera_gives_a_picture() -> None:
    with mjpeg_camera() as camera:
        assert still.one_frame(SourceSpec(camera.url), 0).shape == (48, 64, 3)


def test_a_live_camera_that_does_not_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(still, "LIVE_S", 0.3)
    with pytest.raises(SourceError, match="cannot be opened") as refused:
        still.one_frame(SourceSpec("http://user:s3cret@127.0.0.1:1/x"), 0)
    assert "s3cret" not in str(refused.value)


def test_the_grid_lies_where_the_metres_are() -> None:
    picture = np.zeros((400, 400, 3), np.uint8)
    assert still.draw_grid(picture, ground_of(20.0)) == 2.0
    lit = picture.max(axis=2) > 0
    assert lit[:, 80].mean() > 0.9, "no line at 4 m"
    assert lit[:, 100].mean() < 0.3, "a line at 5 m"
