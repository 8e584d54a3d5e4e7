"""`parvis recount`: what other lines and zones would have counted, before they go live."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from parvis.commands.choose import chosen_camera
from pipeline.config import CameraConfig
from pipeline.config_file import LoadedSite, load_config
from pipeline.errors import Refused
from pipeline.kept_tracks import HOUR_S, KeptHour, folder_of, kept_hours
from pipeline.recount import Recount, recount

ABSENT = "-"


def recount_command(
    config: Annotated[Path, typer.Argument(help="Configuration under which tracks were kept.", show_default=False)],
    camera: Annotated[
        str | None, typer.Option("--camera", help="Camera of the configuration, where it has several.")
    ] = None,
    other: Annotated[
        Path | None, typer.Option("--with", help="Configuration with the lines and zones to try on that camera.")
    ] = None,
    from_: Annotated[
        str | None, typer.Option("--from", help="First hour, ISO 8601 with offset.", show_default="all that is kept")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", help="Hour before which to end, likewise.", show_default="all that is kept")
    ] = None,
) -> None:
    """Count the past again from kept tracks (`retention.tracks_days`), side by side with another configuration."""
    loaded = load_config(config)
    one = chosen_camera(loaded, camera)
    tried = chosen_camera(load_config(other), one.id if camera else None) if other is not None else None
    hours = _kept(loaded, one, (_moment(from_, "--from", float("-inf")), _moment(to, "--to", float("inf"))))
    for line in (line for each in (one, tried) if each for line in each.lines):
        if line.anchor != "foot":
            typer.echo(
                f"line {line.id!r} counts at the {line.anchor}; only feet are kept, so it is recounted there", err=True
            )
    show(hours, recount(one, hours), recount(tried, hours) if tried else None)


def _kept(loaded: LoadedSite, camera: CameraConfig, span: tuple[float, float]) -> list[KeptHour]:
    if camera.purpose != "operations":
        raise Refused(f"{loaded.path}: camera {camera.id!r}: purpose-forbids-tracks: expected the purpose operations")
    folder = folder_of(loaded.data_dir, camera.id)
    hours = list(kept_hours(folder, *span))
    if not hours:
        raise Refused(
            f"{folder}: no tracks are kept of that time; expected retention.tracks_days above 0, and parvis run since"
        )
    return hours


def _moment(text: str | None, option: str, default_s: float) -> float:
    if text is None:
        return default_s
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise Refused(f"{option}: {text!r} is no moment with an offset; expected such as 2026-05-04T08:00:00+02:00")
    return moment.timestamp()


def show(hours: list[KeptHour], now: Recount, tried: Recount | None) -> None:
    """Print both counts as one table."""
    console = Console()
    first, last = (datetime.fromtimestamp(s, UTC) for s in (hours[0].start_s, hours[-1].start_s + HOUR_S))
    heads = ("now", "tried") if tried else ("now",)
    lines = Table(
        "line", "class", "direction", *heads, title=f"crossings, {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"
    )
    for row in _rows(now.counts, tried.counts if tried else None):
        lines.add_row(*row)
    console.print(lines)
    zones = Table("zone", "class", "figure", *heads, title="zones")
    for row in _rows(now.zones, tried.zones if tried else None):
        zones.add_row(*row)
    if zones.row_count:
        console.print(zones)
    console.print(f"from {len(hours)} kept hours; who crosses a full hour on a line is not counted")


Figures = Mapping[str, Mapping[str, Mapping[str, float | int | None]]]


def _rows(now: Figures, tried: Figures | None) -> Iterator[list[str]]:
    """Yield place, class and figure, with the value now and, where there is another configuration, the value then."""
    sides = [now] if tried is None else [now, tried]
    keys = [(place, name, key) for side in sides for place in side for name in side[place] for key in side[place][name]]
    for place, name, key in dict.fromkeys(keys):
        values = [side.get(place, {}).get(name, {}).get(key) for side in sides]
        if any(values):
            yield [place, name, key, *(ABSENT if value is None else f"{value:g}" for value in values)]
