"""One pass over a camera or a recording of it, from which moments are drawn."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

from models.detections import Detections
from pipeline.analyzers.line import LineAnalyzer
from pipeline.analyzers.watch import Watch
from pipeline.audit.sampler import Kind, Moment, Sampler
from pipeline.build import detector_for, source_spec, tracker_for
from pipeline.config import CameraConfig
from pipeline.config_file import LoadedSite
from pipeline.frame import Frame
from pipeline.look_rule import pacer_for
from pipeline.pace.region import aimed
from pipeline.runner import run
from pipeline.sources import is_live, open_source
from pipeline.tracks import Tracks


def draw(
    loaded: LoadedSite, camera: CameraConfig, footage: Path | None, longest_s: float, wanted: tuple[int, Random]
) -> tuple[list[Moment], dict[Kind, int]]:
    """Return moments in random order, and how many there were of each kind.

    `longest_s` ends a live camera; a recording is watched to its end. `wanted` is how many, drawn by what.

    Raises:
        SourceError, ModelError, ConfigError: before the first frame.
    """
    spec = replace(source_spec(loaded, camera), pace="fast", loop=False)
    spec = spec if footage is None else replace(spec, source=str(footage))
    detection = loaded.site.detector_of(camera)
    detector = detector_for(detection, (camera,), loaded.path.parent)
    tracker, sampler = tracker_for(detector.labels, detection), Sampler(camera, *wanted)

    pacer = pacer_for(detection.fps, spec, stills=False)
    follow = pacer.following(tracker)

    def track(frame: Frame, found: Detections) -> Tracks:
        sampler.see(frame, found)
        return follow(frame, found)

    lines = [LineAnalyzer(line, detector.labels) for line in camera.lines]
    source = open_source(spec, pacer)
    look, until_s = aimed(detector, detection, camera), longest_s if is_live(spec.source) else None
    try:
        run(_until(source, until_s), look, track, [*lines, Watch(sampler.settle)], sampler)
    finally:
        source.close()
    return sampler.sample()


def _until(frames: Iterable[Frame], longest_s: float | None) -> Iterator[Frame]:
    """Yield frames until so much time is over."""
    began_s: float | None = None
    for frame in frames:
        began_s = frame.time_s if began_s is None else began_s
        if longest_s is not None and frame.time_s - began_s >= longest_s:
            return
        yield frame
