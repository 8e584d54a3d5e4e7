"""One clip through the watch, as a camera would run it: pictures, the detector once a second, what was told."""

import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from benchmarks.plates import Clip, Picture
from models.detections import Detections, Image
from pipeline.cleanliness.watch import CleanlinessWatch, Parts
from pipeline.config import CameraConfig
from pipeline.events import Deposit, Event
from pipeline.frame import Frame
from pipeline.tracks import Tracks

T_OPEN_S, T_CLEAR_S = 20.0, 8.0
"""The bench profile: with the product's 120 s, no clip here would be long enough."""

LEAST_S = 3 * T_OPEN_S
"""Shorter clips do not count."""

Taken = list[tuple[float, Picture]]
Stress = Callable[[Taken, np.random.Generator], Taken]


@dataclass(frozen=True, slots=True)
class Eyes:
    """The detector of a benchmark."""

    labels: tuple[str, ...]
    detect: Callable[[Image], Detections]


def camera_of(clip: Clip, width_px: int) -> CameraConfig:
    """Return a camera that watches the ground of a clip under the bench profile."""
    rules = {"t_open_s": T_OPEN_S, "t_clear_s": T_CLEAR_S}
    zone = {"id": "ground", "points": clip.ground, "measures": ("deposits",), "deposits": rules}
    wanted = {"id": "bench", "source": "bench.mp4", "zones": (zone,), "cleanliness": {"width_px": width_px}}
    return CameraConfig.model_validate(wanted)


def seen_by(eyes: Eyes, taken: Taken) -> list[Detections | None]:
    """Return what the detector sees in one picture a second; None for those between."""
    found: list[Detections | None] = []
    last_s = float("-inf")
    for time_s, picture in taken:
        due = time_s - last_s >= 1 - 1e-3
        last_s = time_s if due else last_s
        found.append(eyes.detect(picture) if due else None)
    return found


def play(
    clip: Clip, taken: Taken, seen: Sequence[Detections | None], eyes: Eyes, width_px: int = 480
) -> tuple[list[Deposit], float]:
    """Return the deposits told in a clip, and the milliseconds of processor time that one sample took."""
    events, spent_s = _run(clip, taken, seen, eyes, width_px)
    samples = sum(found is not None for found in seen)
    return [event for event in events if isinstance(event, Deposit)], 1000 * spent_s / max(1, samples)


def memory_mib(clip: Clip, taken: Taken, eyes: Eyes, width_px: int) -> float:
    """Return the memory that a watch takes at most, MiB, pictures and detector apart."""
    empty: list[Detections | None] = [Detections.empty()] * len(taken)
    tracemalloc.start()
    try:
        _run(clip, taken, empty, eyes, width_px)
        return tracemalloc.get_traced_memory()[1] / 2**20
    finally:
        tracemalloc.stop()


def _run(
    clip: Clip, taken: Taken, seen: Sequence[Detections | None], eyes: Eyes, width_px: int
) -> tuple[list[Event], float]:
    watch = CleanlinessWatch(camera_of(clip, width_px), Parts(eyes.labels, eyes.detect))
    note = watch.before(lambda frame, found: nobody(frame))
    events: list[Event] = []
    spent_s = 0.0
    for n, ((time_s, picture), found) in enumerate(zip(taken, seen, strict=True)):
        if found is None:
            continue
        frame = Frame(n, time_s, picture, (picture.shape[1], picture.shape[0]))
        tracks = note(frame, found)
        began_s = time.process_time()
        events += watch.update(tracks)
        spent_s += time.process_time() - began_s
    return events, spent_s


def nobody(frame: Frame) -> Tracks:
    """Return tracks of nobody: the watch needs none."""
    none = np.zeros(0, np.int64)
    boxes, flags = np.zeros((0, 4), np.float32), np.zeros(0, np.bool_)
    return Tracks(frame.index, frame.time_s, frame.size, none, boxes, none.astype(np.int32), flags, frozenset())


def _each(change: Callable[[Picture, np.random.Generator, float], Picture]) -> Stress:
    return lambda taken, random: [(at_s, change(picture, random, at_s)) for at_s, picture in taken]


def _gain(picture: Picture, random: np.random.Generator, at_s: float) -> Picture:
    return np.asarray(cv2.convertScaleAbs(picture, alpha=1 + 0.3 * np.sin(at_s / 20)), np.uint8)


def _gamma(picture: Picture, random: np.random.Generator, at_s: float) -> Picture:
    table = 255 * (np.arange(256) / 255) ** (1 + 0.3 * np.sin(at_s / 15))
    return np.asarray(cv2.LUT(picture, table.astype(np.uint8)), np.uint8)


def _noise(picture: Picture, random: np.random.Generator, at_s: float) -> Picture:
    return np.clip(picture + random.normal(0, 8, picture.shape), 0, 255).astype(np.uint8)


def _jpeg(picture: Picture, random: np.random.Generator, at_s: float) -> Picture:
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 30])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def _shake(picture: Picture, random: np.random.Generator, at_s: float) -> Picture:
    dx, dy = random.uniform(-2, 2, 2).tolist()
    moved = cv2.warpAffine(
        picture, np.array([[1, 0, dx], [0, 1, dy]]), picture.shape[1::-1], borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(moved, np.uint8)


STRESSES: dict[str, Stress] = {
    "gain": _each(_gain),
    "gamma": _each(_gamma),
    "noise": _each(_noise),
    "jpeg 30": _each(_jpeg),
    "shake 2 px": _each(_shake),
}
"""What T4 does to every picture; dropped frames are made by `dropped`."""


def dropped(seen: Sequence[Detections | None], random: np.random.Generator) -> list[Detections | None]:
    """Return what the detector sees where a third of the samples never came."""
    return [None if random.random() < 1 / 3 else found for found in seen]
