"""How well Parvis counts: `parvis bench accuracy` (matching and measures: `benchmarks.matching`)."""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from benchmarks import adaptive, motmetrics_door, report
from benchmarks.comparison import Peer, difference_rows, stock_peers, time_s
from benchmarks.figures import PEERS_METRICS, Column, Counted, cell_rows, rows_of
from benchmarks.recorded import Clip, count, record
from benchmarks.report import Row
from benchmarks.truthfile import Truth, load_truth
from benchmarks.ultralytics_door import peer_versions, ultralytics_peers
from models.onnx import OnnxDetector
from models.registry import resolve
from parvis.cli import guarded
from pipeline.config import DEFAULT_CLASSES, LineConfig
from pipeline.errors import Refused
from pipeline.taxonomy import nearest_labels
from pipeline.tracking.parameters import FAMILY_BY_CLASS, TrackerParameters
from pipeline.tracks import Tracks

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
    peers: Annotated[bool, typer.Option("--peers", help="Count with other systems too (`make peers`).")] = False,
    json_target: report.Target = None,
) -> None:
    """Count clips whose truth is known, at several rates, and print the error."""
    rates, most = _rates(fps), _phases(phases)
    rows: list[Row] = []
    for case in _cases(footage, truth, mot):
        known = load_truth(case.truth)
        clip = record(case.footage, _detector(model, known))
        columns = list(dict.fromkeys(Column.at(rate, clip.fps, most) for rate in rates))
        rows += _case_rows(clip, known, columns, case, peers)
    report.show(f"Counting error on {report.hardware_line()}", *_table(rows))
    report.show("With `fps: adaptive`", *adaptive.table([row for row in rows if row.system == adaptive.SYSTEM]))
    if peers:
        report.show("Event F1 / WAPE, mean over first frames", *_peers_table(rows))
    report.write(rows, json_target, peer_versions() if peers else {})


def line_classes(truth: Truth) -> tuple[str, ...]:
    """Return the classes to count: those of the truth, and what a detector takes for them."""
    classes = {label for name in truth.classes for label in nearest_labels(name)}
    families = {FAMILY_BY_CLASS[name] for name in classes if name in FAMILY_BY_CLASS}
    classes |= {name for name, family in FAMILY_BY_CLASS.items() if family in families}
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
    if not rates or not all(0 < rate < math.inf for rate in rates):
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
    file = resolve(model)
    known = frozenset(file.labels or OnnxDetector(file, "cpu").labels)
    return OnnxDetector(file, "auto", low, frozenset(line_classes(truth)) & known)


def _case_rows(clip: Clip, truth: Truth, columns: Sequence[Column], case: Case, with_peers: bool) -> list[Row]:
    classes = line_classes(truth)
    lines = [LineConfig.model_validate({**line, "classes": classes}) for line in truth.lines]
    ours = _ours(clip, lines, columns)
    rows = rows_of(clip.name, truth, ours) + cell_rows(clip.name, truth, ours)
    rows += adaptive.adaptive_rows(clip, truth, lines)
    looks: list[Tracks] = []
    count(clip, [], 1, 0, looks)
    rows += _mot_rows(clip, "parvis", looks, case.mot)
    if not with_peers:
        return rows
    peers: list[Peer] = [
        *stock_peers(clip, lines, columns),
        *ultralytics_peers(case.footage, clip, lines, columns),
    ]
    for peer in peers:
        rows += rows_of(clip.name, truth, peer.counted, PEERS_METRICS)
        if peer.every_look:
            rows += _mot_rows(clip, peer.counted.system, peer.every_look, case.mot)
    return rows + difference_rows(clip.name, truth, ours, [peer.counted for peer in peers])


def _ours(clip: Clip, lines: Sequence[LineConfig], columns: Sequence[Column]) -> Counted:
    runs, times_s = {}, {}
    for column in columns:
        began_s = time.process_time()
        runs[column] = [count(clip, lines, column.step, start) for start in column.starts]
        times_s[column] = time_s(clip, column, (time.process_time() - began_s) / len(column.starts))
    return Counted("parvis", runs, times_s)


def _mot_rows(clip: Clip, system: str, looks: Sequence[Tracks], mot: Path | None) -> list[Row]:
    if mot is None:
        return []
    if not mot.exists():
        typer.echo(f"{mot} is not here (it does not ship): MOTA, IDF1 and HOTA are left out", err=True)
        return []
    found = motmetrics_door.measure(looks, mot)
    if found is None:
        typer.echo("MOTA, IDF1 and HOTA are left out: they need `make peers`", err=True)
        return []
    return [Row("accuracy", clip.name, system, "every frame", name, value, "1") for name, value in found.items()]


def _table(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    metrics = ["event_f1", "wape", "event_f1_class", "hits", "false", "missed", "s1"]
    lines: dict[tuple[str, str], dict[str, str]] = {}
    others: list[list[str]] = []
    for row in rows:
        if row.system != "parvis":
            continue
        if row.metric in metrics:
            lines.setdefault((row.clip, row.settings), {})[row.metric] = f"{row.value:.3f}"
        elif row.metric == "event_f1_95":
            lines[row.clip, row.settings]["95 %"] = f"{row.low:.3f}-{row.high:.3f}"
        elif row.settings == "every frame":
            others.append([row.clip, row.settings, f"{row.metric} {row.value:.3f}"])
    columns = [metrics[0], "95 %", *metrics[1:]]
    return ["clip", "looks", *columns], [[*key, *(f[c] for c in columns)] for key, f in lines.items()] + others


def _peers_table(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Return F1 and WAPE of every system (rows) at every rate (columns), and how far we are ahead."""
    cells: dict[tuple[str, str], dict[str, list[str]]] = {}
    ahead: list[list[str]] = []
    for row in rows:
        if row.metric in ("event_f1", "wape"):
            cells.setdefault((row.clip, row.system), {}).setdefault(row.settings, []).append(f"{row.value:.3f}")
        elif row.metric == "event_f1_ahead":
            ahead.append(
                [row.clip, row.system, f"{row.settings}: {row.value:+.3f} ({row.low:+.3f} to {row.high:+.3f})"]
            )
    rates = list(dict.fromkeys(rate for figures in cells.values() for rate in figures))
    body = [[*key, *(" / ".join(figures.get(rate, [])) for rate in rates)] for key, figures in cells.items()]
    return ["clip", "system", *rates], body + ahead


if __name__ == "__main__":
    application = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    application.command()(main)
    raise SystemExit(guarded(lambda: application(standalone_mode=False, prog_name="parvis bench accuracy")))
