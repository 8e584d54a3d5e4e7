"""How well Parvis counts: `parvis bench accuracy` (matching and measures: `benchmarks.matching`)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks import motmetrics_door, report
from benchmarks.matching import Score, score
from benchmarks.recorded import Clip, count, record
from benchmarks.report import Row
from benchmarks.truthfile import Truth, load_truth
from models.onnx import OnnxDetector
from models.registry import resolve
from parvis.cli import guarded
from pipeline.config import DEFAULT_CLASSES, LineConfig
from pipeline.errors import Refused
from pipeline.tracking.parameters import FAMILY_BY_CLASS, TrackerParameters
from pipeline.tracks import Tracks

RIDERS = ("bicycle", "motorcycle", "person")
"""A rider is seen as one of these."""

DEFAULT_FPS = "10,5,3.33,2,1"
PHASES_MOST = 10


@dataclass(frozen=True, slots=True)
class Case:
    """A clip with what is known of it."""

    footage: Path
    truth: Path
    mot: Path | None  # boxes of every frame, MOTChallenge format


BUNDLED = Case(
    report.ROOT / "benchmarks/footage/plaza.mp4",
    report.ROOT / "benchmarks/truth/plaza.json",
    report.SHARED / "truth/PETS09-S2L1.txt",
)
ROUNDABOUT = Case(report.SHARED / "footage/roundabout.mp4", report.ROOT / "benchmarks/truth/roundabout.json", None)


def main(
    footage: Annotated[Path | None, typer.Option(help="A clip; default: the bundled one, and others at hand.")] = None,
    truth: Annotated[Path | None, typer.Option(help="Its crossings (parvis.truth/1).")] = None,
    mot: Annotated[Path | None, typer.Option(help="Its boxes (MOTChallenge), for MOTA, IDF1 and HOTA.")] = None,
    fps: Annotated[str, typer.Option(help="Rates of looking, detections a second.")] = DEFAULT_FPS,
    phases: Annotated[str, typer.Option(help="First frames tried at each rate: all, or how many.")] = "all",
    model: Annotated[str, typer.Option(help="Model name or ONNX file.")] = "yolov8n",
    json_target: Annotated[str | None, typer.Option("--json", help="Write the figures here; - is stdout.")] = None,
) -> None:
    """Count clips whose truth is known, at several rates, and print the error."""
    rates, most = _rates(fps), _phases(phases)
    rows: list[Row] = []
    for case in _cases(footage, truth, mot):
        known = load_truth(case.truth)
        clip = record(case.footage, _detector(model, known))
        rows += _rows(clip, known, rates, most)
        rows += _mot_rows(clip, case.mot)
    report.show(f"Counting error on {report.hardware_line()}", *_table(rows))
    report.write(rows, json_target)


def line_classes(truth: Truth) -> tuple[str, ...]:
    """Return the classes to count: those of the truth, and what a detector takes for them."""
    classes = set(truth.classes)
    if classes & set(FAMILY_BY_CLASS):
        classes |= set(FAMILY_BY_CLASS)
    if classes & {"bicycle", "motorcycle"}:
        classes |= set(RIDERS)
    return tuple(name for name in (*DEFAULT_CLASSES, "train") if name in classes)


def _cases(footage: Path | None, truth: Path | None, mot: Path | None) -> Iterator[Case]:
    if (footage is None) != (truth is None):
        raise Refused("parvis bench accuracy: --footage and --truth go together; expected both or none")
    if footage is not None and truth is not None:
        yield Case(footage, truth, mot)
        return
    yield BUNDLED
    if ROUNDABOUT.footage.exists():
        yield ROUNDABOUT
    else:
        typer.echo(f"{ROUNDABOUT.footage} is not here (it does not ship): the roundabout is left out", err=True)


def _rates(text: str) -> list[float]:
    try:
        rates = [float(part) for part in text.split(",")]
    except ValueError:
        rates = []
    if not rates or min(rates) <= 0:
        raise Refused(f"parvis bench accuracy: --fps: got {text!r}; expected rates such as 10,5,2")
    return rates


def _phases(text: str) -> int:
    if text == "all":
        return PHASES_MOST
    if not text.isdigit() or int(text) < 1:
        raise Refused(f"parvis bench accuracy: --phases: got {text!r}; expected all or a number from 1")
    return int(text)


def _detector(model: str, truth: Truth) -> OnnxDetector:
    low = TrackerParameters().score_low
    return OnnxDetector(resolve(model), "auto", low, frozenset(line_classes(truth)))


def _rows(clip: Clip, truth: Truth, rates: Sequence[float], most: int) -> list[Row]:
    classes = line_classes(truth)
    lines = [LineConfig.model_validate({**line, "classes": classes}) for line in truth.lines]
    rows: list[Row] = []
    for rate in rates:
        step = max(1, round(clip.fps / rate))
        starts = sorted({int(start) for start in np.linspace(0, step, min(step, most), endpoint=False)})
        runs = [count(clip, lines, step, start) for start in starts]
        plain = [score(run, truth) for run in runs]
        strict = [score(run, truth, with_class=True) for run in runs]
        settings = f"{clip.fps / step:.2f} fps"
        rows += _scores(clip.name, settings, plain, strict)
    return rows


def _scores(clip: str, settings: str, plain: Sequence[Score], strict: Sequence[Score]) -> list[Row]:
    def row(metric: str, values: Sequence[float]) -> Row:
        mean, low, high = (round(float(f(values)), 4) for f in (np.mean, min, max))
        return Row("accuracy", clip, "parvis", settings, metric, mean, "1", len(values), low, high)

    return [
        row("event_f1", [s.f1 for s in plain]),
        row("wape", [s.wape for s in plain]),
        row("event_f1_class", [s.f1 for s in strict]),
        row("hits", [s.hits for s in plain]),
        row("false", [s.false for s in plain]),
        row("missed", [s.missed for s in plain]),
    ]


def _mot_rows(clip: Clip, mot: Path | None) -> list[Row]:
    if mot is None:
        return []
    if not mot.exists():
        typer.echo(f"{mot} is not here (it does not ship): MOTA, IDF1 and HOTA are left out", err=True)
        return []
    looks: list[Tracks] = []
    count(clip, [], 1, 0, looks)
    found = motmetrics_door.measure(looks, mot)
    if found is None:
        typer.echo("MOTA, IDF1 and HOTA are left out: they need `make peers`", err=True)
        return []
    return [Row("accuracy", clip.name, "parvis", "every frame", name, value, "1") for name, value in found.items()]


def _table(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    metrics = ["event_f1", "wape", "event_f1_class", "hits", "false", "missed"]
    lines: dict[tuple[str, str], dict[str, str]] = {}
    others: list[list[str]] = []
    for row in rows:
        if row.metric in metrics:
            lines.setdefault((row.clip, row.settings), {})[row.metric] = f"{row.value:.3f}"
        else:
            others.append([row.clip, row.settings, f"{row.metric} {row.value:.3f}"])
    body = [[*key, *(figures[metric] for metric in metrics)] for key, figures in lines.items()]
    return ["clip", "looks", *metrics], body + others


if __name__ == "__main__":
    application = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    application.command()(main)
    raise SystemExit(guarded(lambda: application(standalone_mode=False, prog_name="parvis bench accuracy")))
