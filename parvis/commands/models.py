"""`parvis models`: what the registry holds, whether it is sound, and how fast it runs here.

ONNX Runtime is imported where it is used: the services' side has the same command line, and no such library.
"""

import importlib.util
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Annotated

import numpy as np
import typer
from rich.console import Console
from rich.table import Table

from models.errors import ModelError
from models.registry import WEIGHTS, ModelFile, read_manifest, resolve
from parvis.commands.quantize import quantize_command
from pipeline.errors import Refused

if TYPE_CHECKING:
    from models.onnx import OnnxDetector

REFUSED = 2
TIMED_SIZE = (768, 576)
"""Picture with which `info` measures, (width, height) px: that of the bundled footage."""
TIMED_RUNS = 15

app = typer.Typer(no_args_is_help=True, help="The detection models: licence, sha256, classes, speed here.")

Name = Annotated[str, typer.Argument(help="Name from `parvis models list`, or a path to an ONNX file.")]
Weights = Annotated[Path, typer.Option("--weights", help="Folder of the models.", hidden=True)]
Device = Annotated[str, typer.Option("--device", help="auto, tensorrt, cuda or cpu.")]
VariantOption = Annotated[
    str,
    typer.Option("--variant", help="Form on the CPU: auto, whole, fp32, int8, openvino, openvino-bf16, openvino-int8."),
]


app.command("quantize")(quantize_command)


@app.command("list")
def list_models(weights: Weights = WEIGHTS) -> None:
    """List the models that come with Parvis."""
    table = Table("name", "head", "input px", "classes", "MB", "licence", "sha256")
    for model in read_manifest(weights).values():
        size_mb = f"{model.path.stat().st_size / 1e6:.1f}" if model.path.exists() else "missing"
        count = str(len(model.labels or ()))
        table.add_row(
            model.name, model.head, str(model.input_px), count, size_mb, model.licence, f"{model.sha256[:12]}…"
        )
    Console().print(table)


@app.command()
def info(name: Name, device: Device = "auto", variant: VariantOption = "auto", weights: Weights = WEIGHTS) -> None:
    """Show all that is known of one model, and measure it on this machine."""
    from models.onnx import OnnxDetector

    model = replace(resolve(name, weights), variant=variant)
    detector = OnnxDetector(model, device)
    speed_ms = _median_ms(detector)
    table = Table(show_header=False, box=None)
    for key, value in _facts(model, detector, speed_ms):
        table.add_row(key, value)
    Console().print(table, soft_wrap=not Console().is_terminal)


@app.command()
def verify(device: Device = "auto", weights: Weights = WEIGHTS) -> None:
    """Check every file against its sha256, and every model against what its source model sees."""
    from models.check import check

    failed = False
    for model in read_manifest(weights).values():
        try:
            status = check(model, device).status
        except ModelError as error:
            typer.echo(f"{error}", err=True)
            failed = True
        else:
            typer.echo(f"{model.name}: file and answers as recorded, on {status.device}")
    if failed:
        raise typer.Exit(REFUSED)


@app.command()
def export(
    weights: Annotated[Path, typer.Argument(help="Weights of Ultralytics, *.pt.")],
    name: Annotated[str | None, typer.Option(help="Name in the registry.", show_default="that of the file")] = None,
    imgsz: Annotated[int, typer.Option(min=32, help="Longer side of the input, px.")] = 640,
) -> None:
    """Turn weights of Ultralytics into a model of the registry."""
    if importlib.util.find_spec("ultralytics") is None:
        raise Refused(
            "export: Ultralytics is not installed here (it needs an environment of its own); "
            f"expected: make export WEIGHTS={weights}"
        )
    command = [sys.executable, "-m", "models.export", str(weights), "--imgsz", str(imgsz)]
    raise typer.Exit(subprocess.run([*command, "--name", name or weights.stem], check=False).returncode)


def _facts(model: ModelFile, detector: "OnnxDetector", speed_ms: float) -> Iterator[tuple[str, str]]:
    status = detector.status
    yield "name", model.name
    yield "file", str(model.path)
    yield "sha256", model.sha256
    yield "licence", model.licence
    yield "source", model.source
    yield "export", model.export
    if model.versions:
        yield "made with", _pairs(model.versions)
    if model.parity:
        yield "parity", _pairs(model.parity)
    yield "head", detector.head
    yield "input", f"{detector.input_px} px on the longer side"
    yield "classes", f"{len(detector.labels)}: {', '.join(detector.labels)}"
    yield "device", f"{status.device} (wanted: {status.device_wanted})"
    if status.fallback_reason:
        yield "fallback", status.fallback_reason
    yield "form", status.variant
    if status.variant_reason:
        yield "why this form", status.variant_reason
    yield "speed here", f"{speed_ms:.1f} ms a picture of {TIMED_SIZE[0]}x{TIMED_SIZE[1]} px (median of {TIMED_RUNS})"
    yield "measured with", _pairs(detector.settings)


def _pairs(values: Mapping[str, object]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items())


def _median_ms(detector: "OnnxDetector") -> float:
    width, height = TIMED_SIZE
    picture = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    detector.prepare(TIMED_SIZE)
    times_s = []
    for _ in range(TIMED_RUNS):
        start = time.perf_counter()
        detector(picture)
        times_s.append(time.perf_counter() - start)
    return median(times_s) * 1e3
