"""`parvis models quantize`: a model in eight bits, from pictures of where it will look, held against the exact one."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from models.errors import ModelError
from models.registry import ModelFile, resolve
from pipeline.errors import Refused

if TYPE_CHECKING:
    from models.calibrate import Quantised
    from models.detections import Image

DEFAULT_INPUT_PX = 640


def quantize_command(
    name: Annotated[str, typer.Argument(help="Name from `parvis models list`, or a path to an ONNX file.")],
    footage: Annotated[
        list[Path], typer.Option("--footage", help="Recording or folder of pictures of where it will look; may repeat.")
    ],
    pictures: Annotated[
        int, typer.Option(min=8, max=1000, help="How many pictures to take, half of them to verify.")
    ] = 48,
    input_px: Annotated[
        int | None, typer.Option("--input", min=96, help="Longer side of its input, px.", show_default="the model's")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Keep it even where it does not agree.")] = False,
) -> None:
    """Quantise a model to eight bits and keep it in the user's cache, where `variant: auto` finds it."""
    try:
        from models.calibrate import quantise
    except ImportError as error:
        raise Refused(f"quantize: {error.name} is not installed; expected the extra parvis[cpu]") from error

    model = resolve(name)
    longest_px = input_px or model.input_px or DEFAULT_INPUT_PX
    shown = Console(stderr=True)
    taken = [picture for path in footage for picture in _pictures(path, max(1, pictures // len(footage)))]
    made = quantise(model, taken, longest_px, lambda line: shown.print(line, highlight=False), force)
    Console().print(_table(model, made))


def _pictures(path: Path, wanted: int) -> "list[Image]":
    """Return pictures spread evenly over a recording or folder.

    Raises:
        SourceError: if it cannot be read.
    """
    from pipeline.schedule import every
    from pipeline.sources import SourceSpec, open_source

    source = open_source(SourceSpec(str(path)), every(1))
    status = source.status
    expected = round(status.duration_s * status.fps) if status.duration_s and status.fps else 0
    source.close()
    step = max(1, expected // wanted) if expected else 1
    found: list[Image] = []
    source = open_source(SourceSpec(str(path)), every(step, step // 2))
    try:
        for frame in source:
            if frame.image is not None:
                found.append(frame.image.copy())
            if len(found) == wanted:
                break
    finally:
        source.close()
    if not found:
        raise ModelError(f"{path}: holds no picture")
    return found


def _table(model: ModelFile, made: "Quantised") -> Table:
    table = Table("input", "boxes of the exact model", "found again", "mean difference of scores", title=model.name)
    for (width, height), one in made.agreements.items():
        table.add_row(f"{width}x{height}", str(one.boxes), f"{one.found:.3f}", f"{one.shift:+.3f}")
    table.caption = (
        f"{made.path}, {made.bytes / 1e6:.1f} MB; from {made.pictures} pictures, compared on {made.held_out} others"
    )
    return table
