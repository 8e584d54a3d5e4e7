"""Sites that tests write, and walks that they film: a bright box for a person, `bright.onnx` to see it."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.onnx import OnnxDetector
from models.registry import resolve
from pipeline.config_file import LoadedSite, load_config
from tests.pipeline.sources.drawing import draw_video, flat

BRIGHT = Path(__file__).parent / "recorded" / "bright.onnx"
SIZE = (320, 240)
LEGAL_BASIS = {"reference": "test", "controller": "test", "dpia_ref": "test"}
MIDDLE = {"id": "middle", "from": [0.5, 1.0], "to": [0.5, 0.0], "classes": ["person"]}  # forward: to the right
LEFT = {"id": "left", "points": [[0.0, 0.0], [0.5, 0.0], [0.5, 1.0], [0.0, 1.0]], "classes": ["person"]}
NOON = "2026-03-02T12:00:00+01:00"
T0 = 1_772_449_200
"""NOON in epoch seconds, a full hour."""


def to_and_fro(crossings: int, step_px: int = 6) -> list[int]:
    """Return where the feet are, frame by frame, of someone who goes over the middle line so often (x from 97)."""
    there = list(range(97, 224, step_px))
    return [x for n in range(crossings) for x in (there if n % 2 == 0 else there[::-1])]


def draw_walk(path: Path, xs: Sequence[int | None], **options: Any) -> Path:
    """Film one person, 20 × 60 px, whose feet are at (x, 200) px at each x in turn; None: nobody is there."""
    return draw_video(path, walk_pictures(xs), **options)


def walk_pictures(xs: Sequence[int | None]) -> list[NDArray[np.uint8]]:
    """Return the pictures of such a film."""
    pictures = [flat(20, SIZE) for _ in xs]
    for picture, x in zip(pictures, xs, strict=True):
        picture[228:230] = 70  # a kerb: a picture without anything in it is a blinded camera's
        if x is not None:
            picture[140:200, x - 10 : x + 10] = 255
    return pictures


def camera(camera_id: str = "cam", **fields: Any) -> dict[str, Any]:
    """Return a camera under `operations` that plays clip.mp4 at full speed, with a line and a zone."""
    given = {"id": camera_id, "source": "clip.mp4", "pace": "fast", "lines": [MIDDLE], "zones": [LEFT]}
    lawful = {"purpose": "operations", "legal_basis": LEGAL_BASIS}
    return {**given, **(lawful if fields.get("purpose") != "statistics" else {}), "recorded_at": NOON, **fields}


def write_site(folder: Path, *cameras: dict[str, Any], **fields: Any) -> Path:
    """Write a configuration (JSON is YAML) with the detector of drawn videos; return its path."""
    detector = {"model": str(BRIGHT), "device": "cpu", **fields.pop("detector", {})}
    site = {"parvis": 1, "site": {"id": "test"}, "detector": detector, "cameras": list(cameras or [camera()]), **fields}
    path = folder / "site.yaml"
    path.write_text(json.dumps(site, indent=1), encoding="utf-8")
    return path


def load(folder: Path, *cameras: dict[str, Any], **fields: Any) -> LoadedSite:
    """Return a site as it is read from a file."""
    return load_config(write_site(folder, *cameras, **fields))


@cache
def bright() -> OnnxDetector:
    """Return the detector of drawn videos."""
    return OnnxDetector(resolve(str(BRIGHT)), "cpu")
