"""Detections of a whole clip, made once: trackers and rates are compared on the same ones."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.progress import Progress

from models.detections import Detections, Detector, Image
from pipeline.analyzers.line import LineAnalyzer
from pipeline.analyzers.watch import Watch
from pipeline.build import tracker_for
from pipeline.config import DetectorConfig, LineConfig
from pipeline.events import Crossing, Event
from pipeline.frame import Frame
from pipeline.runner import run
from pipeline.schedule import every
from pipeline.sources import SourceSpec, open_source
from pipeline.sources.luma import of_bgr
from pipeline.tracks import Tracks

_NO_PICTURE: Image = np.empty((0, 0, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip as its detector saw it, frame by frame."""

    name: str
    fps: float
    labels: tuple[str, ...]
    size: tuple[int, int]
    times_s: tuple[float, ...]
    detections: tuple[Detections, ...]
    decode_s: float = 0.0  # processor time of all frames
    detect_s: float = 0.0  # the same
    glances: tuple[Image, ...] = ()  # small luma pictures, (h, w) uint8

    def frames(self, step: int, phase: int) -> Iterator[Frame]:
        """Yield the frames that are looked at, without pictures."""
        for index in range(phase, len(self.times_s), step):
            yield Frame(index, self.times_s[index], _NO_PICTURE, self.size)


def record(path: Path, detector: Detector) -> Clip:
    """Run the detector on every frame of a file.

    Raises:
        SourceError: if it cannot be read.
    """
    source = open_source(SourceSpec(str(path)), every(1))
    times_s: list[float] = []
    found: list[Detections] = []
    glances: list[Image] = []
    size, detect_s, began_s = (0, 0), 0.0, time.process_time()
    with Progress(transient=True) as progress:
        status = source.status
        expected = status.duration_s * status.fps if status.duration_s and status.fps else None
        task = progress.add_task(f"detecting in {path.name}", total=expected)
        for frame in source:
            times_s.append(frame.time_s)
            size = frame.size
            if frame.image is not None:
                glances.append(of_bgr(frame.image))
            before_s = time.process_time()
            found.append(detector(frame.image) if frame.image is not None else Detections.empty())
            detect_s += time.process_time() - before_s
            progress.advance(task)
    decode_s = time.process_time() - began_s - detect_s
    fps = source.status.fps or 1.0
    return Clip(path.name, fps, detector.labels, size, tuple(times_s), tuple(found), decode_s, detect_s, tuple(glances))


def count(
    clip: Clip, lines: Sequence[LineConfig], step: int, phase: int, looks: list[Tracks] | None = None
) -> list[Crossing]:
    """Return what our own loop counts when it looks at frames `phase`, `phase + step`, …; `looks` takes the tracks."""
    crossings: list[Crossing] = []

    def keep(event: Event) -> None:
        if isinstance(event, Crossing):
            crossings.append(event)

    detections = iter(clip.detections[phase::step])
    tracker = tracker_for(clip.labels, DetectorConfig())
    analyzers = [LineAnalyzer(line, clip.labels) for line in lines]
    watches = [] if looks is None else [Watch(looks.append)]
    run(clip.frames(step, phase), lambda _: next(detections), tracker.update, [*watches, *analyzers], keep)
    return crossings


def pictures(clip: Clip, start: int) -> Iterator[Image]:
    """Yield one empty picture a frame, from frame `start` on: what is in it has been detected already."""
    for _ in range(start, len(clip.times_s)):
        yield _NO_PICTURE
