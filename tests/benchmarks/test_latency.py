"""`parvis bench latency`: which picture decides, what a span is, and one real camera from picture to subscriber."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks import latency
from benchmarks.cameras import Cameras
from benchmarks.footage.walker import SIZE, Walk, walk
from benchmarks.latency import STEPS, Heard, deciding
from models.onnx import OnnxDetector
from models.registry import resolve
from pipeline.errors import Failed, Refused
from pipeline.sources.capture import open_live
from tests.sites import bright, camera, load, to_and_fro, walk_pictures

ROOT = Path(__file__).parents[2]


def shown(xs: list[int]) -> Walk:
    return Walk(tuple(walk_pictures(xs)), ())


def test_the_deciding_picture_is_the_one_at_which_the_loop_tells_of_the_crossing(tmp_path: Path) -> None:
    xs = to_and_fro(2)
    found = deciding(shown(xs), load(tmp_path, camera()), bright(), 10.0)
    (forward,), (backward,) = found["forward"], found["backward"]
    assert xs[forward - 1] < xs[forward] <= 172
    assert xs[forward] > 160, "the first beyond the middle and its dead band"
    assert xs[backward - 1] > xs[backward] >= 148
    assert xs[backward] < 160


def test_a_walker_who_is_not_counted_is_no_clock(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="expected one each way"):
        deciding(shown([100] * 16), load(tmp_path, camera()), bright(), 5.0)


def test_the_composed_walker_is_seen_by_the_real_model_in_every_picture() -> None:
    detector = OnnxDetector(resolve("yolov8n"), "cpu", 0.3, frozenset({"person"}))
    made = walk(ROOT / "benchmarks/footage/plaza.mp4", detector, STEPS)
    assert len(made.pictures) == len(made.jpegs) == 2 * STEPS
    assert {picture.shape for picture in made.pictures} == {(SIZE[1], SIZE[0], 3)}
    assert all(len(detector(picture)) == 1 for picture in made.pictures)
    assert all(jpeg.startswith(b"\xff\xd8") for jpeg in made.jpegs)


def test_a_camera_sends_each_picture_at_its_moment_and_says_when(tmp_path: Path) -> None:
    detector = OnnxDetector(resolve("yolov8n"), "cpu", 0.3, frozenset({"person"}))
    made = walk(ROOT / "benchmarks/footage/plaza.mp4", detector, 4)
    with Cameras(made.jpegs, 20.0, 1) as cameras:
        capture = open_live(cameras.url(0), 5.0, 5.0)
        assert capture is not None
        pictures = []
        for _ in range(10):
            assert capture.grab()
            pictures.append(capture.retrieve())
        capture.release()
    places = [place for place, _ in cameras.sent[0]]
    moments = [moment_s for _, moment_s in cameras.sent[0]]
    assert places[:10] == [0, 1, 2, 3, 4, 5, 6, 7, 0, 1]
    assert 0.4 < moments[9] - moments[0] < 2.0
    assert all(
        np.abs(found.astype(int) - made.pictures[place]).mean() < 4
        for found, place in zip(pictures, places, strict=False)
        if found is not None
    )


def test_a_span_begins_with_the_newest_deciding_picture_of_that_direction() -> None:
    sent = [[(n % 16, 100.0 + n * 0.5) for n in range(40)]]
    heard = [Heard(0, "forward", 110.35, 110.4), Heard(0, "backward", 114.3, 114.31)]
    spans = latency._spans(heard, sent, {"forward": {4}, "backward": {12}})
    assert spans["frame_to_published"] == [pytest.approx(350.0), pytest.approx(300.0)]
    assert spans["published_to_subscriber"] == [pytest.approx(50.0), pytest.approx(10.0)]
    assert spans["frame_to_subscriber"] == [pytest.approx(400.0), pytest.approx(310.0)]


def test_wrong_numbers_of_cameras_are_refused() -> None:
    with pytest.raises(Refused, match="--cameras: got '1,x'; expected numbers such as 1,8,32"):
        latency.main(cameras="1,x")


@pytest.mark.long
def test_one_camera_from_picture_to_subscriber() -> None:
    rows = {row.metric: row for row in latency.measured(1, 12, 4.0, 320)}
    assert rows["frame_to_published_p50"].n >= 3
    assert 0 < rows["frame_to_published_p50"].value < 4000
    assert rows["published_to_subscriber_p50"].value > 0
