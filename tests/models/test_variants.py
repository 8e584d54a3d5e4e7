"""A model's forms: the same boxes from bytes and a cut head, a choice that is kept, and what if none fits."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.choice import Agreement, Trial, decide
from models.detections import Detections, Image
from models.errors import DeviceError, SessionError
from models.onnx import OnnxDetector, OnnxRuntime
from models.registry import WEIGHTS, ModelFile, resolve
from models.runtime import Contents, RunSession, Size
from tests.models.drawn import draw_yolov8

SMALL = replace(resolve("yolov8n"), input_px=320, large_px=320)
RECORDED = Path(__file__).parent / "recorded"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty cache."""
    monkeypatch.setenv("PARVIS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def plaza() -> Image:
    return np.asarray(cv2.imread(str(WEIGHTS / "check.png")), np.uint8)


def noise(width: int, height: int) -> Image:
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)


def as_variant(model: ModelFile, variant: str, score_min: float = 0.1) -> OnnxDetector:
    return OnnxDetector(replace(model, variant=variant), "cpu", score_min)


def assert_same(found: Detections, expected: Detections) -> None:
    assert len(found) == len(expected) > 0
    np.testing.assert_allclose(found.xyxy, expected.xyxy, atol=0.02)
    np.testing.assert_allclose(found.score, expected.score, atol=1e-4)
    np.testing.assert_array_equal(found.class_id, expected.class_id)


def test_bytes_and_a_cut_head_give_the_same_boxes() -> None:
    whole, fast = as_variant(SMALL, "whole"), as_variant(SMALL, "fp32")
    for picture in (plaza(), noise(320, 200), np.ascontiguousarray(plaza()[:, ::-1])):
        assert_same(fast(picture), whole(picture)) if len(whole(picture)) else None
    assert (whole.status.variant, fast.status.variant) == ("whole", "fp32")


def test_a_users_own_file_is_cut_too(tmp_path: Path, cache: Path) -> None:
    model = resolve(str(draw_yolov8(tmp_path / "own.onnx", (96, 64))))
    whole, fast = as_variant(model, "whole", 0.3), as_variant(model, "fp32", 0.3)
    assert_same(fast(noise(96, 64)), whole(noise(96, 64)))
    assert fast.status.variant == "fp32"
    assert len(list(cache.glob("models/*.onnx"))) == 1


def test_a_file_built_otherwise_runs_as_it_is_and_says_so(
    tmp_path: Path, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    model = resolve(str(draw_yolov8(tmp_path / "odd.onnx", between=True)))
    detector = as_variant(model, "auto", 0.3)
    assert len(detector(noise(64, 64))) > 0
    assert detector.status.variant == "whole"
    assert "the picture goes to Relu, not to a convolution" in str(detector.status.variant_reason)
    assert "the picture goes to Relu" in caplog.text


def test_a_form_that_answers_otherwise_is_not_taken(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.prepare.BOX_MAX_PX", -1.0)
    model = resolve(str(draw_yolov8(tmp_path / "own.onnx")))
    detector = as_variant(model, "fp32", 0.3)
    detector(noise(64, 64))
    assert detector.status.variant == "whole"
    assert "boxes differ by" in str(detector.status.variant_reason)
    assert list(cache.glob("models/*.onnx")) == []


class Card(OnnxRuntime):
    """ONNX Runtime that claims to have CUDA, which is the CPU, and may refuse files by name."""

    refused = "nothing"

    def devices(self) -> tuple[str, ...]:
        return ("cuda", "cpu")

    def open(self, path: Path, contents: Contents, device: str, size: Size) -> RunSession:
        if self.refused in path.name:
            raise SessionError("an operator is not there")
        return super().open(path, contents, "cpu", size)


class Picky(Card):
    """A card that lacks what choosing the strongest cells takes."""

    refused = "-card"


@pytest.mark.parametrize("card", [Card, Picky])
def test_a_card_answers_as_the_processor_does(card: type[Card], cache: Path) -> None:
    on_card = OnnxDetector(SMALL, "cuda", 0.1, runtime=card)
    for picture in (plaza(), np.ascontiguousarray(plaza()[:, ::-1])):
        assert_same(on_card(picture), as_variant(SMALL, "whole")(picture))
    assert (on_card.status.device, on_card.status.variant) == ("cuda", "fp32")


def test_from_a_card_only_the_strongest_cells_come_back(cache: Path) -> None:
    """At 640 px there are 6300, of which a thousand answer: the same people, and in noise the strongest."""
    large = replace(SMALL, input_px=640)
    detector = OnnxDetector(large, "cuda", 0.1, runtime=Card)
    assert_same(detector(plaza()), as_variant(large, "whole")(plaza()))
    path = next(cache.glob("models/*-card.onnx"))
    runtime = OnnxRuntime()
    (strongest,) = runtime.open(path, runtime.contents(path), "cpu", (640, 480))(np.zeros((1, 3, 480, 640), np.uint8))
    (every,) = runtime.open(large.path, runtime.contents(large.path), "cpu", (640, 480))(
        np.zeros((1, 3, 480, 640), np.float32)
    )
    assert strongest.shape == (1, 84, 1000)
    best = np.sort(every[0, 4:].max(axis=0))[::-1][:1000]
    np.testing.assert_allclose(strongest[0, 4:].max(axis=0), best, atol=1e-5)


def test_an_end_to_end_head_is_left_alone(cache: Path) -> None:
    detector = as_variant(resolve(str(RECORDED / "cats_and_dogs.onnx")), "fp32", 0.5)
    assert len(detector(noise(64, 64))) == 2
    assert detector.status.variant in ("fp32", "whole")


def test_a_form_that_is_not_there_is_a_visible_fallback(cache: Path, tmp_path: Path) -> None:
    model = resolve(str(draw_yolov8(tmp_path / "own.onnx")))
    detector = as_variant(model, "int8", 0.3)
    detector(noise(64, 64))
    assert detector.status.variant == "fp32"
    assert str(detector.status.variant_reason).startswith("int8: is not there; make it with: parvis models quantize")


def test_where_nothing_can_be_kept_the_file_runs_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("PARVIS_CACHE", str(tmp_path / "file"))
    detector = as_variant(resolve(str(draw_yolov8(tmp_path / "own.onnx"))), "auto", 0.3)
    assert len(detector(noise(64, 64))) > 0
    assert detector.status.variant == "whole"
    assert "cannot be written" in str(detector.status.variant_reason)


def test_an_unknown_variant_is_refused() -> None:
    with pytest.raises(DeviceError, match="unknown variant 'int4'; expected auto, whole, fp32, int8"):
        as_variant(SMALL, "int4")


def test_a_smaller_view_shares_its_detector() -> None:
    detector = as_variant(replace(SMALL, input_px=320), "fp32", 0.5)
    small = detector.at_input(192)
    assert (small.input_px, detector.input_px) == (192, 320)
    assert len(small(plaza())) < len(detector(plaza()))
    assert small.status is detector.status


def test_a_large_picture_stays_small_in_a_smaller_view() -> None:
    view = as_variant(SMALL, "fp32", 0.5).at_input(192)
    assert view.longest_for((1920, 1080)) == 192


def trial(variant: str, ms: float, fault: str | None = None) -> Trial:
    return Trial(variant, ms, Agreement(28, 1.0, 0.0), fault)


@pytest.mark.parametrize(
    ("trials", "chosen"),
    [
        ([trial("fp32", 40)], "fp32"),
        ([trial("fp32", 40), trial("int8", 24)], "int8"),
        ([trial("fp32", 40), trial("int8", 36)], "fp32"),  # within the noise
        ([trial("fp32", 40), trial("int8", 24, "finds 0.5 of the boxes")], "fp32"),
        ([trial("fp32", 40), trial("int8", 24), trial("openvino-int8", 23)], "int8"),  # not clearly better
        ([trial("fp32", 40), trial("int8", 24), trial("openvino-int8", 20)], "openvino-int8"),
        ([trial("fp32", 40), trial("int8", 60), trial("openvino-bf16", 30)], "openvino-bf16"),
    ],
)
def test_the_fastest_form_that_agrees_runs_if_it_is_clearly_faster(trials: list[Trial], chosen: str) -> None:
    variant, why = decide(trials)
    assert variant == chosen
    assert len(trials) == 1 or all(one.variant in why for one in trials)


@pytest.mark.parametrize(
    ("agreement", "fault"),
    [
        (Agreement(50, 1.0, 0.01), None),
        (Agreement(50, 0.96, 0.0), "finds 0.960 of the boxes; expected 0.98"),
        (Agreement(50, 1.0, -0.2), "scores differ by -0.200 on average"),
        (Agreement(10, 0.9, 0.0), None),  # one box, perhaps at the threshold
        (Agreement(0, 0.0, 0.0), "nothing was seen to compare"),
    ],
)
def test_what_disagrees_says_how(agreement: Agreement, fault: str | None) -> None:
    assert (agreement.fault or "").startswith(fault or "")
    assert (agreement.fault is None) == (fault is None)


def test_what_was_chosen_once_is_chosen_again(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = as_variant(SMALL, "fp32")
    fast.prepare((320, 240))
    quantised = cache / "models" / "quantised" / f"{SMALL.sha256[:20]}.onnx"
    quantised.parent.mkdir(parents=True)
    quantised.write_bytes(next(cache.glob("models/*.onnx")).read_bytes())  # stands in: agrees, and is not faster
    for times, expected in ((lambda sessions: [40.0, *[20.0] * (len(sessions) - 1)], "int8"), (None, "int8")):
        monkeypatch.setattr(
            "models.variants.fastest_ms",
            lambda sessions, picture, times=times: times(sessions) if times else [20.0] * len(sessions),
        )
        detector = as_variant(SMALL, "auto")
        detector.prepare((320, 240))
        assert detector.status.variant == expected
        assert "2.00 times as fast as fp32" in str(detector.status.variant_reason)
    (kept,) = cache.glob("models/choices/*.json")
    assert json.loads(kept.read_text())["variant"] == "int8"
