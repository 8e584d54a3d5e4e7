"""Looks a second of cameras that share one detector: `parvis bench device`.

Threads, one a camera, look as often as they can; each at the check picture, shifted so that answers differ. The same
detector serves them all, as in a worker; it is warm, batches of every size included, before the clock starts.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np
import typer

from benchmarks import report
from benchmarks.report import Row
from models.onnx import OnnxDetector
from models.registry import resolve
from models.variants import check_picture
from parvis.cli import guarded
from pipeline.errors import Refused


@dataclass(frozen=True, slots=True)
class Looks:
    """What cameras got in a stretch of time."""

    cameras: int
    waits_s: tuple[float, ...]  # a look each, shortest first
    cpu_s: float  # of the process
    wall_s: float

    def rows(self, device: str, input_px: int) -> list[Row]:
        """Return the figures."""
        many = len(self.waits_s)
        figures = [
            ("looks_per_s", many / self.wall_s, "1/s"),
            ("cpu_ms_per_look", 1000 * self.cpu_s / many, "ms"),
            ("wait_p50", 1000 * self.waits_s[many // 2], "ms"),
            ("wait_p99", 1000 * self.waits_s[99 * many // 100], "ms"),
        ]
        settings = f"{input_px} px, {self.cameras} cameras"
        return [Row("device", "check.png", device, settings, *figure, many) for figure in figures]


def main(
    device: Annotated[str, typer.Option(help="auto, tensorrt, cuda or cpu.")] = "auto",
    inputs: Annotated[str, typer.Option(help="Longer sides of the input, px, with commas.")] = "288,640",
    cameras: Annotated[str, typer.Option(help="How many at once, with commas.")] = "1,4,16,32",
    seconds: Annotated[float, typer.Option(min=0.1, help="For so long, each.")] = 3.0,
    json_target: report.Target = None,
) -> None:
    """Let more and more cameras share one detector and print looks a second, processor time and waiting."""
    rows: list[Row] = []
    for input_px in _numbers("--inputs", inputs):
        model = replace(resolve("yolov8n"), input_px=input_px, large_px=input_px)
        detector = OnnxDetector(model, device, score_min=0.3)
        for many in _numbers("--cameras", cameras):
            looks(detector, many, min(seconds, 2.0))
            found = looks(detector, many, seconds)
            rows += found.rows(detector.status.device, input_px)
    columns = ("device", "settings", *(row.metric for row in rows[:4]))
    lines = [
        [rows[n].system, rows[n].settings, *(f"{r.value:.1f}" for r in rows[n : n + 4])] for n in range(0, len(rows), 4)
    ]
    report.show(f"Looks on {report.hardware_line()}", columns, lines)
    report.write(rows, json_target)


def looks(detector: OnnxDetector, cameras: int, seconds: float) -> Looks:
    """Let cameras look for some seconds."""
    picture = check_picture(resolve("yolov8n"))
    waits: list[list[float]] = [[] for _ in range(cameras)]
    over = threading.Event()

    def look(number: int) -> None:
        seen = np.ascontiguousarray(np.roll(picture, 8 * number, axis=1))
        while not over.is_set():
            began_s = time.monotonic()
            detector(seen)
            waits[number].append(time.monotonic() - began_s)

    threads = [threading.Thread(target=look, args=(number,), daemon=True) for number in range(cameras)]
    began_s, began_cpu_s = time.monotonic(), time.process_time()
    for thread in threads:
        thread.start()
    over.wait(seconds)
    over.set()
    for thread in threads:
        thread.join()
    every = tuple(sorted(wait for one in waits for wait in one))
    return Looks(cameras, every, time.process_time() - began_cpu_s, time.monotonic() - began_s)


def _numbers(option: str, text: str) -> Sequence[int]:
    try:
        found = [int(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or min(found) < 1:
        raise Refused(f"parvis bench device: {option}: got {text!r}; expected whole numbers from 1, with commas")
    return found


if __name__ == "__main__":
    application = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    application.command()(main)
    raise SystemExit(guarded(lambda: application(standalone_mode=False, prog_name="parvis bench device")))
