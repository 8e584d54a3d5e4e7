"""The registry gives out what it states, and nothing else."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from models.errors import ModelFileError, UnknownModelError, UnsupportedModelError
from models.labels import COCO, guess_names, parse_input_px, parse_names
from models.registry import UNSTATED, WEIGHTS, read_manifest, resolve

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """A folder of models that a test may spoil."""
    for name in ("manifest.json", "yolov8n.onnx"):
        shutil.copy(WEIGHTS / name, tmp_path)
    return tmp_path


def rewrite(weights: Path, **changes: Any) -> None:
    document = json.loads((weights / "manifest.json").read_text())
    document["models"][0].update(changes)
    (weights / "manifest.json").write_text(json.dumps(document))


def test_the_shipped_model_states_where_it_comes_from() -> None:
    model = resolve("yolov8n")
    assert model.licence == "AGPL-3.0"
    assert model.labels == COCO
    assert model.input_px == 640
    assert "f59b3d833e2ff32e194b5bb8e08d211dc7c5bdf144b90d2c8412c47ccfc83b36" in model.source
    assert model.export.startswith("python -m models.export yolov8n.pt")
    assert set(model.versions) == {"ultralytics", "torch", "onnx", "onnxruntime"}
    assert model.parity["box_px"] < 0.1
    assert model.parity["score"] < 1e-3


def test_an_unknown_model_is_refused_with_those_that_exist() -> None:
    with pytest.raises(UnknownModelError, match="unknown model 'yolov9x'; expected one of yolov8n, or a path"):
        resolve("yolov9x")


def test_a_file_that_changed_is_refused(weights: Path) -> None:
    with (weights / "yolov8n.onnx").open("ab") as file:
        file.write(b"!")
    with pytest.raises(ModelFileError, match=r"yolov8n\.onnx: sha256 is [0-9a-f]{64}; expected 0546c14d"):
        resolve("yolov8n", weights)


def test_a_missing_file_is_refused(weights: Path) -> None:
    (weights / "yolov8n.onnx").unlink()
    with pytest.raises(ModelFileError, match=r"yolov8n\.onnx: cannot be read \(No such file or directory\)"):
        resolve("yolov8n", weights)


@pytest.mark.parametrize("text", ["not json", "{}", '{"schema": "parvis.models/2"}', '{"schema": 1, "models": [{}]}'])
def test_a_damaged_manifest_is_refused(weights: Path, text: str) -> None:
    (weights / "manifest.json").write_text(text)
    with pytest.raises(ModelFileError, match=r"manifest\.json: .*expected"):
        read_manifest(weights)


def test_an_entry_without_licence_is_refused(weights: Path) -> None:
    document = json.loads((weights / "manifest.json").read_text())
    del document["models"][0]["licence"]
    (weights / "manifest.json").write_text(json.dumps(document))
    with pytest.raises(ModelFileError, match="KeyError: 'licence'"):
        read_manifest(weights)


def test_a_users_own_file_is_allowed_and_its_licence_unstated(weights: Path) -> None:
    model = resolve("yolov8n.onnx", base=weights)
    assert model.path == weights / "yolov8n.onnx"
    assert (model.name, model.licence, model.source) == ("yolov8n", UNSTATED, UNSTATED)
    assert model.sha256 == resolve("yolov8n").sha256


def test_a_path_that_leads_nowhere_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelFileError, match=r"mine\.onnx: cannot be read"):
        resolve("mine.onnx", base=tmp_path)


def test_a_clone_stays_small() -> None:
    total = sum(path.stat().st_size for path in (REPOSITORY / "models").rglob("*.onnx"))
    assert 0 < total < 20_000_000


@pytest.mark.parametrize("name", ["manifest.json", "yolov8n.onnx"])
def test_no_path_of_the_exporting_machine_is_shipped(name: str) -> None:
    content = (WEIGHTS / name).read_bytes()
    assert [place for place in (b"/tmp", b"/home", b"/root", b"/work", b"/usr", b"C:\\") if place in content] == []


def test_names_are_read_as_ultralytics_writes_them() -> None:
    assert parse_names("{0: 'cat', 1: 'dog'}") == ("cat", "dog")
    assert parse_names("['cat', 'dog']") == ("cat", "dog")
    assert parse_names(None) is None


@pytest.mark.parametrize("text", ["{1: 'dog'}", "cat, dog", "{0: ", "7"])
def test_names_of_another_form_are_refused(text: str) -> None:
    with pytest.raises(UnsupportedModelError, match="expected class names by number"):
        parse_names(text)


def test_a_model_without_names_gets_cocos_or_numbers() -> None:
    assert len(COCO) == 80
    assert guess_names(80) == COCO
    assert guess_names(2) == ("class0", "class1")


@pytest.mark.parametrize(("text", "expected"), [("[480, 640]", 640), ("320", 320), (None, None), ("[]", None)])
def test_the_input_size_is_read_as_ultralytics_writes_it(text: str | None, expected: int | None) -> None:
    assert parse_input_px(text) == expected
