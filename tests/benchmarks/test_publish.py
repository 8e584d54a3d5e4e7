"""The accuracy page is what the kept results say, and the README quotes nothing else."""

import ast
import json
import re
from pathlib import Path

import pytest

from benchmarks import publish_accuracy
from benchmarks.publish_accuracy import PAGE, PARAMETERS_FILE, RESULTS, newest, page
from benchmarks.report import ROOT, SCHEMA

README = ROOT / "README.md"


def test_the_page_is_what_the_results_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m benchmarks.publish_accuracy`"


def test_every_kept_result_has_the_documented_form() -> None:
    kept = sorted(RESULTS.glob("*.json"))
    assert kept
    for path in kept:
        data = json.loads(path.read_text(encoding="utf-8"))
        assert data["schema"] == SCHEMA, path.name
        assert set(data) == {"schema", "command", "commit", "dirty", "machine", "versions", "rows"}, path.name
        assert path.stem.endswith(data["rows"][0]["bench"]), path.name


def test_no_path_of_a_machine_is_kept() -> None:
    for path in (*RESULTS.glob("*.json"), PAGE):
        assert re.findall(r"(?:/home|/root|/tmp|/work|/Users)/\S+", path.read_text(encoding="utf-8")) == [], path.name


def test_figures_that_the_readme_quotes_are_on_the_page() -> None:
    block = re.search(r"<!-- accuracy -->(.*?)<!-- /accuracy -->", README.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    known = set(re.findall(r"\d+\.\d+", page()))
    assert set(re.findall(r"\d+\.\d+", block[1])) - known == set()


def test_every_constant_of_the_tracker_says_where_it_comes_from() -> None:
    tree = ast.parse(PARAMETERS_FILE.read_text(encoding="utf-8"))
    names = {
        ast.unparse(field.target)
        for node in tree.body
        if isinstance(node, ast.ClassDef)
        for field in node.body
        if isinstance(field, ast.AnnAssign) and isinstance(field.value, ast.Constant | ast.UnaryOp)
    }
    assert {"score_high", "keep_s", "prior"} <= names
    text = page()
    assert [name for name in sorted(names) if f"| `{name}` |" not in text] == []


def test_the_newest_result_is_published_and_the_others_are_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("2026-01-01-accuracy.json", "2027-01-01-accuracy.json", "2028-01-01-trackers.json"):
        document = {"commit": name[:4], "machine": {"cpu": "x"}, "rows": [], "command": ""}
        (tmp_path / name).write_text(json.dumps(document))
    monkeypatch.setattr(publish_accuracy, "RESULTS", tmp_path)
    assert newest("accuracy").data["commit"] == "2027"
    assert newest("trackers").name == "2028-01-01-trackers.json"
