"""Builders: what a test says is what matters to it; the rest has a default."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from models.detections import Detections, DetectorStatus
from pipeline.calibration import CalibrationConfig
from pipeline.config import CameraConfig, LineConfig, ZoneConfig
from pipeline.events import Event
from pipeline.frame import Frame
from pipeline.ground import Ground
from pipeline.runner import Analyzer
from pipeline.tracks import Tracks

LABELS = ("person", "bicycle", "car", "truck")
SIZE = (1000, 1000)
CPU = DetectorStatus("scripted", "cpu", "auto")

Box = tuple[float, float, float, float]


def standing(x: float, y: float, height: float = 100.0) -> Box:
    """Return the box of someone whose feet are at (x, y) px."""
    return (x - height / 5, y - height, x + height / 5, y)


def line(**fields: Any) -> LineConfig:
    """Return a vertical line in the middle of the picture, for persons and cars."""
    given = {"id": "middle", "from": (0.5, 0.0), "to": (0.5, 1.0), "classes": ("person", "car"), **fields}
    return LineConfig.model_validate(given)


def zone(**fields: Any) -> ZoneConfig:
    """Return a zone over the left half of the picture, for persons."""
    corners = ((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0))
    return ZoneConfig.model_validate({"id": "left", "points": corners, "classes": ("person",), **fields})


def camera(**fields: Any) -> CameraConfig:
    """Return a camera under `operations` with one line and one zone."""
    basis = {"reference": "test", "controller": "test", "dpia_ref": "test"}
    given = {"id": "cam", "source": "x.mp4", "purpose": "operations", "legal_basis": basis}
    return CameraConfig.model_validate({**given, "lines": (line(),), "zones": (zone(),), **fields})


def frame(index: int, time_s: float, size: tuple[int, int] = SIZE) -> Frame:
    """Return a black frame without pixels."""
    return Frame(index, time_s, None, size)


def detections(boxes: Sequence[Box], score: float = 0.8, class_ids: Sequence[int] | None = None) -> Detections:
    """Return detections of one score, persons unless said otherwise."""
    n = len(boxes)
    return Detections(
        np.array(boxes, np.float32).reshape(n, 4),
        np.full(n, score, np.float32),
        np.array(class_ids if class_ids is not None else [0] * n, np.int32),
    )


def tracks(
    time_s: float,
    boxes: dict[int, Box],
    confirmed: bool = True,
    ended: Iterable[int] = (),
    class_id: int = 0,
    size: tuple[int, int] = SIZE,
) -> Tracks:
    """Return tracks by id; the frame index is ten times the time."""
    n = len(boxes)
    return Tracks(
        round(time_s * 10),
        time_s,
        size,
        np.array(list(boxes), np.int64),
        np.array(list(boxes.values()), np.float32).reshape(n, 4),
        np.full(n, class_id, np.int32),
        np.full(n, confirmed, np.bool_),
        frozenset(ended),
    )


def walk(analyzer: Analyzer, xs: Sequence[float], y: float = 500.0, step_s: float = 0.1, **more: Any) -> list[Event]:
    """Return the events of one person whose feet are at each x in turn."""
    return [e for i, x in enumerate(xs) for e in analyzer.update(tracks(i * step_s, {1: standing(x, y)}, **more))]


def on_square(metres: float) -> dict[str, Any]:
    """Return the calibration of a camera that looks straight down on a square with sides of so many metres."""
    corners = (((0.0, 1.0), (0.0, 0.0)), ((1.0, 1.0), (1.0, 0.0)), ((1.0, 0.0), (1.0, 1.0)), ((0.0, 0.0), (0.0, 1.0)))
    return {"points": tuple({"image": at, "ground": (x * metres, y * metres)} for at, (x, y) in corners)}


def ground_of(metres: float) -> Ground:
    """Return the ground of that camera."""
    return Ground(CalibrationConfig.model_validate(on_square(metres)))
