"""`parvis models` shows what the registry holds, and finds what is unsound."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner, Result

from models.check import CheckError, check
from models.errors import UnknownModelError
from models.registry import WEIGHTS, read_manifest
from parvis.commands.models import app
from pipeline.errors import Refused


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A folder of models that a test may spoil."""
    for name in ("manifest.json", "yolov8n.onnx", "yolov8n-int8.onnx", "check.png"):
        shutil.copy(WEIGHTS / name, tmp_path)
    return tmp_path


def parvis_models(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, list(arguments))


def move_first_box(weights: Path, pixels: float) -> None:
    document = json.loads((weights / "manifest.json").read_text())
    document["models"][0]["check"]["boxes"][0][0] += pixels
    (weights / "manifest.json").write_text(json.dumps(document))


def test_list_shows_licence_and_sha256() -> None:
    shown = parvis_models("list")
    assert shown.exit_code == 0
    assert all(word in shown.output for word in ("yolov8n", "AGPL-3.0", "640", "80", "0546c14d895e"))


def test_info_shows_what_is_known_and_how_fast_it_is_here() -> None:
    shown = parvis_models("info", "yolov8n", "--device", "cpu").output
    sha256 = read_manifest()["yolov8n"].sha256
    assert all(word in shown for word in ("AGPL-3.0", sha256, "person, bicycle, car", "yolov8", "640 px", "cpu"))
    assert "ms a picture of 768x576 px" in shown


def test_info_says_why_it_does_not_run_where_wanted() -> None:
    shown = parvis_models("info", "yolov8n", "--device", "tensorrt").output
    assert "tensorrt: this ONNX Runtime was built for cpu only" in shown


def test_info_of_a_users_own_file_shows_that_its_licence_is_unstated() -> None:
    shown = parvis_models("info", str(Path(__file__).parent / "recorded" / "cats_and_dogs.onnx")).output
    assert "unstated" in shown
    assert "2: cat, dog" in shown


def test_info_refuses_an_unknown_model() -> None:
    refusal = parvis_models("info", "nix").exception
    assert isinstance(refusal, UnknownModelError)
    assert str(refusal).startswith("unknown model 'nix'; expected one of yolov8n")


def test_verify_passes_the_shipped_models() -> None:
    result = parvis_models("verify")
    assert (result.exit_code, result.output) == (0, "yolov8n: file and answers as recorded, on cpu\n")


def test_verify_finds_another_file(weights: Path) -> None:
    (weights / "yolov8n.onnx").write_bytes(b"another")
    result = parvis_models("verify", "--weights", str(weights))
    assert result.exit_code == 2
    assert "yolov8n.onnx: sha256 is" in result.output


def test_verify_finds_another_answer(weights: Path) -> None:
    move_first_box(weights, pixels=1.5)
    result = parvis_models("verify", "--weights", str(weights))
    assert result.exit_code == 2
    assert "model yolov8n: boxes differ by 1.50 px" in result.output


def test_verify_finds_a_missing_object(weights: Path) -> None:
    document = json.loads((weights / "manifest.json").read_text())
    document["models"][0]["check"]["boxes"].pop()
    (weights / "manifest.json").write_text(json.dumps(document))
    with pytest.raises(CheckError, match="sees 7 objects in its check picture; expected 6"):
        check(read_manifest(weights)["yolov8n"])


def test_the_whole_detector_agrees_with_ultralytics_own_pipeline() -> None:
    """The recorded boxes come from Ultralytics' preparation, network and suppression, not from ours."""
    boxes = np.array(read_manifest()["yolov8n"].check["boxes"])
    assert len(boxes) >= 5
    check(read_manifest()["yolov8n"])


def test_export_says_how_where_ultralytics_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    refusal = parvis_models("export", "mine.pt").exception
    assert isinstance(refusal, Refused)
    assert str(refusal).endswith("expected: make export WEIGHTS=mine.pt")


def test_the_command_line_needs_no_onnx_runtime_until_it_is_used() -> None:
    code = "import sys; sys.modules['onnxruntime'] = sys.modules['cv2'] = None; import parvis.commands.models"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
