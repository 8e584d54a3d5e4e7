"""How counts hold where a recording is worse, or merely other: `parvis bench variants`.

A clip whose truth is known is written again in many ways (`benchmarks.footage.worse`), and each is counted as
`parvis analyze` counts it.
"""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from benchmarks import report
from benchmarks.accuracy import BUNDLED, line_classes
from benchmarks.footage.worse import VARIANTS, Variant
from benchmarks.footage.write import Written, write
from benchmarks.matching import score
from benchmarks.report import Row
from benchmarks.site import LAWFUL
from benchmarks.truthfile import Truth, load_truth
from benchmarks.variants_table import table
from parvis.cli import guarded
from pipeline.analyze import Request, analyze
from pipeline.config_file import load_config
from pipeline.errors import Refused
from pipeline.events import Crossing

_BENDS = 12
"""Stretches that a straight line is cut into where a lens bends it."""


def main(
    footage: Annotated[Path | None, typer.Option(help="A clip; default: the bundled one.")] = None,
    truth: Annotated[Path | None, typer.Option(help="Its crossings (parvis.truth/1).")] = None,
    only: Annotated[str, typer.Option(help="Variants whose name holds one of these words, with commas.")] = "",
    seconds: Annotated[float | None, typer.Option(min=1, help="Only so much of the clip, from its beginning.")] = None,
    fps: Annotated[float | None, typer.Option(min=0.05, help="Detections a second; default: as `fps: auto`.")] = None,
    model: Annotated[str, typer.Option(help="Model name or ONNX file.")] = "yolov8n",
    keep: Annotated[Path | None, typer.Option(help="A folder for the recordings; default: they are deleted.")] = None,
    json_target: report.Target = None,
) -> None:
    """Count a clip whose truth is known in many other recordings of it, and print the error."""
    if (footage is None) != (truth is None):
        raise Refused("parvis bench variants: --footage and --truth go together; expected both or none")
    clip, known = footage or BUNDLED.footage, load_truth(truth or BUNDLED.truth)
    chosen = [v for v in VARIANTS if _asked(v, only)]
    if not chosen:
        raise Refused(f"parvis bench variants: --only: no variant is called {only!r}; expected a part of a name")
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) if keep is None else keep
        folder.mkdir(parents=True, exist_ok=True)
        for variant in chosen:
            written = write(variant, clip, folder, known.fps, seconds)
            request = request_of(variant, written, known, model, folder)
            document = analyze(replace(request, fps=fps), lambda _: None)
            rows += _rows(clip.name, variant, written, known, document)
            typer.echo(_line(rows), err=True)
            if keep is None:
                written.path.unlink()
    report.show(f"{clip.name}, otherwise recorded, on {report.hardware_line()}", *table(rows))
    report.write(rows, json_target)


def _asked(variant: Variant, only: str) -> bool:
    words = [word.strip() for word in only.split(",") if word.strip()]
    return not words or any(word in variant.name for word in words)


def request_of(variant: Variant, written: Written, truth: Truth, model: str, folder: Path) -> Request:
    """Return what `parvis analyze` is asked of a variant."""
    lines = [{**line_in(variant, line, written.size), "classes": line_classes(truth)} for line in truth.lines]
    camera = {"id": "variant", "source": str(written.path.resolve()), **LAWFUL, "lines": lines}
    file = Path(model)
    named = str(file.resolve()) if file.is_file() else model
    site = {"id": "variants", "name": "Variants", "timezone": "UTC"}
    config = {"parvis": 1, "site": site, "detector": {"model": named}, "cameras": [camera]}
    path = folder / "variant.yaml"
    path.write_text(json.dumps(config), encoding="utf-8")
    loaded = load_config(path)
    return Request((written.path,), loaded, loaded.site.cameras[0])


def line_in(variant: Variant, line: Mapping[str, Any], size: tuple[int, int]) -> dict[str, Any]:
    """Return where a line of the clip lies in a variant of it."""
    if variant.moved is None:
        return dict(line)
    corners = np.array(line.get("points") or [line["from"], line["to"]], np.float64)
    shares = np.linspace(0, len(corners) - 1, _BENDS * (len(corners) - 1) + 1)
    points = np.column_stack([np.interp(shares, range(len(corners)), corners[:, axis]) for axis in (0, 1)])
    moved = variant.moved(points, size)
    rest = {key: value for key, value in line.items() if key not in ("from", "to", "points")}
    return {**rest, "points": (moved[::-1] if variant.mirrored else moved).round(6).tolist()}


def _rows(clip: str, variant: Variant, written: Written, truth: Truth, document: dict[str, Any]) -> list[Row]:
    end_s = (written.times_s[-1] - written.times_s[0]) * variant.kept
    known = replace(truth, crossings=tuple(c for c in truth.crossings if c.time_s <= end_s))
    crossings = [
        Crossing(e["line"], e["track"], e["class"], e["direction"], e["frame"], e["time_s"] + written.times_s[0])
        for e in document["events"]
        if e["kind"] == "crossing"
    ]
    found = score(crossings, known)
    figures: dict[str, tuple[float, str]] = {
        "event_f1": (found.f1, "1"),
        "wape": (found.wape, "1"),
        "hits": (found.hits, "crossings"),
        "false": (found.false, "crossings"),
        "missed": (found.missed, "crossings"),
        "frames": (document["frames"], "frames"),
        "looks": (document["frames_detected"] / document["duration_s"] if document["duration_s"] else 0.0, "1/s"),
        "suspended": (sum(span["to_s"] - span["from_s"] for span in document["sanity"]), "s"),
        "complete": (float(document["complete"]), "1"),
    }
    return [
        Row("variants", clip, "parvis", variant.name, metric, round(value, 4), unit)
        for metric, (value, unit) in figures.items()
    ]


def _line(rows: list[Row]) -> str:
    """Return the last line of the table, so that a long run shows how far it is."""
    columns, lines = table(rows)
    return ", ".join(f"{name} {cell}" for name, cell in zip(columns, lines[-1], strict=True))


if __name__ == "__main__":
    application = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    application.command()(main)
    raise SystemExit(guarded(lambda: application(standalone_mode=False, prog_name="parvis bench variants")))
