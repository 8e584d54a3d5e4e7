"""A quantised model finds what the exact one finds, on pictures that it was not made from, or it is not kept."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from models.calibrate import DisagreementError, Quantised, quantise
from models.detections import Image
from models.errors import ModelError
from models.onnx import OnnxDetector
from models.overlap import iou_matrix
from models.registry import WEIGHTS, resolve
from models.variants import quantised_path
from parvis.commands.models import app

MODEL = replace(resolve("yolov8n"), input_px=320, large_px=320)
RECORDED = Path(__file__).parent / "recorded"
SAID: list[str] = []


def pictures(count: int) -> list[Image]:
    """Return parts of the check picture, each a little elsewhere, every other one mirrored."""
    whole = np.asarray(cv2.imread(str(WEIGHTS / "check.png")), np.uint8)
    parts = [whole[2 * n : 220 + 2 * n, 3 * n : 300 + 3 * n] for n in range(count)]
    return [np.ascontiguousarray(part[:, ::-1] if n % 2 else part) for n, part in enumerate(parts)]


@pytest.fixture(scope="module")
def made() -> Quantised:
    return quantise(MODEL, pictures(12), 320, SAID.append)


def test_it_finds_what_the_exact_model_finds(made: Quantised) -> None:
    assert (made.pictures, made.held_out) == (6, 6)
    assert list(made.agreements) == [(320, 256), (160, 128)]
    assert all(one.fault is None and one.boxes > 5 for one in made.agreements.values())
    assert made.bytes < MODEL.path.stat().st_size / 3
    assert SAID[0] == "observing 6 pictures"


@pytest.mark.parametrize(("variant", "overlap"), [("int8", 0.7), ("openvino", 0.99), ("openvino-int8", 0.7)])
def test_it_runs_where_it_is_asked_for(made: Quantised, variant: str, overlap: float) -> None:
    if variant.startswith("openvino"):
        pytest.importorskip("openvino", reason="the extra openvino is not installed")
    exact, form = (
        OnnxDetector(replace(MODEL, variant=name), "cpu", score_min, frozenset({"person"}))
        for name, score_min in (("fp32", 0.5), (variant, 0.3))
    )
    picture = pictures(14)[13]
    truth, found = exact(picture), form(picture)
    assert form.status.variant == variant
    assert len(truth) >= 2
    assert (iou_matrix(truth.xyxy, found.xyxy).max(axis=1) >= overlap).all()


def test_what_does_not_agree_is_not_kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PARVIS_CACHE", str(tmp_path))
    monkeypatch.setattr("models.quantize.WEIGHT_MOST", 2)  # weights of two bits
    with pytest.raises(DisagreementError, match=r"320x256: (finds|scores)"):
        quantise(MODEL, pictures(8), 320, SAID.append)
    assert not quantised_path(MODEL).exists()


def test_too_few_pictures_are_refused() -> None:
    with pytest.raises(ModelError, match="3 pictures; expected 8 at least"):
        quantise(MODEL, pictures(3), 320, SAID.append)


def test_a_head_that_is_not_understood_is_refused() -> None:
    with pytest.raises(ModelError, match="expected a head that can be cut"):
        quantise(resolve(str(RECORDED / "cats_and_dogs.onnx")), pictures(8), 64, SAID.append)


def test_weights_leave_room_for_two_products_in_16_bits(made: Quantised) -> None:
    """Without VNNI a processor adds two products of a byte and a weight in 16 bits, and what is more is lost."""
    import onnx
    from onnx import numpy_helper

    weights = [
        numpy_helper.to_array(one)
        for one in onnx.load(made.path).graph.initializer
        if one.data_type == onnx.TensorProto.INT8 and len(one.dims) == 4
    ]
    assert len(weights) == 57
    assert max(int(np.abs(one.astype(int)).max()) for one in weights) * 255 * 2 <= 32767


def test_the_command_prints_how_it_agrees(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARVIS_CACHE", str(tmp_path / "cache"))
    for number, picture in enumerate(pictures(8)):
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture)
    arguments = ["quantize", "yolov8n", "--footage", str(tmp_path), "--pictures", "8", "--input", "320"]
    shown = CliRunner(env={"COLUMNS": "200"}).invoke(app, arguments)
    assert shown.exit_code == 0, shown.output
    assert "320x256" in shown.output
    assert "found again" in shown.output


def test_footage_that_is_not_there_is_refused(tmp_path: Path) -> None:
    refused = CliRunner().invoke(app, ["quantize", "yolov8n", "--footage", str(tmp_path / "none.mp4")])
    assert refused.exit_code != 0
    assert "none.mp4" in str(refused.exception)
