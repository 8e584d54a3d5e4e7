"""The detector on real ONNX files: what it sees, what it refuses, and how it survives a device."""

import gc
import threading
import weakref
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest

from models.detections import Detections, Image
from models.errors import (
    DeviceError,
    ModelFileError,
    SessionError,
    UnknownClassError,
    UnsupportedModelError,
)
from models.onnx import OnnxDetector, OnnxRuntime
from models.onnx_runtime import _line
from models.registry import WEIGHTS, ModelFile, resolve
from models.runtime import Contents, FloatArray, RunSession, Size

RECORDED = Path(__file__).parent / "recorded"
# A smaller input keeps the tests fast: 320 px instead of 640 run in 10 ms.
SMALL = replace(resolve("yolov8n"), input_px=320, large_px=320)


def plaza() -> Image:
    return np.asarray(cv2.imread(str(WEIGHTS / "check.png")), np.uint8)


def recorded(name: str) -> ModelFile:
    return resolve(str(RECORDED / f"{name}.onnx"))


def assert_same(found: Detections, expected: Detections) -> None:
    np.testing.assert_allclose(found.xyxy, expected.xyxy, atol=1e-3)
    np.testing.assert_allclose(found.score, expected.score, atol=1e-5)
    np.testing.assert_array_equal(found.class_id, expected.class_id)


class Flaky(OnnxRuntime):
    """ONNX Runtime that claims to have CUDA, which is the CPU and fails at one call."""

    failing_call = 100

    def devices(self) -> tuple[str, ...]:
        return ("cuda", "cpu")

    def open(self, path: Path, contents: Contents, device: str, size: Size) -> RunSession:
        run = super().open(path, contents, "cpu", size)
        calls = 0

        def failing(blob: FloatArray) -> list[np.ndarray]:
            nonlocal calls
            calls += 1
            if calls == self.failing_call:
                raise SessionError("CUDA failure 999: unknown error")
            return run(blob)

        return failing if device == "cuda" else run


class WithoutDriver(Flaky):
    """ONNX Runtime that claims to have CUDA and cannot open it."""

    def open(self, path: Path, contents: Contents, device: str, size: Size) -> RunSession:
        if device == "cuda":
            raise SessionError("CUDA driver version is insufficient")
        return super().open(path, contents, device, size)


def test_a_failure_of_a_card_is_told_without_its_place_in_the_librarys_source() -> None:
    """The text is what ONNX Runtime 1.31 said on a card whose memory others had taken."""
    said = RuntimeError(
        "Error in execution: /onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:154 std::conditional_t<"
        "THRW, void, onnxruntime::common::Status> onnxruntime::CudaCall(ERRTYPE, const char*, const char*, SUCCTYPE, "
        "const char*, const char*, int) [with ERRTYPE = cudaError; bool THRW = true] CUDA failure 2: out of memory "
        "; GPU=0 ; "
        "hostname=h ; file=f.cc ; line=2 ; expr=cudaMalloc((void**)&p, size);"
    )
    assert _line(said) == "CUDA failure 2: out of memory"
    assert _line(RuntimeError("[ONNXRuntimeError] : 1 : FAIL : no such file\nmore")) == (
        "[ONNXRuntimeError] : 1 : FAIL : no such file"
    )


def test_it_sees_the_people_on_the_plaza() -> None:
    detector = OnnxDetector(SMALL, score_min=0.5)
    found = detector(plaza())
    assert [detector.labels[number] for number in found.class_id].count("person") >= 5
    assert (detector.status.device, detector.status.fallback_reason) == ("cpu", None)
    assert detector.head == "yolov8"


def test_only_classes_asked_for_are_returned() -> None:
    everything = OnnxDetector(SMALL, score_min=0.3)(plaza())
    trucks = OnnxDetector(SMALL, score_min=0.3, classes=frozenset({"truck"}))(plaza())
    truck = 7
    assert 0 < len(trucks) < len(everything)
    assert_same(trucks, everything.where(everything.class_id == truck))


def test_a_camera_that_changes_its_resolution_is_followed() -> None:
    detector = OnnxDetector(SMALL, score_min=0.5)
    picture = plaza()
    for size in ((352, 272), (1408, 1088), (704, 544), (352, 272)):
        people = detector(np.asarray(cv2.resize(picture, size), np.uint8))
        truth = detector(picture)
        scale = size[0] / 352
        np.testing.assert_allclose(people.xyxy[:3] / scale, truth.xyxy[:3], atol=4)


@pytest.mark.parametrize("shape", [(272, 352), (272, 352, 1)])
def test_a_grey_picture_is_understood(shape: tuple[int, ...]) -> None:
    grey = cv2.cvtColor(plaza(), cv2.COLOR_BGR2GRAY)
    assert len(OnnxDetector(SMALL, score_min=0.5)(np.asarray(grey, np.uint8).reshape(shape))) >= 3


def test_a_portrait_picture_is_understood() -> None:
    tall = np.full((600, 352, 3), 114, np.uint8)
    tall[200:472] = plaza()
    found = OnnxDetector(SMALL, score_min=0.5)(tall)
    assert len(found) >= 3
    assert (found.xyxy[:, 1] > 190).all()


def test_a_device_that_fails_in_mid_run_loses_no_picture() -> None:
    steady, flaky = OnnxDetector(SMALL, score_min=0.3), OnnxDetector(SMALL, score_min=0.3, runtime=Flaky)
    picture = plaza()
    expected = steady(picture)
    assert flaky.status.device == "cuda"
    for _ in range(Flaky.failing_call - 2):  # opening made the first call
        flaky(picture)
    assert flaky.status.device == "cuda"
    assert_same(flaky(picture), expected)
    assert flaky.status.device == "cpu"
    assert flaky.status.fallback_reason == "cuda: CUDA failure 999: unknown error"
    assert_same(flaky(picture), expected)


def test_a_device_that_cannot_be_opened_is_known_before_the_first_picture() -> None:
    status = OnnxDetector(SMALL, runtime=WithoutDriver).status
    assert (status.device, status.device_wanted) == ("cpu", "auto")
    assert status.fallback_reason == "cuda: CUDA driver version is insufficient"


def test_a_wanted_device_without_provider_is_a_visible_fallback() -> None:
    if "cuda" in OnnxRuntime().devices():
        pytest.skip("this ONNX Runtime was built for CUDA")
    status = OnnxDetector(SMALL, "cuda").status
    assert (status.device, status.device_wanted) == ("cpu", "cuda")
    assert status.fallback_reason == "cuda: this ONNX Runtime was built for cpu only"


def test_the_library_itself_does_not_slip_to_the_cpu() -> None:
    if "cuda" in OnnxRuntime().devices():
        pytest.skip("this ONNX Runtime was built for CUDA")
    runtime = OnnxRuntime()
    with pytest.raises(SessionError, match="gave CPUExecutionProvider instead of CUDAExecutionProvider"):
        runtime.open(SMALL.path, runtime.contents(SMALL.path), "cuda", (160, 160))


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(DeviceError, match="unknown device 'gpu'; expected auto, tensorrt, cuda, cpu"):
        OnnxDetector(SMALL, "gpu")


def test_camera_threads_share_one_detector() -> None:
    detector = OnnxDetector(SMALL, score_min=0.3)
    pictures = [plaza(), np.ascontiguousarray(plaza()[:, ::-1]), plaza()[:200]]  # two of one size, one of another
    alone = [detector(picture) for picture in pictures]
    found: list[list[Detections]] = [[] for _ in pictures]

    def camera(number: int) -> None:
        for _ in range(8):
            found[number].append(detector(pictures[number]))

    threads = [threading.Thread(target=camera, args=(number,)) for number in range(len(pictures))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    for number, expected in enumerate(alone):
        assert len(found[number]) == 8
        for one in found[number]:
            assert_same(one, expected)


def test_the_session_that_tried_the_model_out_does_not_stay_in_memory() -> None:
    class Watched(OnnxRuntime):
        sessions: ClassVar[list[weakref.ref[RunSession]]] = []

        def open(self, path: Path, contents: Contents, device: str, size: Size) -> RunSession:
            run = super().open(path, contents, device, size)
            self.sessions.append(weakref.ref(run))
            return run

    detector = OnnxDetector(SMALL, runtime=Watched)
    gc.collect()
    assert [session() for session in Watched.sessions] == [None]
    detector.prepare((352, 272))
    gc.collect()
    assert Watched.sessions[1]() is not None


def test_a_session_is_made_for_one_shape() -> None:
    runtime = OnnxRuntime()
    run = runtime.open(SMALL.path, runtime.contents(SMALL.path), "cpu", (160, 96))
    assert run(np.zeros((1, 3, 96, 160), np.float32))[0].shape == (1, 84, 315)
    with pytest.raises(SessionError, match="Got invalid dimensions"):
        run(np.zeros((1, 3, 160, 160), np.float32))


def test_threads_are_set_and_stated() -> None:
    settings = OnnxDetector(SMALL, threads=2).settings
    assert settings["threads"] == "2"
    assert settings["spinning"] == "off"
    assert settings["onnxruntime"].count(".") == 2


def test_a_users_own_file_brings_its_names() -> None:
    detector = OnnxDetector(recorded("cats_and_dogs"), score_min=0.5)
    found = detector(np.zeros((128, 128, 3), np.uint8))
    assert detector.labels == ("cat", "dog")
    assert detector.head == "end-to-end"
    assert found.xyxy.tolist() == [[16, 16, 48, 80], [60, 60, 120, 120]]  # the file answers for 64 px


def test_an_unknown_class_is_refused_with_those_that_exist() -> None:
    with pytest.raises(UnknownClassError, match="unknown class 'cow'; expected some of cat, dog"):
        OnnxDetector(recorded("cats_and_dogs"), classes=frozenset({"cow", "dog"}))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("masks", r"outputs \(1, 8, 84\), \(1, 32, 16, 16\) for an input of 64x64 px are not understood"),
        ("bytes", r"inputs images \[1, 3, 64, 64\] tensor\(uint8\) are not understood"),
        ("nameless", "the file names no classes"),
    ],
)
def test_a_model_that_is_not_understood_is_refused_with_what_was_found(name: str, found: str) -> None:
    with pytest.raises(UnsupportedModelError, match=f"{name}.onnx: .*{found}"):
        OnnxDetector(recorded(name))


@pytest.mark.parametrize("content", [b"", b"I am a text file", b"\x08\x08"])
def test_a_file_that_is_no_onnx_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match=r"model\.onnx: cannot be loaded .*; expected an ONNX file") as refusal:
        OnnxDetector(resolve(str(path)))
    assert "\n" not in str(refusal.value)
