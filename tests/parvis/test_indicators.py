"""`parvis indicators` as somebody at a terminal uses it."""

import json
from pathlib import Path

from typer.testing import CliRunner

from hypervisor.history.files import HourFiles
from parvis.cli import application
from parvis.simulated_city import Wish, city
from parvis.simulated_site import PLACES, write
from tests.hypervisor.indicators.test_compute import OWN

BUILT = city(Wish(days=9), 3)


def test_the_list_names_what_each_indicator_needs() -> None:
    shown = CliRunner().invoke(application(), ["indicators", "list", "--theme", "environment"])
    assert shown.exit_code == 0, shown.output
    assert "no2-school-hours" in shown.output
    assert "15 indicators" in shown.output


def test_a_citys_files_are_checked_with_their_examples(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    fine = CliRunner().invoke(application(), ["indicators", "check", "--own", str(tmp_path)])
    assert fine.exit_code == 0, fine.output
    assert "103 indicators are right" in fine.output
    (tmp_path / "own.yaml").write_text(OWN.replace("value: 24", "value: 25"), encoding="utf-8")
    wrong = CliRunner().invoke(application(), ["indicators", "check", "--own", str(tmp_path)])
    assert wrong.exit_code != 0
    assert "cargo-bikes: example: gives 24.0; expected 25.0" in wrong.output


def test_values_are_computed_out_of_the_history(valkey_url: str, tmp_path: Path) -> None:
    write(BUILT, HourFiles(tmp_path / "history"))
    days = BUILT.days()
    shown = CliRunner().invoke(
        application(),
        [
            *("indicators", "compute", "pedestrians-per-day", "deposits-per-day", "--json"),
            *("--of", f"camera/{PLACES[0].id}", "--from", f"{days[0]}T00:00:00Z", "--to", f"{days[-1]}T00:00:00Z"),
            *("--redis", valkey_url, "--data-dir", str(tmp_path)),
        ],
    )
    assert shown.exit_code == 0, shown.output
    walkers, deposits = (json.loads(line) for line in shown.output.splitlines() if line.startswith("{"))
    assert walkers["value"] > 0
    assert deposits["reason"] == "not-measured"


def test_a_mistake_is_told_before_anything_is_started(tmp_path: Path) -> None:
    for wrong in (["--of", "street/x"], ["--from", "yesterday"], ["--from", "2020-01-01T00:00:00Z"]):
        ended = CliRunner().invoke(application(), ["indicators", "compute", *wrong, "--data-dir", str(tmp_path)])
        assert ended.exit_code != 0
        assert wrong[0] in str(ended.exception or ended.output)
    assert list(tmp_path.iterdir()) == []
