"""The house rules of a test run: time budgets and skips."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import BUDGETS_S, TOTAL_S, folder_of, overruns, unwanted_skips

ROOT = Path(__file__).parents[1]
TESTS = """
import time, pytest

def test_slow():
    time.sleep(0.3)

def test_needs_a_camera():
    pytest.skip("needs a camera")

def test_needs_data():
    pytest.skip("truth.txt is not beside this checkout")
"""


def test_all_budgets_together_keep_within_what_people_wait_for() -> None:
    assert sum(BUDGETS_S.values()) <= TOTAL_S


def test_every_folder_of_tests_has_a_budget() -> None:
    folders = {path.parent.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py")}
    assert {folder_of(f"{folder}/test_x.py::test_y") for folder in folders} <= set(BUDGETS_S)


@pytest.mark.parametrize(
    ("nodeid", "folder"),
    [
        ("tests/models/test_nms.py::test_a", "tests/models"),
        ("tests/pipeline/redis/test_ingest.py::test_a[x/y]", "tests/pipeline/redis"),
        ("tests/pipeline/tracking/test_new.py::test_a", "tests/pipeline"),
        ("tests/test_house.py::test_a", "tests"),
        ("elsewhere/test_x.py::test_a", "elsewhere"),
    ],
)
def test_a_test_counts_for_the_nearest_folder_with_a_budget(nodeid: str, folder: str) -> None:
    assert folder_of(nodeid) == folder


def test_a_folder_is_named_only_when_it_passes_its_stretched_budget() -> None:
    budget_s = BUDGETS_S["tests/models"]
    assert overruns({"tests/models": budget_s * 1.9, "elsewhere": 1e6}, factor=2) == []
    (line,) = overruns({"tests/models": budget_s * 2.1}, factor=2)
    assert line.startswith(f"tests/models: its tests took {budget_s * 2.1:.1f} s; its budget is {budget_s * 2:.0f} s")


def test_only_what_cannot_be_had_everywhere_may_be_skipped() -> None:
    skipped = [("a", "Skipped: needs Debian's chromium"), ("b", "Skipped: truth.txt is not beside this checkout")]
    assert unwanted_skips(skipped) == ["a: must not be skipped here (needs Debian's chromium)"]


@pytest.mark.parametrize(
    ("environ", "code", "told"),
    [
        ({}, 0, []),
        ({"PARVIS_CI": "1"}, 1, ["test_needs_a_camera: must not be skipped here (needs a camera)"]),
        ({"PARVIS_TIME_FACTOR": "0.001"}, 1, ["tests/models: its tests took"]),
    ],
)
def test_a_run_that_breaks_a_rule_fails_and_says_why(
    tmp_path: Path, environ: dict[str, str], code: int, told: list[str]
) -> None:
    folder = tmp_path / "tests" / "models"
    folder.mkdir(parents=True)
    (folder / "test_some.py").write_text(TESTS, encoding="utf-8")
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PARVIS_")}
    command = [sys.executable, "-m", "pytest", "-p", "tests.house", "-p", "no:cacheprovider", f"--rootdir={tmp_path}"]
    ended = subprocess.run(
        [*command, str(folder)], cwd=ROOT, env=clean | environ, capture_output=True, text=True, timeout=60, check=False
    )
    rules = ended.stdout.partition("house rules")[2]
    assert ended.returncode == code, ended.stdout
    assert [line for line in told if line not in rules] == []
    assert "test_needs_data" not in rules
