"""A glance: a small grey picture of a frame, for who decides whether the whole one is wanted."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from pipeline.sources import Glance, Source, SourceSpec, open_recording, open_source
from pipeline.sources.luma import of_bgr, small
from tests.pipeline.sources.cameras import HastyClock, ScriptedCamera
from tests.pipeline.sources.drawing import draw_picture, draw_video, flat, play

pytestmark = pytest.mark.usefixtures("door")

GREYS = [40, 120, 200]
LEFT = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))

Luma = NDArray[np.uint8]


class Glancing:
    """A rule that glances at every frame, keeps what it saw, and wants the pictures of some."""

    def __init__(self, wanted: Callable[[int], bool] = lambda index: True) -> None:
        self.seen: list[Luma | None] = []
        self._wanted = wanted

    def __call__(self, index: int, time_s: float, glance: Glance) -> bool:
        """Look."""
        self.seen.append(glance())
        return self._wanted(index)

    @property
    def levels(self) -> list[float]:
        """Mean luma of what was seen."""
        return [float(luma.mean()) for luma in self.seen if luma is not None]


def folder_of_pictures(folder: Path) -> list[Path]:
    for number, level in enumerate(GREYS):
        draw_picture(folder / f"{number}.png", level, (640, 480))
    return [folder]


def one_file(folder: Path) -> list[Path]:
    return [draw_video(folder / "v.mp4", [flat(level, (640, 480)) for level in GREYS])]


def three_files(folder: Path) -> list[Path]:
    return [draw_video(folder / f"{level}.mp4", [flat(level, (640, 480))]) for level in GREYS]


@pytest.mark.parametrize("recording", [one_file, three_files, folder_of_pictures])
def test_a_recording_shows_each_frame_small_and_grey(tmp_path: Path, recording: Callable[[Path], list[Path]]) -> None:
    rule = Glancing(lambda index: index == 1)
    frames = play(open_recording(recording(tmp_path), SourceSpec(""), rule))
    assert [luma is not None and luma.shape for luma in rule.seen] == [(240, 320)] * 3
    assert np.argsort(rule.levels).tolist() == [0, 1, 2]
    assert rule.levels[2] - rule.levels[0] > 100
    image = frames[1].image
    assert image is not None, "who glances gets the picture nevertheless"
    assert image.mean() == pytest.approx(120, abs=5)
    assert [frame.luma for frame in frames] == [None, rule.seen[1], None], "who looks has what was glanced at"


def test_a_live_camera_shows_each_frame_small_and_grey() -> None:
    camera, rule = ScriptedCamera(), Glancing()
    connection = camera.accept()
    source = open_source(SourceSpec("rtsp://camera/"), rule, HastyClock(), connect=camera.connect)
    connection.send(flat(90, (640, 480)))
    frame = next(iter(source))
    assert frame.image is not None
    assert frame.image.shape == (480, 640, 3)
    (luma,) = rule.seen
    assert luma is not None
    assert (luma.shape, luma.mean()) == ((240, 320), 90)
    assert frame.luma is luma
    camera.switch_off()
    source.close()


def masked_file(folder: Path, rule: Glancing) -> tuple[Source, ScriptedCamera | None]:
    path = draw_video(folder / "v.mp4", [flat(200, (320, 240))])
    return open_source(SourceSpec(str(path), masks=(LEFT,)), rule), None


def masked_camera(folder: Path, rule: Glancing) -> tuple[Source, ScriptedCamera | None]:
    camera = ScriptedCamera()
    camera.accept().send(flat(200, (320, 240)))
    return open_source(SourceSpec("rtsp://c/", masks=(LEFT,)), rule, HastyClock(), connect=camera.connect), camera


@pytest.mark.parametrize("masked", [masked_file, masked_camera])
def test_what_is_masked_is_black_in_a_glance_too(
    tmp_path: Path, masked: Callable[[Path, Glancing], tuple[Source, ScriptedCamera | None]]
) -> None:
    rule = Glancing()
    source, camera = masked(tmp_path, rule)
    image = next(iter(source)).image
    (luma,) = rule.seen
    assert luma is not None
    assert image is not None
    assert luma[:, :160].max() == 0
    assert luma[:, 162:].min() > 180
    assert (image[:, :160].max(), image[:, 162:].min() > 180) == (0, True), "and the picture is whole beside it"
    if camera is not None:
        camera.switch_off()
    source.close()


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1920, 1080), (240, 135)), ((1280, 720), (320, 180)), ((768, 576), (192, 144)), ((640, 360), (320, 180)),
        ((383, 100), (383, 100)), ((385, 101), (192, 50)), ((64, 48), (64, 48)), ((4096, 1), (4096, 1)),
    ],
)  # fmt: skip
def test_a_picture_is_halved_until_it_is_small(size: tuple[int, int], expected: tuple[int, int]) -> None:
    luma = of_bgr(flat(77, size))
    assert (luma.shape[1], luma.shape[0]) == expected
    assert luma.dtype == np.uint8
    assert (luma == 77).all()


def test_a_small_picture_is_the_mean_of_what_it_covers() -> None:
    rng = np.random.default_rng(3)
    plane = rng.integers(0, 256, (720, 1280), np.uint8)
    means = plane.reshape(90, 8, 160, 8).mean(axis=(1, 3))
    assert np.abs(small(plane, least_px=120) - means).max() < 2, "each halving rounds by half a level at most"


def test_a_glance_is_a_copy_that_may_be_kept() -> None:
    plane = flat(50, (64, 48))[:, :, 0].copy()
    kept = small(plane)
    plane[:] = 0
    assert kept.min() == 50
