"""`parvis cleanliness explain`: pictures of why a camera's watch for deposits says what it says at a moment."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from parvis.commands.choose import chosen_camera
from pipeline.build import detector_for, source_spec, tracker_for
from pipeline.cleanliness.assembly import cleanliness_for
from pipeline.cleanliness.explain import Explanation
from pipeline.cleanliness.hook import Outside
from pipeline.cleanliness.watch import NoWatch
from pipeline.config_file import load_config
from pipeline.errors import Refused
from pipeline.runner import follow, looks
from pipeline.schedule import at_rate
from pipeline.sources import is_live, open_source
from pipeline.still import write_png


def explain_command(
    camera: Annotated[str, typer.Argument(help="Camera of the configuration.", show_default=False)],
    config: Annotated[Path, typer.Option("--config", help="Configuration file (YAML).", show_default=False)],
    at: Annotated[float, typer.Option("--at", help="Moment of the recording, seconds.", min=0, show_default=False)],
    out: Annotated[Path, typer.Option("--out", help="Folder for the pictures.")] = Path("explain"),
) -> None:
    """Watch a recording up to a moment, and draw reference, ground, change and candidates; for `operations` only."""
    loaded = load_config(config)
    one = chosen_camera(loaded, camera)
    if one.purpose != "operations":
        raise Refused(f"{config}: camera {camera!r}: purpose-forbids-image; expected the purpose operations")
    spec = replace(source_spec(loaded, one), pace="fast", loop=False)
    if is_live(spec.source):
        raise Refused(f"{config}: camera {camera!r} is live; expected a recording as its source")
    detector = detector_for(loaded.site.detector, (one,), loaded.path.parent)
    watch = cleanliness_for(one, detector, lambda: True, replace(Outside.of(loaded, one), explained=True))
    if isinstance(watch, NoWatch):
        raise Refused(f"{config}: camera {camera!r} watches no zone; expected measures: [deposits]")
    source = open_source(spec, at_rate(1 / one.cleanliness.every_s))
    try:
        frames = (frame for frame in iter(source) if frame.time_s <= at)
        track = watch.before(tracker_for(detector.labels, loaded.site.detector).update)
        follow(looks(frames, detector, track), [watch], lambda event: None)
    finally:
        source.close()
    found = watch.explain()
    if found is None:
        raise Refused(f"--at {at:g}: the ground is not known by then; expected nine samples or more before it")
    _write(out, found)


def _write(out: Path, found: Explanation) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name in ("reference", "ground", "change", "things"):
        write_png(out / f"{name}.png", getattr(found, name))
    for line in found.lines:
        typer.echo(line)
    typer.echo(f"reference, ground, change and things: {out}", err=True)
