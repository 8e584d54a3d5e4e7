"""`parvis bench`: what it refuses, what it writes; and the counts of real footage that must not drift."""

import json
from collections import Counter
from itertools import islice
from pathlib import Path

import pytest
import typer

from benchmarks import accuracy
from benchmarks.truthfile import load_truth
from models.onnx import OnnxDetector
from models.registry import resolve
from parvis.cli import guarded
from pipeline.analyzers.line import LineAnalyzer
from pipeline.build import tracker_for
from pipeline.config import DetectorConfig, LineConfig
from pipeline.events import Crossing, Event
from pipeline.runner import run
from pipeline.schedule import every
from pipeline.sources import SourceSpec, open_source
from tests.running import process, refusal
from tests.sites import BRIGHT, draw_walk, to_and_fro

ROOT = Path(__file__).parents[2]


def test_an_unknown_benchmark_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(capsys, "bench", "nothing")
    assert said.startswith("parvis bench: no benchmark 'nothing'; expected one of accuracy, throughput")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--fps", "abc"), "parvis bench accuracy: --fps: got 'abc'; expected rates such as 10,5,2"),
        (("--json", "/dev/null/a.json"), "/dev/null/a.json: File exists; expected a file that can be written"),
        (("--footage", "x.mp4"), "parvis bench accuracy: --footage and --truth go together; expected both or none"),
    ],
)
def test_wrong_options_are_refused_in_one_line(
    options: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    benchmark = typer.Typer(pretty_exceptions_enable=False)
    benchmark.command()(accuracy.main)
    code = guarded(lambda: benchmark(list(options), standalone_mode=False, prog_name="parvis bench accuracy"))
    done = capsys.readouterr()
    assert (code, done.err, done.out) == (2, f"{said}\n", "")


def test_accuracy_on_a_drawn_clip_writes_the_documented_form(tmp_path: Path) -> None:
    draw_walk(tmp_path / "clip.mp4", to_and_fro(3))
    over = [n for n in range(1, 66) if (to_and_fro(3)[n - 1] < 160) != (to_and_fro(3)[n] < 160)]
    ways = ["forward", "backward", "forward"]
    truth = {
        "schema": "parvis.truth/1", "clip": "clip.mp4", "fps": 10, "frames": 66,
        "lines": [{"id": "middle", "from": [0.5, 1.0], "to": [0.5, 0.0]}],
        "crossings": [
            {"line": "middle", "frame": n + 1, "class": "person", "direction": way}
            for n, way in zip(over, ways, strict=True)
        ],
    }  # fmt: skip
    (tmp_path / "t.json").write_text(json.dumps(truth))
    options = ("--footage", tmp_path / "clip.mp4", "--truth", tmp_path / "t.json", "--model", BRIGHT)
    with process("bench", "accuracy", *options, "--fps", "10,5", "--json", "-") as child:
        out, err = child.communicate(timeout=60)
        assert child.returncode == 0, err
    document = json.loads(out)
    assert list(document) == ["schema", "command", "commit", "dirty", "machine", "versions", "rows"]
    assert document["schema"] == "parvis.bench/1"
    assert document["command"].startswith("parvis bench accuracy --footage")
    assert set(document["machine"]) == {"cpu", "cores", "ram_gib", "gpu"}
    assert {"bench", "clip", "system", "settings", "metric", "value", "unit", "n", "low", "high"} == set(
        document["rows"][0]
    )
    values = {(row["settings"], row["metric"]): (row["value"], row["n"]) for row in document["rows"]}
    assert values["10.00 fps", "event_f1"] == (1.0, 1)
    assert values["10.00 fps", "wape"] == (0.0, 1)
    assert values["5.00 fps", "event_f1"] == (1.0, 2), "both phases"
    assert "event_f1" in err, "the table is on stderr"


def test_the_counts_of_the_first_fifteen_seconds_of_the_plaza_do_not_drift() -> None:
    """The real model, twice a second. Who changes these figures on purpose looks at `parvis bench accuracy` first."""
    truth = load_truth(ROOT / "benchmarks/truth/plaza.json")
    lines = [LineConfig.model_validate({**line, "classes": ("person",)}) for line in truth.lines]
    detector = OnnxDetector(resolve("yolov8n"), "cpu", 0.1, frozenset({"person"}))
    source = open_source(SourceSpec(str(ROOT / "benchmarks/footage/plaza.mp4")), every(5))
    analyzers = [LineAnalyzer(line, detector.labels) for line in lines]
    found: list[Event] = []
    tracker = tracker_for(detector.labels, DetectorConfig())
    run(islice(source, 150), detector, tracker.update, analyzers, found.append)
    source.close()
    counts = Counter(event.line_id for event in found if isinstance(event, Crossing))
    assert counts == {"v400": 4, "v550": 7, "v250": 1, "h300": 7, "diag": 3}  # truth: 5, 7, 0, 7, 3
