"""Decoder and detector by themselves, ours against the plain way, as ratios of processor time in interleaved rounds."""

import json
import statistics
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks.contenders import Ours
from benchmarks.footage.encode import resized
from benchmarks.report import ROOT, Row
from benchmarks.site import derived, raw_site
from benchmarks.sweep import KEPT
from benchmarks.tree import Program
from models.registry import resolve
from pipeline.build import classes_of
from pipeline.config_faults import ConfigError
from pipeline.config_file import LoadedSite
from pipeline.schedule import every
from pipeline.sources import SourceSpec, open_source

FULL_HD = (1920, 1080)
FULL_HD_BITS, GRAIN = 0.077, 2.0
"""4 Mbit a second at 25 frames a second; and noise as a real sensor's."""

DECODERS: Mapping[str, Mapping[str, Any]] = {
    "as configured": {},
    "loop filter off": {"decode": {"loop_filter": "skip"}},
    "key frames only": {"decode": {"frames": "keyframes"}},
}
"""What is tried of the decoder; what this version's configuration does not know is left out."""

PICTURES = 60
SCORE, IOU = 0.25, 0.5
PLAIN = ROOT / "benchmarks/peers"

Boxes = Mapping[str, NDArray[Any]]
"""Columns `picture`, `xyxy`, `score` and `class_id`, one row a box."""


def decode_rows(ours: Ours, core: int | None, rounds: int) -> list[Row]:
    """Return decoding as `cv2.VideoCapture.read` does it over ours, on the clip and on it enlarged to 1080p."""
    footage = ours.footage
    rate = round(FULL_HD[0] * FULL_HD[1] * footage.fps * FULL_HD_BITS)
    large = resized(footage.path, KEPT / f"{footage.path.stem}-1080p.mp4", FULL_HD, rate, GRAIN)
    rows: list[Row] = []
    for path, name in ((footage.path, footage.name), (large, f"{footage.name}, 1920x1080")):
        with tempfile.TemporaryDirectory() as folder:
            sites = _decoders(replace(ours, footage=replace(footage, path=path)), Path(folder))
            commands = {"cv2.read": [sys.executable, str(PLAIN / "decode.py"), str(path)]}
            commands |= {name: _part("decode", site.path) for name, site in sites.items()}
            spent = _rounds(commands, core, rounds)
        rows += _ratio_rows("decode", name, "cv2.read", spent)
    return rows


def _decoders(ours: Ours, folder: Path) -> dict[str, LoadedSite]:
    found = {}
    for number, (name, change) in enumerate(DECODERS.items()):
        own = {**raw_site(ours.config)["cameras"][0].get("decode", {}), **change.get("decode", {})}
        camera = {"source": str(ours.footage.path), "pace": "fast", "loop": False, **({"decode": own} if own else {})}
        try:
            found[name] = derived(ours.config, folder / f"{number}.yaml", [camera])
        except ConfigError as error:
            typer.echo(f"decode, {name}: left out: {str(error).splitlines()[0].partition(': ')[2]}", err=True)
    return found


def detector_rows(ours: Ours, core: int | None, rounds: int) -> list[Row]:
    """Return plain ONNX Runtime, FP32, over our detector on the same weights and input, and what ours still sees.

    Recall is over the plain detector's boxes of score ≥ 0.25: those that one of ours of the same class overlaps by 0.5,
    whatever its score above the tracker's lowest.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        site = ours.site(folder)
        labels = resolve("yolov8n").labels or ()
        wanted = classes_of(site.site.cameras)
        classes = [number for number, label in enumerate(labels) if label in wanted]
        pictures = folder / "pictures.npz"
        np.savez(pictures, pictures=_pictures(ours.footage.path, ours.footage.frames))
        job = {"model": str(resolve("yolov8n").path), "imgsz": _longest_px(site, ours), "classes": classes}
        (folder / "plain.json").write_text(json.dumps({**job, "score_min": 0.1, "nms_iou": 0.7}), encoding="utf-8")
        plain, own = folder / "plain.npz", folder / "own.npz"
        commands = {
            "plain FP32": [
                sys.executable,
                str(PLAIN / "detect.py"),
                *map(str, (pictures, folder / "plain.json", plain)),
            ],
            ours.settings: _part("detect", site.path, pictures, own),
        }
        spent = _rounds(commands, core, rounds)
        seen = recall(dict(np.load(plain)), dict(np.load(own)))
    rows = _ratio_rows("detect", ours.footage.name, "plain FP32", spent)
    about = (ours.footage.name, f"{ours.settings} / plain FP32")
    return [*rows, Row("throughput", about[0], "detect", about[1], "recall_of_fp32", round(seen[0], 4), "1", seen[1])]


def recall(plain: Boxes, own: Boxes) -> tuple[float, int]:
    """Return the share of the plain detector's sure boxes that ours has too, and of how many."""
    sure = np.flatnonzero(plain["score"] >= SCORE)
    if not len(sure):
        return 1.0, 0
    hits = 0
    for row in sure:
        same = (own["picture"] == plain["picture"][row]) & (own["class_id"] == plain["class_id"][row])
        hits += bool((_overlap(plain["xyxy"][row], own["xyxy"][same]) >= IOU).any())
    return hits / len(sure), len(sure)


def _overlap(box: NDArray[Any], boxes: NDArray[Any]) -> NDArray[Any]:
    lower, upper = np.maximum(box[:2], boxes[:, :2]), np.minimum(box[2:], boxes[:, 2:])
    shared = np.prod(np.clip(upper - lower, 0, None), axis=1)
    areas = np.prod(box[2:] - box[:2]) + np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return np.asarray(shared / np.maximum(areas - shared, 1e-9))


def _longest_px(site: LoadedSite, ours: Ours) -> int:
    """Return the longer side of the input that the configuration gives this clip."""
    asked = site.site.detector.input
    if asked != "auto":
        return asked
    model = resolve("yolov8n")
    own = model.input_px or 640
    return own if max(ours.footage.size) <= 1.25 * own else model.large_px or round(1.5 * own)


def _pictures(path: Path, frames: int) -> NDArray[np.uint8]:
    """Return pictures evenly spread over a clip, (N, H, W, 3) BGR."""
    source = open_source(SourceSpec(str(path)), every(max(1, frames // PICTURES)))
    try:
        return np.stack([frame.image for frame in source if frame.image is not None][:PICTURES])
    finally:
        source.close()


def _part(name: str, *arguments: Path) -> list[str]:
    return [sys.executable, "-P", "-m", "benchmarks.part_of_ours", name, *map(str, arguments)]


def _rounds(commands: Mapping[str, Sequence[str]], core: int | None, rounds: int) -> dict[str, list[float]]:
    """Return milliseconds of processor time a frame, by round; each program runs once before it counts."""
    with ExitStack() as stack:
        programs = {name: stack.enter_context(Program(command, core)) for name, command in commands.items()}
        for program in programs.values():
            program.go()
        spent: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(rounds):
            names = list(programs) if number % 2 == 0 else list(programs)[::-1]
            for name in names:
                found = programs[name].go()
                spent[name].append(found.cpu_s * 1000 / found.frames)
    return spent


def _ratio_rows(part: str, clip: str, plain: str, spent: Mapping[str, Sequence[float]]) -> list[Row]:
    rows = [_row(part, clip, name, "cpu", values, "ms") for name, values in spent.items()]
    for name, values in spent.items():
        if name != plain:
            ratios = [theirs / mine for theirs, mine in zip(spent[plain], values, strict=True)]
            rows.append(_row(part, clip, f"{plain} / {name}", "times_as_quick", ratios, "1"))
    return rows


def _row(part: str, clip: str, settings: str, metric: str, values: Sequence[float], unit: str) -> Row:
    median, low, high = (round(f(values), 4) for f in (statistics.median, min, max))
    return Row("throughput", clip, part, settings, metric, median, unit, len(values), low, high)
