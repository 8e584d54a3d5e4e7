"""The settings under which peers are tried for `parvis bench throughput --peers`.

*ObjectCounter* is Ultralytics' counter, in its own process and with its own decoding, drawing left on as it comes; at
its defaults, and with fewer looks, smaller inputs, other trackers and OpenVINO (FP32, and INT8 by its own export). Its
trackers offer no overlap but IoU. *ORT + trackers + LineZone* is the best that we could put together from stock parts:
ONNX Runtime on one thread with a rectangular input (FP32, and INT8 as its documentation says), Roboflow's ByteTrack
with plain overlap, DIoU or GIoU, `supervision.LineZone` at the feet, frames between looks grabbed only.

INT8 models are calibrated on the very clip that is counted, and the best point is picked on it too: that favours peers.
"""

import hashlib
import os
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from benchmarks import report
from benchmarks.accuracy import line_classes
from benchmarks.contenders import Footage, Peer
from benchmarks.handover import LINE_ZONE_DIRECTIONS, PEERS_PYTHON, versions_in
from benchmarks.stock import StockTracker
from benchmarks.tree import ONE_THREAD
from benchmarks.ultralytics_door import PYTHON, WEIGHTS, Job, directions, peer_versions, tuned_tracker
from models.onnx import OnnxDetector
from models.registry import resolve
from pipeline.config import LineConfig
from pipeline.errors import Refused

PEERS = report.ROOT / "benchmarks/peers"
KEPT = report.ROOT / ".parvis/bench"
"""Exported models, made once."""

DEFAULTS = "ObjectCounter, defaults"

_BYTE = {"lost_track_buffer": 60, "track_activation_threshold": 0.5, "high_conf_det_threshold": 0.3}

TRACKERS = tuple(
    StockTracker(
        f"ByteTrack, {iou or 'IoU'} {least}", "ByteTrackTracker", {**_BYTE, "minimum_iou_threshold": least}, iou
    )
    for iou, least in ((None, 0.1), ("DIoU", -0.3), ("GIoU", -0.5))
)
"""Chosen after some 56 settings (thresholds, starts, clocks) were tried on the plaza as seen at 320 px, every second to
fifth frame: none reached an event F1 of 0.958 there, the best 0.939 with plain overlap from 0.1. The DIoU setting is
one that was tried, not known to be its best. Nothing was tried on the roundabout."""

Rule = tuple[float, int, str | dict[str, Any]]
"""How an ObjectCounter looks: scores from, step in frames, tracker."""


class Peers:
    """The peers that are installed, for one clip."""

    def __init__(self, footage: Footage) -> None:
        self._footage = footage
        assert footage.truth is not None
        self._labels = resolve("yolov8n").labels or OnnxDetector(resolve("yolov8n"), "cpu").labels
        wanted = line_classes(footage.truth)
        self._classes = tuple(n for n, label in enumerate(self._labels) if label in wanted)
        self._lines = tuple(
            LineConfig.model_validate({**line, "classes": [c for c in wanted if c in self._labels]})
            for line in footage.truth.lines
        )

    def defaults(self) -> Peer | None:
        """Return Ultralytics' ObjectCounter as it comes; None, with a word, where it is not installed."""
        if not PYTHON.exists():
            typer.echo("Ultralytics' ObjectCounter is left out: it needs `make peers-ultralytics`", err=True)
            return None
        return self._counter(
            DEFAULTS, "640, every frame, tracktrack", str(_weights()), 640, (0.25, 1, "tracktrack.yaml")
        )

    def sweep(self, strides: Sequence[int]) -> list[Peer]:
        """Return all points but the defaults; `strides` are the steps in frames that are tried, finest first."""
        return [*self._counters(strides), *self._assembled(strides)]

    def _counters(self, strides: Sequence[int]) -> list[Peer]:
        if not PYTHON.exists():
            return []
        plain: Rule = (0.1, 1, "bytetrack.yaml")
        found = []
        for imgsz, steps in ((320, strides), (640, strides[-2:])):
            models = {"": str(_weights()), " OpenVINO": self._openvino(imgsz, "fp32")}
            models[" OpenVINO INT8"] = self._openvino(imgsz, "int8")
            for kind, model in models.items():
                if imgsz == 320:
                    found.append(
                        self._counter("ObjectCounter", f"320{kind}, every frame, bytetrack", model, 320, plain)
                    )
                for step in steps if kind else ():
                    rule: Rule = (0.1, step, tuned_tracker(self._footage.fps / step))
                    about = f"{imgsz}{kind}, every {step}. frame, bytetrack tuned"
                    found.append(self._counter("ObjectCounter", about, model, imgsz, rule))
        return found

    def _assembled(self, strides: Sequence[int]) -> list[Peer]:
        if not PEERS_PYTHON.exists():
            typer.echo("ONNX Runtime + trackers + supervision are left out: they need `make peers`", err=True)
            return []
        found = []
        for imgsz, steps in ((320, strides), (480, strides[-2:]), (640, strides[-2:])):
            models = {"FP32": str(resolve("yolov8n").path), "INT8": self._quantized(imgsz)}
            for kind, model in models.items():
                for step in steps:
                    found += [self._stream(kind, model, imgsz, step, stock) for stock in TRACKERS]
        return found

    def _counter(self, system: str, settings: str, model: str, imgsz: int, rule: Rule) -> Peer:
        conf, step, tracker = rule
        # A network with a fixed input wants it as (height, width); PyTorch's fits itself to the picture.
        size = list(_input(self._footage.size, imgsz))[::-1] if "openvino" in model else imgsz
        job = asdict(Job(settings, model, imgsz, conf, 0.7, tracker, self._classes, step, 0))
        meaning = {line.id: directions(line, self._footage.size) for line in self._lines}
        return Peer(
            system, settings, PYTHON, PEERS / "solution.py", job | {"imgsz": size},
            self._footage, self._labels, self._lines, meaning,
        )  # fmt: skip

    def _stream(self, kind: str, model: str, imgsz: int, step: int, stock: StockTracker) -> Peer:
        job = asdict(stock.job(step, 0, self._footage.fps))
        job |= {"model": model, "imgsz": imgsz, "classes": list(self._classes)}
        return Peer(
            "ORT + trackers + LineZone", f"{imgsz} {kind}, every {step}. frame, {stock.name}", PEERS_PYTHON,
            PEERS / "stream.py", job, self._footage, self._labels, self._lines,
            {line.id: LINE_ZONE_DIRECTIONS for line in self._lines},
        )  # fmt: skip

    def _openvino(self, imgsz: int, kind: str) -> str:
        width, height = _input(self._footage.size, imgsz)
        target = self._kept(f"{width}x{height}-{kind}_openvino_model")
        if not target.exists():
            _make(
                [
                    PYTHON,
                    PEERS / "openvino_export.py",
                    _weights(),
                    f"{width}x{height}",
                    kind,
                    target,
                    self._footage.path,
                ]
            )
        return str(target)

    def _quantized(self, imgsz: int) -> str:
        width, height = _input(self._footage.size, imgsz)
        target = self._kept(f"{width}x{height}-int8.onnx")
        if not target.exists():
            script, model = PEERS / "quantize.py", resolve("yolov8n").path
            _make([PEERS_PYTHON, script, model, f"{width}x{height}", target, self._footage.path])
        return str(target)

    def _kept(self, name: str) -> Path:
        KEPT.mkdir(parents=True, exist_ok=True)
        mark = hashlib.sha256(f"{self._footage.name}{self._footage.frames}".encode()).hexdigest()[:8]
        return KEPT / f"yolov8n-{mark}-{name}"


def versions() -> dict[str, str]:
    """Return the versions of what the peers run on, beside those that `peer_versions` knows."""
    found = versions_in(PEERS_PYTHON, ("onnxruntime",)) | versions_in(PYTHON, ("openvino", "nncf"))
    return peer_versions() | {f"peer {name}": version for name, version in found.items()}


def _weights() -> Path:
    if not WEIGHTS.exists():
        raise Refused(f"{WEIGHTS.name}: is not here; expected the weights that Ultralytics starts from")
    return WEIGHTS


def _input(size: tuple[int, int], longest_px: int) -> tuple[int, int]:
    """Return the rectangle of multiples of 32 that holds a picture of this aspect."""
    scale = longest_px / max(size)
    width, height = (-(-round(length * scale) // 32) * 32 for length in size)
    return width, height


def _make(command: Sequence[Path | str]) -> None:
    """Run a peer's own exporter."""
    words = [str(word) for word in command]
    typer.echo(f"making {Path(words[-2]).name}", err=True)
    done = subprocess.run(words, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True, check=False)
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["no word"]
        raise Refused(f"{Path(words[1]).name}: {said[-1]}")
