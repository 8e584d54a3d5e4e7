"""`parvis check`: every fault of a configuration, before anything runs."""

from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

import typer

from models.errors import ModelError
from models.registry import resolve
from pipeline.calendars import events_of_file
from pipeline.config import CameraConfig, watches_deposits
from pipeline.config_faults import ConfigError, Problem, dotted
from pipeline.config_file import LoadedSite, load_config, warnings
from pipeline.errors import Refused, SourceError

RUNTIMES = ("onnxruntime", "onnxruntime-gpu")


def check_command(
    config: Annotated[Path, typer.Argument(help="Configuration file (YAML).", show_default=False)],
) -> None:
    """Name every fault of a configuration with file, line and field; warnings do not fail."""
    loaded = load_config(config)
    errors, labels = model_problems(loaded)
    errors += litter_problems(loaded) + source_problems(loaded) + calendar_problems(loaded)
    found = [*errors, *warnings(loaded, labels), *deposit_doubts(loaded), *runtime_problems(loaded)]
    for problem in sorted(found, key=lambda p: (p.line or 0, p.severity)):
        typer.echo(str(problem), err=True)
    if errors:
        raise typer.Exit(2)
    cameras = loaded.site.cameras
    lines, zones = sum(len(camera.lines) for camera in cameras), sum(len(camera.zones) for camera in cameras)
    measured = ", ".join((_counted(len(cameras), "camera"), _counted(lines, "line"), _counted(zones, "zone")))
    typer.echo(f"{config}: {measured}; no fault found")


def model_problems(loaded: LoadedSite) -> tuple[list[Problem], tuple[str, ...] | None]:
    """Return what is wrong with the models, and the classes of the site's own if nothing is."""
    from models.onnx import OnnxDetector  # only here: `parvis serve` runs where ONNX Runtime is not installed

    places: dict[str, tuple[str | int, ...]] = {loaded.site.detector.model: ("detector", "model")}
    for i, camera in enumerate(loaded.site.cameras):
        places.setdefault(loaded.site.detector_of(camera).model, ("cameras", i, "detector", "model"))
    problems, labels = [], None
    for name, place in places.items():
        try:
            found = OnnxDetector(resolve(name, base=loaded.path.parent), "cpu").labels
            labels = labels or found
        except ModelError as error:
            problems.append(_problem(loaded, place, str(error)))
    return problems, None if problems else labels


def litter_problems(loaded: LoadedSite) -> list[Problem]:
    """Return which optional models of litter cannot be used, or know none of the classes that are waste."""
    from pipeline.cleanliness.assembly import litter_eyes_for  # only here, as above

    found = []
    for i, camera in enumerate(loaded.site.cameras):
        try:
            litter_eyes_for(camera.cleanliness, loaded.path.parent)
        except ModelError as error:
            found.append(_problem(loaded, ("cameras", i, "cleanliness", "litter_model"), str(error)))
    return found


def source_problems(loaded: LoadedSite) -> list[Problem]:
    """Return which recordings cannot be opened, and which addresses are no addresses; live cameras are not called."""
    from pipeline.build import source_spec  # only here: `parvis serve` runs where OpenCV is not installed
    from pipeline.sources import is_live, open_source

    found: list[Problem] = []
    for i, camera in enumerate(loaded.site.cameras):
        try:
            spec = source_spec(loaded, camera)
            if not is_live(spec.source):
                open_source(spec, lambda index, time_s, glance: False).close()
        except ConfigError as error:
            found += error.problems
        except SourceError as error:
            found.append(_problem(loaded, ("cameras", i, "source"), str(error)))
    return found


def deposit_doubts(loaded: LoadedSite) -> list[Problem]:
    """Return warnings of zones in which hardly anything that lies there, or nothing, can be seen."""
    from pipeline.cleanliness.doubts import zone_doubts  # only here, as above

    return [
        Problem(loaded.path, loaded.line_of("cameras", i, *place), dotted(("cameras", i, *place)), text, "warning")
        for i, camera in enumerate(loaded.site.cameras)
        for place, text in zone_doubts(camera, _size_of(loaded, camera) if watches_deposits(camera) else None)
    ]


def _size_of(loaded: LoadedSite, camera: CameraConfig) -> tuple[int, int] | None:
    """Return the size of a recording's pictures; None where it cannot be opened, or the camera is live."""
    from pipeline.build import source_spec
    from pipeline.sources import is_live, open_source

    try:
        spec = source_spec(loaded, camera)
        if is_live(spec.source):
            return None
        source = open_source(spec, lambda index, time_s, glance: False)
    except (ConfigError, SourceError):
        return None  # told already, by the field of the source
    try:
        return source.status.size
    finally:
        source.close()


def calendar_problems(loaded: LoadedSite) -> list[Problem]:
    """Return which calendars of schedules cannot be read."""
    found: list[Problem] = []
    for i, camera in enumerate(loaded.site.cameras):
        for n, schedule in enumerate(camera.schedules):
            if schedule.ical is None:
                continue
            try:
                events_of_file(loaded.path.parent / schedule.ical.expanduser())
            except Refused as error:
                found.append(_problem(loaded, ("cameras", i, "schedules", n, "ical"), str(error)))
    return found


def runtime_problems(loaded: LoadedSite) -> list[Problem]:
    """Return a warning if both distributions of ONNX Runtime are installed: they overwrite each other."""
    present = [name for name in RUNTIMES if _is_installed(name)]
    if len(present) < 2:
        return []
    text = f"{' and '.join(present)} are both installed and overwrite each other; expected one of them"
    return [Problem(loaded.path, None, "", text, "warning")]


def _counted(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def _is_installed(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


def _problem(loaded: LoadedSite, place: tuple[str | int, ...], text: str) -> Problem:
    return Problem(loaded.path, loaded.line_of(*place), dotted(place), text)
