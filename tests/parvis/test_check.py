"""`parvis check`: what it refuses, what it warns of, and what it says when nothing is wrong."""

import json
import shutil
from functools import partial
from pathlib import Path

import pytest

from models.registry import WEIGHTS, resolve
from parvis.commands import check
from tests.running import parvis, refusal
from tests.sites import MIDDLE, camera, draw_walk, write_site


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the clip that cameras name by default."""
    draw_walk(tmp_path / "clip.mp4", [100, 106])
    return tmp_path


def test_a_sound_site_passes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert parvis("check", write_site(folder)) == 0
    said = capsys.readouterr()
    assert said.out == f"{folder / 'site.yaml'}: 1 camera, 1 line, 1 zone; no fault found\n"
    assert said.err == ""


def test_every_fault_of_the_file_is_a_line_on_stderr(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_site(folder, camera(lnies=[], fps=-1))
    assert parvis("check", config) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert [line.split(": ")[1] for line in said.err.splitlines()] == ["cameras[0].fps", "cameras[0].lnies"]
    assert all(line.startswith(f"{config}:") and "expected" in line for line in said.err.splitlines())


def test_an_unknown_class_is_a_warning_and_no_failure(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_site(folder, camera(lines=[{**MIDDLE, "classes": ["person", "carr"]}]))
    assert parvis("check", config) == 0
    (said,) = capsys.readouterr().err.splitlines()
    assert "warning: cameras[0].lines[0].classes: the model knows no class 'carr'" in said
    assert "did you mean 'car'?" in said


def test_a_line_along_the_edge_is_a_warning(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_site(folder, camera(lines=[{**MIDDLE, "from": [0, 0], "to": [0, 1]}]))
    assert parvis("check", config) == 0
    assert "warning: cameras[0].lines[0]: line 'middle' runs along the edge" in capsys.readouterr().err


def test_an_unknown_model_is_named_with_its_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_site(folder, detector={"model": "yolov9000"})
    line = 1 + config.read_text().splitlines().index('  "model": "yolov9000",')
    said = refusal(capsys, "check", config)
    assert said.startswith(f"{config}:{line}: detector.model: unknown model 'yolov9000'; expected one of yolov8n")


def test_a_model_file_that_is_none_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "mine.onnx").write_bytes(b"no model")
    said = refusal(capsys, "check", write_site(folder, detector={"model": "mine.onnx"}))
    assert "detector.model: " in said
    assert "mine.onnx" in said


def test_a_model_with_another_sha256_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    weights = folder / "weights"
    weights.mkdir()
    shutil.copy(WEIGHTS / "manifest.json", weights)
    (weights / "yolov8n.onnx").write_bytes(b"another file")
    monkeypatch.setattr(check, "resolve", partial(resolve, weights=weights))
    said = refusal(capsys, "check", write_site(folder, detector={"model": "yolov8n"}))
    expected = json.loads((weights / "manifest.json").read_text())["models"][0]["sha256"]
    assert f"detector.model: {weights / 'yolov8n.onnx'}: sha256 is " in said
    assert f"; expected {expected} (model yolov8n)" in said


def test_missing_footage_is_named_with_its_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_site(folder, camera(source="absent.mp4"))
    line = 1 + config.read_text().splitlines().index('   "source": "absent.mp4",')
    said = refusal(capsys, "check", config)
    assert said.startswith(f"{config}:{line}: cameras[0].source: ")
    assert "absent.mp4: no such file" in said


def test_two_distributions_of_onnx_runtime_are_warned_of(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    installed = {"onnxruntime": "1.20", "onnxruntime-gpu": "1.20"}
    monkeypatch.setattr(check, "version", installed.__getitem__)
    assert parvis("check", write_site(folder)) == 0
    (said,) = capsys.readouterr().err.splitlines()
    assert said.endswith(
        "warning: onnxruntime and onnxruntime-gpu are both installed and overwrite each other; expected one of them"
    )


@pytest.mark.parametrize("text", ["", "parvis: [\n"])
def test_a_file_that_is_no_configuration_is_refused(
    folder: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    (folder / "site.yaml").write_text(text)
    assert refusal(capsys, "check", folder / "site.yaml").startswith(f"{folder / 'site.yaml'}:")


@pytest.mark.parametrize("path", ["", "absent.yaml"])
def test_a_path_that_is_no_file_is_refused(folder: Path, capsys: pytest.CaptureFixture[str], path: str) -> None:
    assert refusal(capsys, "check", folder / path).startswith(f"{folder / path}: ")


@pytest.mark.parametrize(
    "source", ["rtsp://admin:geheim@127.0.0.1:9/live", "ftp://admin:geheim@host/x", "rtsp:/admin:geheim@host/x"]
)
def test_a_password_is_never_printed(folder: Path, capsys: pytest.CaptureFixture[str], source: str) -> None:
    code = parvis("check", write_site(folder, camera(source=source)))
    said = capsys.readouterr()
    assert code == (0 if source.startswith("rtsp://") else 2)
    assert "geheim" not in said.out + said.err


@pytest.mark.parametrize("words", [["chekc"], ["check"], ["check", "--fast", "x"], ["analyze", "--fps", "many"]])
def test_wrong_usage_is_one_line(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert refusal(capsys, *words).startswith("parvis")
