"""`parvis analyze`: one recording in, counts out."""

import csv
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.table import Table

from parvis.bars import bars
from parvis.commands.choose import chosen_camera
from pipeline.config import CameraConfig
from pipeline.config_file import load_config, warnings
from pipeline.errors import Refused

if TYPE_CHECKING:
    from pipeline.sources import SourceStatus

CSV_COLUMNS = ("time_s", "frame", "line", "class", "direction", "track")


def analyze_command(
    footage: Annotated[
        list[Path],
        typer.Argument(help="A video, several, or a folder of videos or images, as one recording.", show_default=False),
    ],
    config: Annotated[
        Path, typer.Option("--config", help="Configuration with the camera's lines and zones.", show_default=False)
    ],
    camera: Annotated[
        str | None, typer.Option("--camera", help="Camera of the configuration, where it has several.")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write the result as JSON (parvis.analysis/1).")] = None,
    csv_path: Annotated[Path | None, typer.Option("--csv", help="Write one row for each crossing.")] = None,
    tracks: Annotated[Path | None, typer.Option("--tracks", help="Write the tracks as MOTChallenge text.")] = None,
    video: Annotated[Path | None, typer.Option("--video", help="Write an annotated MP4.")] = None,
    heatmap: Annotated[
        Path | None,
        typer.Option(
            "--heatmap", help="Write a PNG and a GeoJSON of each zone that measures `heatmap` to this folder."
        ),
    ] = None,
    fps: Annotated[
        float | None,
        typer.Option("--fps", min=0.05, max=1000, help="Detections a second.", show_default="as configured"),
    ] = None,
    phase: Annotated[int, typer.Option("--phase", min=0, help="First frame that is looked at (0-based).")] = 0,
) -> None:
    """Count one recording, as fast as the machine can; needs no Redis."""
    from pipeline.analyze import Request, analyze  # only here: other commands start without OpenCV and SciPy

    loaded = load_config(config)
    for warning in warnings(loaded):
        typer.echo(str(warning), err=True)
    _check_writable([path for path in (out, csv_path, tracks, video) if path is not None], [config, *footage])
    chosen = chosen_camera(loaded, camera)
    if heatmap is not None:
        _check_folder(heatmap, chosen)
    request = Request(tuple(footage), loaded, chosen, fps, phase, tracks, video, heatmap)
    with _bar() as progress:
        document = analyze(request, progress)
    interrupted = document.pop("interrupted")
    if out is not None:
        out.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if csv_path is not None:
        _write_csv(csv_path, document["events"])
    show(document)
    if interrupted:
        raise typer.Exit(130)
    if not document["complete"]:
        typer.echo(document.get("error", "the recording is not complete"), err=True)
        raise typer.Exit(1)


def show(document: dict[str, Any]) -> None:
    """Print the counts and zones of a result as tables."""
    console = Console()
    lines = Table("line", "class", "forward", "backward", title=f"{document['source']}: crossings")
    for line, classes in document["counts"].items():
        for name, ways in classes.items():
            if any(ways.values()) or len(classes) == 1:
                lines.add_row(line, name, str(ways["forward"]), str(ways["backward"]))
    console.print(lines)
    _show_zones(console, document["zones"])
    _show_measures(console, document["measures"])
    for trouble in document["sanity"]:
        span = f"{trouble['from_s']:.1f} s to {trouble['to_s']:.1f} s"
        console.print(f"camera {trouble['condition']} from {span}: figures of that time are left out")
    speed = document["performance"]
    console.print(
        f"{document['frames']} frames, {document['frames_detected']} looked at, {speed['wall_s']:.1f} s "
        f"({speed['fps']:.0f} frames/s) with {speed['model']} on {speed['device']}"
    )


def _show_measures(console: Console, measures: dict[str, Any]) -> None:
    table = Table("measure", "place", "class", "figures", title="measures")
    for measure, places in measures.items():
        for place, classes in places.items():
            for name, figures in classes.items():
                table.add_row(measure, place, name, _figures_text(figures))
    if table.row_count:
        console.print(table)


def _figures_text(figures: dict[str, Any]) -> str:
    """Return figures by name; those of a direction in brackets after it."""
    parts = [
        f"{name} ({_figures_text(of)})" if isinstance(of, dict) else f"{name} {of}" for name, of in figures.items()
    ]
    return ", ".join(parts)


def _show_zones(console: Console, figures_by_zone: dict[str, Any]) -> None:
    zones = Table("zone", "class", "mean", "most", "median stay", "still inside", title="zones")
    for zone, classes in figures_by_zone.items():
        for name, figures in classes.items():
            if figures["max"] or len(classes) == 1:
                stay = figures["dwell_p50_s"]
                mean = "-" if figures["mean"] is None else f"{figures['mean']:.2f}"
                stay_text = "-" if stay is None else f"{stay:.1f} s"
                zones.add_row(zone, name, mean, str(figures["max"]), stay_text, str(figures["open"]))
    if zones.row_count:
        console.print(zones)


def _check_writable(outputs: list[Path], inputs: list[Path]) -> None:
    """Refuse an output that could not be written or would replace an input, before the work is done."""
    for path in outputs:
        if path.resolve() in {given.resolve() for given in inputs}:
            raise Refused(f"{path}: is what is read; expected another file to write")
        is_new = not path.exists()
        try:
            with path.open("ab"):
                pass
        except OSError as error:
            raise Refused(f"{path}: {error.strerror}; expected a file that can be written") from error
        if is_new:
            path.unlink()  # nothing is left behind if the footage is refused


def _check_folder(folder: Path, camera: CameraConfig) -> None:
    """Make the folder of heat maps before the work is done; refuse one that cannot take them."""
    if not any("heatmap" in zone.measures for zone in camera.zones):
        raise Refused(f"--heatmap: no zone of camera {camera.id} measures it; expected `measures: [heatmap]` of a zone")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{folder}: {error.strerror}; expected a folder that can be made") from error
    names = [f"{camera.id}-{zone.id}" for zone in camera.zones if "heatmap" in zone.measures]
    _check_writable([folder / f"{name}.{kind}" for name in names for kind in ("png", "geojson")], [])


@contextmanager
def _bar() -> Iterator[Any]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with bars(*columns) as shown:
        task: TaskID = shown.add_task("frames", total=None)

        def progress(status: "SourceStatus") -> None:
            total = status.duration_s * status.fps if status.duration_s and status.fps else None
            shown.update(task, completed=status.frames, total=total)

        yield progress


def _write_csv(path: Path, events: list[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, CSV_COLUMNS, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(events)
