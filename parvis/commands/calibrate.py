"""`parvis calibrate`: how well the ground is known, in figures and as a picture."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from parvis.commands.choose import chosen_camera
from pipeline.calibration import LEAST_DISTANCES, LEAST_POINTS
from pipeline.config import CameraConfig
from pipeline.config_faults import ConfigError, Problem, dotted
from pipeline.config_file import LoadedSite, load_config, warnings
from pipeline.errors import Refused

if TYPE_CHECKING:
    from pipeline.ground import Ground

SHARES = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Where in the picture the scale is told, fractions of width and height."""


def calibrate_command(
    config: Annotated[Path, typer.Argument(help="Configuration file (YAML).", show_default=False)],
    camera: Annotated[
        str | None, typer.Option("--camera", help="Camera of the configuration, where it has several.")
    ] = None,
    picture: Annotated[
        Path | None, typer.Option("--picture", help="Write the metric grid over a picture of the camera (PNG).")
    ] = None,
    frame: Annotated[
        int | None,
        typer.Option(
            "--frame", min=0, help="Frame of that picture (0-based); not under `statistics`.", show_default="0"
        ),
    ] = None,
) -> None:
    """Tell how well the calibration of a camera fits; under `statistics` the picture is a blurred median."""
    from pipeline.build import source_spec  # only here, as below: what other commands load, they need
    from pipeline.ground import Ground
    from pipeline.still import draw_grid, median, one_frame, write_png

    loaded = load_config(config)
    chosen = chosen_camera(loaded, camera)
    if chosen.calibration is None:
        raise _refusal(loaded, chosen, "calibration", "is missing; expected four points or three distances")
    if chosen.purpose == "statistics" and frame is not None:
        raise _refusal(loaded, chosen, "purpose", "statistics forbids a single picture; expected no --frame")
    if picture is not None and not picture.parent.is_dir():
        raise Refused(f"{picture}: its folder does not exist; expected a file that can be written")
    for warning in warnings(loaded):
        if warning.field.startswith(dotted(_place(loaded, chosen))):
            typer.echo(str(warning), err=True)
    ground, spec = Ground(chosen.calibration), source_spec(loaded, chosen)
    still = median(spec) if chosen.purpose == "statistics" and picture else one_frame(spec, frame or 0)
    _show(chosen, ground, (still.shape[1], still.shape[0]))
    if picture is not None:
        step_m = draw_grid(still, ground)
        write_png(picture, still)
        how = "a blurred median, people removed" if chosen.purpose == "statistics" else "one frame"
        typer.echo(f"{picture}: a grid of {step_m:g} m over {how}", err=True)


def _place(loaded: LoadedSite, camera: CameraConfig) -> tuple[str | int, ...]:
    return ("cameras", loaded.site.cameras.index(camera))


def _refusal(loaded: LoadedSite, camera: CameraConfig, field: str, text: str) -> ConfigError:
    place = (*_place(loaded, camera), field)
    return ConfigError([Problem(loaded.path, loaded.line_of(*place), dotted(place), text)])


def _show(camera: CameraConfig, ground: "Ground", size: tuple[int, int]) -> None:
    console = Console()
    by_point = bool(camera.calibration and camera.calibration.points)
    console.print(_point_table(ground, size) if by_point else _distance_table(camera, ground))
    least, what = (LEAST_POINTS, "points") if by_point else (LEAST_DISTANCES, "distances")
    if len(ground.fit.residuals) == least:
        console.print(f"{least} {what} always fit, so a wrong one does not show: give one or two more.")
    console.print(_scale_table(ground, size))


def _point_table(ground: "Ground", size: tuple[int, int]) -> Table:
    table = Table("point", "x, y in px", "x, y in m", "off, px", "off, m", title="How well the points fit")
    fit = ground.fit
    for n, (at, place, residual) in enumerate(zip(fit.image, fit.ground, fit.residuals, strict=True)):
        dx, dy = residual.image or (0.0, 0.0)
        off_px = ((dx * size[0]) ** 2 + (dy * size[1]) ** 2) ** 0.5
        mark = " !" if residual.is_large else ""
        px, metres = f"{at[0] * size[0]:.0f}, {at[1] * size[1]:.0f}", f"{place[0]:.2f}, {place[1]:.2f}"
        table.add_row(str(n), px, metres, f"{off_px:.1f}", f"{residual.metres:.2f}{mark}")
    return table


def _distance_table(camera: CameraConfig, ground: "Ground") -> Table:
    table = Table("distance", "known, m", "found, m", "off", title="How well the distances fit")
    known = camera.calibration.distances if camera.calibration else ()
    for n, (one, residual) in enumerate(zip(known, ground.fit.residuals, strict=True)):
        mark = " !" if residual.is_large else ""
        share = f"{100 * residual.metres / one.metres:+.1f} %{mark}"
        table.add_row(str(n), f"{one.metres:.2f}", f"{one.metres + residual.metres:.2f}", share)
    return table


def _scale_table(ground: "Ground", size: tuple[int, int]) -> Table:
    columns = [f"x {share:.0%}" for share in SHARES]
    table = Table("", *columns, title="Scale: px a metre, along the view and across it")
    for y in SHARES:
        cells = []
        for x in SHARES:
            scale = ground.px_per_metre((x, y), size)
            cells.append(f"{scale[0]:.1f}, {scale[1]:.1f}" if scale else "horizon")
        table.add_row(f"y {y:.0%}", *cells)
    return table
