"""What is read all the same, with a warning."""

from pathlib import Path

import pytest

from pipeline.config_file import warnings
from tests.pipeline.test_config_file import CAMERA, in_camera, read


@pytest.mark.parametrize(
    ("ends", "warned"),
    [
        ("from: [0.01, 0.1], to: [0.02, 0.9]", True),
        ("from: [0.1, 0.99], to: [0.9, 0.98]", True),
        ("from: [0.01, 0.1], to: [0.5, 0.9]", False),
        ("from: [0.5, 0.0], to: [0.5, 1.0]", False),
    ],
)
def test_a_line_along_the_edge_is_warned_of(tmp_path: Path, ends: str, warned: bool) -> None:
    found = warnings(read(tmp_path, in_camera(f"lines:\n  - {{id: a, {ends}}}")))
    said = "site.yaml:7: warning: cameras[0].lines[0]: line 'a' runs along the edge of the picture; feet are cut off"
    assert [said in str(problem) for problem in found] == ([True] if warned else [])


def test_a_class_that_the_model_does_not_know_is_warned_of_with_its_line(tmp_path: Path) -> None:
    text = in_camera("lines:\n  - id: a\n    from: [0.5, 0]\n    to: [0.5, 1]\n    classes: [person, buss]")
    (found,) = warnings(read(tmp_path, text), ("person", "bus"))
    said = "the model knows no class 'buss', so it is never counted (did you mean 'bus'?)"
    assert str(found).endswith(f":10: warning: cameras[0].lines[0].classes: {said}")


def test_a_camera_that_measures_nothing_is_warned_of(tmp_path: Path) -> None:
    (found,) = warnings(read(tmp_path, CAMERA))
    assert "nothing is measured" in str(found)
