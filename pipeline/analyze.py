"""One recording, counted from end to end as fast as the machine can: what `parvis analyze` does."""

import hashlib
import platform
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

from models.detections import Detector
from pipeline.analysis import SCHEMA, Analysis
from pipeline.analyzers.watch import Watch
from pipeline.analyzers.zone import ZoneAnalyzer
from pipeline.annotate import Overlay, VideoWriter
from pipeline.build import analyzers_for, detector_for, source_spec, tracker_for
from pipeline.cleanliness.assembly import cleanliness_for
from pipeline.cleanliness.hook import Outside
from pipeline.config import CameraConfig, watches_deposits
from pipeline.config_file import LoadedSite
from pipeline.errors import SourceError
from pipeline.events import Event
from pipeline.frame import Frame
from pipeline.gate import Gate
from pipeline.heat_files import write_heat
from pipeline.look_rule import recorded_pacer
from pipeline.meter import Meter
from pipeline.pace.region import aimed
from pipeline.runner import Analyzer, run
from pipeline.sanity.spans import Spans
from pipeline.sanity.watch import SanityWatch
from pipeline.schedule import STILL, Due, every
from pipeline.settle import settle
from pipeline.sources import Source, SourceSpec, SourceStatus, nominal_fps, open_recording
from pipeline.sources.luma import of_bgr
from pipeline.still import Picture, median
from pipeline.tracks import Tracks

PACKAGES = ("parvis", "numpy", "opencv-python-headless", "onnxruntime", "onnxruntime-gpu", "scipy", "av")


@dataclass(frozen=True, slots=True)
class Request:
    """What to analyse, and what to write beside the result."""

    footage: tuple[Path, ...]
    loaded: LoadedSite
    camera: CameraConfig
    fps: float | None = None  # detections a second; None: as configured
    phase: int = 0  # first frame that is looked at
    tracks: Path | None = None
    video: Path | None = None
    heatmap: Path | None = None  # folder


def analyze(request: Request, progress: Callable[[SourceStatus], None]) -> dict[str, Any]:
    """Return the result document (`parvis.analysis/1`); interrupted by Ctrl-C, what was found so far.

    `progress` is called now and then with the state of the source.

    Raises:
        SourceError, ModelError, ConfigError: before the first frame.
    """
    camera, detection = request.camera, request.loaded.site.detector_of(request.camera)
    spec = replace(source_spec(request.loaded, camera), pace="fast", loop=False)
    source_fps = nominal_fps(list(request.footage), spec.fps)
    pacer = recorded_pacer(request.fps or detection.fps, source_fps, request.phase)
    detector = detector_for(detection, (camera,), request.loaded.path.parent)
    source = open_recording(list(request.footage), spec, pacer if request.video is None else every(1))
    analysis, meter, sanity, spans = Analysis(camera), Meter(), SanityWatch([m.points for m in camera.masks]), Spans()
    analyzers, zones = analyzers_for(camera, detector.labels, pacer, lambda: detector.status)
    started_s, cpu_s = time.monotonic(), time.process_time()
    with ExitStack() as stack:
        stack.callback(source.close)
        decoded = _reporting(meter.each("decode", source), source, progress)
        frames, watches, emit = _extras(request, source_fps, decoded, analysis, stack)
        cleanliness = cleanliness_for(
            camera, detector, lambda: sanity.verdict.condition == "ok", Outside.of(request.loaded, camera)
        )
        track = cleanliness.before(sanity.before(pacer.following(tracker_for(detector.labels, detection))))
        gate = Gate(lambda: sanity.verdict, emit)
        try:
            run(
                frames if request.video is None else _only(frames, pacer),
                meter.timed("detect", aimed(detector, detection, camera)),
                meter.timed("track", track),
                [
                    metered(meter, analyzer)
                    for analyzer in (
                        Watch(lambda _: spans.see(sanity.verdict)),
                        Watch(analysis.see),
                        *watches,
                        *analyzers,
                        cleanliness,
                    )
                ],
                gate,
            )
            interrupted = False
        except KeyboardInterrupt:
            interrupted = True
        gate.close()
    status = source.status
    document = _document(request, analysis, zones, status, spans)
    document |= {"complete": status.complete and not interrupted, "versions": versions(), "interrupted": interrupted}
    wall_s, cpu_s = time.monotonic() - started_s, time.process_time() - cpu_s
    document["performance"] = _performance(meter, status.frames, analysis.looks, (wall_s, cpu_s), detector)
    _write_heat(request, analysis, spec)
    return document


def _write_heat(request: Request, analysis: Analysis, spec: SourceSpec) -> None:
    if request.heatmap is not None:
        write_heat(request.heatmap, request.camera, analysis.heat, _backdrop(request, spec))


def _backdrop(request: Request, spec: SourceSpec) -> Picture | None:
    """Return what heat maps are drawn on; nothing under `statistics`, where no picture may be looked at."""
    if request.camera.purpose == "statistics":
        return None
    try:
        return median(spec, request.footage)
    except SourceError:  # the figures have been found, and matter more than what lies under them
        return None


def versions() -> dict[str, str]:
    """Return the versions of what a result depends on."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except ModuleNotFoundError:  # one of the two distributions of ONNX Runtime
            continue
    return found


def _reporting(frames: Iterable[Frame], source: Source, progress: Callable[[SourceStatus], None]) -> Iterator[Frame]:
    settle()
    for frame in frames:
        if frame.index % 10 == 0:
            progress(source.status)
        yield frame
    progress(source.status)


def _only(frames: Iterable[Frame], due: Due) -> Iterator[Frame]:
    """Take the image away from frames that were converted for the video only."""
    for frame in frames:
        image = frame.image
        wanted = True if image is None else due(frame.index, frame.time_s, partial(of_bgr, image))
        yield frame if wanted is True else replace(frame, image=None, still=wanted == STILL)


def _extras(
    request: Request, fps: float, frames: Iterator[Frame], analysis: Analysis, stack: ExitStack
) -> tuple[Iterator[Frame], list[Analyzer], Callable[[Event], None]]:
    """Return the frames, watches and event sink with the tracks file and the video hung in, where wanted."""
    watches: list[Analyzer] = []
    if request.tracks is not None:
        file = stack.enter_context(request.tracks.open("w", encoding="utf-8"))
        watches.append(Watch(lambda tracks: write_mot(file, tracks)))
    if request.video is None:
        return frames, watches, analysis
    overlay = Overlay(request.camera)
    writer = stack.enter_context(VideoWriter(request.video, fps, overlay))
    watches.append(Watch(overlay.see))

    def both(event: Event) -> None:
        overlay.count(event)
        analysis(event)

    return writer.through(frames), watches, both


def write_mot(file: TextIO, tracks: Tracks) -> None:
    """Write confirmed tracks as MOTChallenge lines: frame (1-based), id, left, top, width, height, 1, -1, -1, -1."""
    for track_id, box, confirmed in zip(tracks.track_id, tracks.xyxy.tolist(), tracks.confirmed, strict=True):
        if confirmed:
            left, top, right, bottom = box
            place = f"{left:.2f},{top:.2f},{right - left:.2f},{bottom - top:.2f}"
            file.write(f"{tracks.frame_index + 1},{track_id},{place},1,-1,-1,-1\n")


def metered(meter: Meter, analyzer: Analyzer) -> Analyzer:
    """Return the analyzer, its time taken; what it yields is collected, so that the work is done inside."""

    class Metered:
        update = staticmethod(meter.timed("analyze", lambda tracks: list(analyzer.update(tracks))))
        close = staticmethod(analyzer.close)

    return Metered()


def _document(
    request: Request, analysis: Analysis, zones: list[ZoneAnalyzer], status: SourceStatus, spans: Spans
) -> dict[str, Any]:
    names = [path.name for path in request.footage]
    zone_ids = [zone.id for zone in request.camera.zones]
    still_inside = {zone_id: zone.open_stays for zone_id, zone in zip(zone_ids, zones, strict=True)}
    return {
        "schema": SCHEMA,
        "camera": request.camera.id,
        "source": names[0] if len(names) == 1 else names,
        "complete": status.complete,
        **({"error": status.error} if status.error else {}),
        "frames": status.frames,
        "frames_detected": analysis.looks,
        "duration_s": round(status.duration_s or 0.0, 3),
        "counts": analysis.counts(),
        "zones": analysis.zones(still_inside),
        "measures": analysis.measures(),
        "sanity": spans.rows(),
        "events": analysis.events(),
        **({"deposit_watch": analysis.deposit_watch()} if watches_deposits(request.camera) else {}),
        "config_sha256": hashlib.sha256(request.loaded.path.read_bytes()).hexdigest(),
    }


def _performance(
    meter: Meter, frames: int, looks: int, spent: tuple[float, float], detector: Detector
) -> dict[str, float | str]:
    wall_s, cpu_s = spent
    return {
        "wall_s": round(wall_s, 3),
        "cpu_s": round(cpu_s, 3),
        "fps": round(frames / wall_s, 2) if wall_s else 0.0,
        "decode_ms": meter.ms_per("decode", frames),
        "detect_ms": meter.ms_per("detect", looks),
        "track_ms": meter.ms_per("track", looks),
        "analyze_ms": meter.ms_per("analyze", looks),
        "device": detector.status.device,
        "model": detector.status.model,
    }
