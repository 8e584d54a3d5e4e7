"""What a graphics card is told and given; with `pytest -m gpu`, what one does."""

import threading
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort
import pytest

from models.batching import MOST, Batcher
from models.detections import Detections, Image
from models.gpu import BoundRun, provider_options
from models.onnx import OnnxDetector
from models.onnx_runtime import OnnxRuntime
from models.registry import WEIGHTS, resolve
from models.runtime import Contents, Node

FREE = Contents((Node("images", ("batch", 3, "height", "width"), "tensor(float)"),), {})
FIXED = Contents((Node("images", (1, 3, 384, 640), "tensor(float)"),), {})
MODEL = replace(resolve("yolov8n"), input_px=320, large_px=320)

gpu = pytest.mark.gpu


def plaza() -> Image:
    return np.asarray(cv2.imread(str(WEIGHTS / "check.png")), np.uint8)


def test_an_engine_is_built_once_for_all_batch_sizes_and_kept(tmp_path: Path) -> None:
    options = provider_options("tensorrt", FREE, (640, 384), tmp_path)
    assert options["trt_profile_min_shapes"] == "images:1x3x384x640"
    assert options["trt_profile_max_shapes"] == f"images:{MOST}x3x384x640"
    assert options["trt_engine_cache_path"] == options["trt_timing_cache_path"] == str(tmp_path)
    assert options["trt_fp16_enable"] == "0"


def test_without_a_place_or_a_free_batch_an_engine_is_built_plainly() -> None:
    assert provider_options("tensorrt", FIXED, (640, 384), None) == {"trt_fp16_enable": "0"}
    assert provider_options("cpu", FREE, (640, 384), None) == {}


def test_bound_buffers_give_the_answers_of_a_plain_call() -> None:
    """On the processor, where both can be had: the first call binds, later ones write into what is bound."""
    session = ort.InferenceSession(str(MODEL.path), providers=["CPUExecutionProvider"])
    bound = BoundRun(session, "cpu")
    rng = np.random.default_rng(7)
    for batch in (1, 2, 1, 2):
        blob = rng.random((batch, 3, 64, 96), np.float32)
        (found,), (expected,) = bound(blob), session.run(None, {"images": blob})
        np.testing.assert_array_equal(found, expected)


def test_bound_buffers_of_several_threads_do_not_mix() -> None:
    session = ort.InferenceSession(str(MODEL.path), providers=["CPUExecutionProvider"])
    bound = BoundRun(session, "cpu")
    blobs = [np.full((1, 3, 32, 32), n / 8, np.float32) for n in range(8)]
    expected = [session.run(None, {"images": blob})[0] for blob in blobs]
    found: dict[int, np.ndarray] = {}

    def ask(number: int) -> None:
        for _ in range(5):
            found[number] = bound(blobs[number])[0]

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for number in range(8):
        np.testing.assert_array_equal(found[number], expected[number])


def test_batches_of_a_real_model_answer_as_single_pictures_do() -> None:
    session = ort.InferenceSession(str(MODEL.path), providers=["CPUExecutionProvider"])
    sizes: list[int] = []

    def run(blob: np.ndarray) -> list[np.ndarray]:
        sizes.append(len(blob))
        threading.Event().wait(0.02)  # as long as others need to come
        return list(session.run(None, {"images": blob}))

    batcher = Batcher(run)
    rng = np.random.default_rng(3)
    blobs = [rng.random((1, 3, 64, 64), np.float32) for _ in range(6)]
    found: dict[int, np.ndarray] = {}
    threads = [threading.Thread(target=lambda n=n: found.__setitem__(n, batcher(blobs[n])[0])) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert max(sizes) > 1
    for number, blob in enumerate(blobs):
        np.testing.assert_allclose(found[number], session.run(None, {"images": blob})[0], rtol=1e-3, atol=1e-3)


def assert_close(found: Detections, expected: Detections) -> None:
    assert len(found) == len(expected)
    np.testing.assert_allclose(found.xyxy, expected.xyxy, atol=0.5)
    np.testing.assert_allclose(found.score, expected.score, atol=0.01)
    np.testing.assert_array_equal(found.class_id, expected.class_id)


def on_card(device: str) -> OnnxDetector:
    """Return a detector on a graphics card; the test skips where there is none."""
    if device not in OnnxRuntime().devices():
        pytest.skip(f"this ONNX Runtime was not built for {device}")
    detector = OnnxDetector(MODEL, device, score_min=0.5)
    if detector.status.device != device:
        pytest.skip(f"no such card: {detector.status.fallback_reason}")
    return detector


@gpu
@pytest.mark.parametrize("device", ["cuda", "tensorrt"])
def test_a_card_sees_what_the_processor_sees(device: str) -> None:
    assert_close(on_card(device)(plaza()), OnnxDetector(MODEL, "cpu", score_min=0.5)(plaza()))


@gpu
def test_many_cameras_on_one_card_get_their_own_answers() -> None:
    detector = on_card("cuda")
    pictures = [np.ascontiguousarray(np.roll(plaza(), 8 * n, axis=1)) for n in range(8)]
    expected = [detector(picture) for picture in pictures]
    found: dict[int, Detections] = {}
    threads = [threading.Thread(target=lambda n=n: found.__setitem__(n, detector(pictures[n]))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for number in range(8):
        assert_close(found[number], expected[number])


@gpu
def test_cameras_that_share_a_card_get_more_looks_than_one_alone() -> None:
    """Batches come in every size there; a session that is told of a new size at each would plan it anew, for 80 ms."""
    detector = on_card("cuda")
    alone, together = looks_s(detector, 1), looks_s(detector, 4)
    assert together > 0.9 * alone


def looks_s(detector: OnnxDetector, cameras: int, seconds: float = 1.5) -> float:
    """Return looks a second of several cameras at once, after as long to warm up."""
    counts, picture = [0] * cameras, plaza()
    stop = threading.Event()

    def go(number: int) -> None:
        while not stop.is_set():
            detector(picture)
            counts[number] += 1

    threads = [threading.Thread(target=go, args=(number,)) for number in range(cameras)]
    for thread in threads:
        thread.start()
    stop.wait(seconds)
    before = sum(counts)
    stop.wait(seconds)
    looks = sum(counts) - before
    stop.set()
    for thread in threads:
        thread.join(30)
    return looks / seconds
