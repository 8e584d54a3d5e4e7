"""One camera watched from start to end, its figures told to Redis: what a worker does for each of its cameras."""

import hashlib
import logging
import secrets
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from models.detections import Detections, Detector, Image
from models.errors import ModelError
from pipeline.analyzers.watch import Watch
from pipeline.build import analyzers_for, cleanliness_for, description_of, source_spec, tracker_for
from pipeline.cleanliness.hook import Outside
from pipeline.config import CameraConfig
from pipeline.config_faults import ConfigError
from pipeline.config_file import LoadedSite
from pipeline.errors import ParvisError, SourceError
from pipeline.events import Event
from pipeline.gate import Gate
from pipeline.kept_tracks import HOUR_S, Keeper, NoKeeper, TrackKeeper, drop_old, folder_of
from pipeline.look_rule import look_rule
from pipeline.observation import CameraState, Quality
from pipeline.orders import Orders
from pipeline.publish import Sink
from pipeline.publisher import Publisher
from pipeline.redis_client import RedisClient
from pipeline.redis_sink import RedisSink
from pipeline.reporter import Reporter
from pipeline.runner import run
from pipeline.sanity.watch import SanityWatch
from pipeline.sources import Source, SourceSpec, creation_time, is_live, open_source
from pipeline.tracks import Tracks

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Run:
    """One run over a source: its name, and when its time 0 was."""

    epoch: str
    origin_s: float  # seconds since the Unix epoch; 0 for live cameras, whose frames carry the time of arrival
    live: bool
    repeats: bool = False  # a recording: played again, it is the same run and tells the same


class CameraWatch:
    """Watches one camera; `connect` returns a new connection to Redis each time it is called."""

    def __init__(
        self, loaded: LoadedSite, camera: CameraConfig, detector: Detector, connect: Callable[[], RedisClient]
    ) -> None:
        self._loaded, self._camera, self._detector, self._connect = loaded, camera, detector, connect
        self._stop = threading.Event()
        self._source: Source | None = None
        self._looks: deque[float] = deque(maxlen=32)
        self._error: str | None = None
        self._sanity = SanityWatch([mask.points for mask in camera.masks])
        self._orders = Orders(camera.id)
        self._origin_s = 0.0
        self._expired_s = 0.0

    def stop(self) -> None:
        """End the watch soon, from any thread."""
        self._stop.set()
        if self._source is not None:
            self._source.close()

    @property
    def endless(self) -> bool:
        """Return whether this camera has no end of its own: a live one, or a recording in a loop."""
        return self._camera.loop or is_live(source_spec(self._loaded, self._camera).source)

    def watch(self) -> bool:
        """Watch until the recording ends or `stop` is called; return whether all of it could be seen.

        Raises:
            ParvisError: if Redis is not there at the start.
            ModelError: if the model runs on no device any more.
        """
        reporter = Reporter(self.state, *self._reporting_sink())
        reporter.start()
        try:
            spec = source_spec(self._loaded, self._camera)
            self._count(spec, this_run(self._connect, self._loaded, self._camera, spec))
        except (SourceError, ConfigError) as error:
            self._error = str(error)
            _log.error("%s: %s", self._camera.id, error)
        except Exception as error:
            told = isinstance(error, ParvisError | ModelError)
            self._error = str(error) if told else f"unexpected {type(error).__name__}, the log tells more"
            raise
        finally:
            reporter.end()
        return self._error is None and (self._source is None or self._source.status.complete)

    def _count(self, spec: SourceSpec, this: Run) -> None:
        interval_s, due = look_rule(self._loaded.site.detector.fps, spec)
        self._origin_s = this.origin_s
        self._source = open_source(spec, due)
        if self._stop.is_set():
            self._source.close()
        sink = RedisSink(
            self._connect, self._camera.id, this.epoch, self._loaded.site.retention, time.monotonic, this.live
        )
        publisher = Publisher(self._camera, this.epoch, this.origin_s, sink, self._quality)
        analyzers, _ = analyzers_for(self._camera, self._detector.labels, interval_s, lambda: self._detector.status)
        tracker = tracker_for(self._detector.labels, self._loaded.site.detector)

        def emit(event: Event) -> None:
            if not (this.repeats and self._stop.is_set()):  # the end of a watch is not the end of the recording
                publisher(event)

        keeper = self._keeper(this, interval_s)

        def see(tracks: Tracks) -> None:
            publisher.look(tracks)
            publisher.condition(self._sanity.verdict.condition, tracks.time_s)
            if self._sanity.verdict.condition == "ok":
                keeper.see(tracks)

        over, gate = not this.repeats, Gate(lambda: self._sanity.verdict, emit)
        cleanliness = cleanliness_for(self._camera, self._detector, self._is_well, self._outside(this))
        track = cleanliness.before(self._sanity.before(tracker.update))
        try:
            run(self._source, self._detect, track, [Watch(see), *analyzers, cleanliness], gate)
            over = over or not self._stop.is_set()
        finally:
            self._source.close()
            gate.close()
            publisher.close(over)
            keeper.close()

    def _is_well(self) -> bool:
        return self._sanity.verdict.condition == "ok"

    def _outside(self, this: Run) -> Outside:
        outside = Outside.of(self._loaded, self._camera, this.origin_s, self._orders.take)
        return outside if this.repeats else outside.keeping(self._loaded, self._camera)

    def _keeper(self, this: Run, interval_s: float) -> Keeper:
        """Return what keeps this run's tracks, if the configuration asks for it."""
        if not self._camera.retention.tracks_days:
            return NoKeeper()
        folder = folder_of(self._loaded.data_dir, self._camera.id)
        run_name = this.epoch.removesuffix(f"-{self._camera.revision}")  # a recording replaces what was kept of it
        about = (self._detector.labels, interval_s)
        return TrackKeeper(folder, run_name, this.origin_s, about, lambda: secrets.randbelow(2**32 - 1) + 1)

    def _expire(self) -> None:
        """Delete kept tracks that are too old, at the start and once an hour."""
        now_s = time.time()
        if now_s - self._expired_s >= HOUR_S:
            self._expired_s = now_s
            folder = folder_of(self._loaded.data_dir, self._camera.id)
            drop_old(folder, self._camera.retention.tracks_days, now_s)

    def _detect(self, image: Image) -> Detections:
        found = self._detector(image)
        self._looks.append(time.monotonic())
        return found

    def _quality(self) -> Quality:
        status = self._detector.status
        return Quality(device=status.device, model=status.model, revision=self._camera.revision)

    def state(self, ended: bool) -> CameraState:
        """Return how the camera is now; asked every second, so what is due hourly is done here too."""
        self._expire()
        detector, camera = self._detector.status, self._camera
        now = datetime.now(UTC)
        base = CameraState(
            id=camera.id, name=camera.name or camera.id, purpose=camera.purpose, state="starting", since=now,
            updated_at=now, device=detector.device, device_wanted=detector.device_wanted,
            fallback_reason=detector.fallback_reason, model=detector.model, error=self._error,
        )  # fmt: skip
        if self._error is not None:
            return base.model_copy(update={"state": "failed"})
        if self._source is None:
            return base
        source, verdict = self._source.status, self._sanity.verdict
        well = verdict.condition == "ok"
        state = "ended" if ended and source.state != "failed" else source.state
        return base.model_copy(
            update={
                "state": state,
                "since": _utc(source.since_s),
                "condition": verdict.condition,
                "condition_since": None if well else _utc(self._origin_s + verdict.since_s),
                "fps_in": round(source.fps_in, 2),
                "fps_detected": round(self._fps_detected(), 2),
                "frames": source.frames,
                "dropped": source.dropped,
                "reconnects": source.reconnects,
                "last_frame_at": None if source.last_frame_s is None else _utc(source.last_frame_s),
                "error": source.error,
            }
        )

    def _fps_detected(self) -> float:
        looks = list(self._looks)
        span_s = time.monotonic() - looks[0] if looks else 0.0
        return len(looks) / span_s if span_s > 0 else 0.0

    def _reporting_sink(self) -> tuple[Sink, str]:
        """Return a sink for the camera's state, and the epoch of its entries: they are not of the recording."""
        epoch = f"s-{uuid.uuid4().hex[:12]}"
        sink = RedisSink(self._connect, self._camera.id, epoch, self._loaded.site.retention, time.monotonic, True)
        sink.orders = self._orders
        sink.describe(description_of(self._loaded, self._camera))
        return sink, epoch


def this_run(connect: Callable[[], RedisClient], loaded: LoadedSite, camera: CameraConfig, spec: SourceSpec) -> Run:
    """Return the name and time 0 of a run.

    A recording that is played again, after a crash for instance, is the same run: what was counted is not counted
    again. A recording in a loop stands for a live camera, so each start is a run of its own.

    Raises:
        SourceError: if a recording is not there.
    """
    if is_live(spec.source):
        return Run(f"l-{uuid.uuid4().hex[:12]}", 0.0, live=True)
    path = Path(spec.source)
    if camera.loop and camera.recorded_at is None:
        return Run(f"l-{uuid.uuid4().hex[:12]}", time.time(), live=True)
    sha256 = fingerprint(path)
    stated = camera.recorded_at or (creation_time(path) if path.is_file() else None)
    if stated is not None:
        origin_s = stated.timestamp()
    else:
        client = connect()
        try:
            key = hashlib.sha256(f"{sha256}{camera.revision}".encode()).hexdigest()
            origin_s = client.first_start(camera.id, key, time.time(), loaded.site.retention)
        finally:
            client.close()
    epoch = f"f-{sha256[:12]}-{round(origin_s)}-{camera.revision}"
    return Run(epoch, origin_s, live=camera.pace == "realtime", repeats=True)


def fingerprint(path: Path) -> str:
    """Return the sha256 of a file, or of the names and sizes in a folder.

    Raises:
        SourceError: if it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        if path.is_dir():
            for item in sorted(path.iterdir()):
                digest.update(f"{item.name}\0{item.stat().st_size}\0".encode())
            return digest.hexdigest()
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}; expected a video file or a folder") from error


def _utc(time_s: float) -> datetime:
    return datetime.fromtimestamp(time_s, UTC)
