"""The performance page is what the kept results say, and the README quotes nothing else."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks import publish_performance
from benchmarks.publish_performance import BEGIN, END, PAGE, README, newest_with, page, readme


def test_the_page_is_what_the_results_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m benchmarks.publish_performance`"


def test_the_table_of_the_readme_is_what_the_results_say() -> None:
    text = README.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    assert text == readme(text), "run `python -m benchmarks.publish_performance`"


def test_no_path_of_a_machine_is_on_the_page() -> None:
    assert re.findall(r"(?:/home|/root|/tmp|/work|/Users)/\S+", PAGE.read_text(encoding="utf-8")) == []


def keep(folder: Path, name: str, *rows: dict[str, Any]) -> None:
    base = {"bench": "throughput", "clip": "c.mp4", "system": "parvis", "settings": "s", "value": 1.0, "unit": "1"}
    machine = {"cpu": "x", "cores": 2, "ram_gib": 8, "gpu": None}
    document = {
        "command": "parvis bench", "commit": name[:4], "dirty": False, "machine": machine, "versions": {},
        "rows": [{**base, "n": 1, "low": None, "high": None, **row} for row in rows],
    }  # fmt: skip
    (folder / name).write_text(json.dumps(document))


def test_each_section_comes_from_the_newest_result_that_has_its_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publish_performance, "RESULTS", tmp_path)
    keep(
        tmp_path, "2026-01-01-throughput.json", {"metric": "dropped_looks", "value": 0.0}, {"metric": "recall_of_fp32"}
    )
    keep(tmp_path, "2027-01-01-throughput.json", {"metric": "dropped_looks", "value": 0.0})
    named = {metric: newest_with(metric) for metric in ("dropped_looks", "recall_of_fp32", "best_peer")}
    assert [found and found.name[:4] for found in named.values()] == ["2027", "2026", None]


def test_what_was_not_measured_is_said_to_be_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish_performance, "RESULTS", tmp_path)
    keep(tmp_path, "2026-01-01-throughput.json", {"metric": "cameras_per_core"})
    text = page()
    assert text.count("Not measured yet.") == 9
    assert "none at hand" in text


def test_a_range_is_shown_where_there_were_several_rounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish_performance, "RESULTS", tmp_path)
    many = {"n": 5, "low": 2.0, "high": 4.0, "value": 3.0}
    keep(
        tmp_path, "2026-01-01-throughput.json",
        {"metric": "cameras_per_core", **many}, {"metric": "times_the_cameras", "system": "parvis / peer", **many},
        {"metric": "event_f1", "value": 0.98}, {"metric": "event_f1_our_lines", "value": 0.97},
        {"metric": "wape_our_lines", "value": 0.03}, {"metric": "event_f1", "system": "bar", "value": 0.958},
        {"metric": "wape", "system": "bar", "value": 0.068},
    )  # fmt: skip
    assert "| c.mp4 | parvis | 3.0 (2.0 to 4.0) | 0.970 | 0.030 |" in readme(f"# P\n{BEGIN}\nold\n{END}\nrest")
    text = page()
    assert "| parvis | s | 3.0 (2.0 to 4.0) | 0.980 |" in text
    assert "| c.mp4 | parvis / peer | s | 3.00 (2.00 to 4.00) | 0.970 / 0.030 |" in text
    assert "(equal error: F1 ≥ 0.958 and WAPE ≤ 0.068)" in text


def test_a_ratio_to_who_misses_equal_error_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish_performance, "RESULTS", tmp_path)
    keep(
        tmp_path, "2026-01-01-throughput.json", {"metric": "times_the_cameras", "system": "parvis / a"},
        {"metric": "times_the_cameras_of_the_nearest", "system": "parvis / b", "settings": "s / t", "value": 1.5},
        {"metric": "event_f1_our_lines", "system": "b", "settings": "t", "value": 0.91},
        {"metric": "wape_our_lines", "system": "b", "settings": "t", "value": 0.1},
    )  # fmt: skip
    nearest = "| c.mp4 | parvis / b | s / t **(nearest to equal error, which it misses)** | 1.50 |  | 0.910 / 0.100 |"
    assert nearest in page()
