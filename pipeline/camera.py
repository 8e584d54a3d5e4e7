"""One camera watched from start to end, its figures told to Redis: what a worker does for each of its cameras."""

import logging
import secrets
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable

import numpy as np

from models.detections import Detections, Detector, Image
from models.errors import ModelError
from pipeline.analyzers.watch import Watch
from pipeline.build import description_of, source_spec, tracker_for
from pipeline.camera_state import base_state, with_condition, with_source
from pipeline.cleanliness.assembly import cleanliness_for
from pipeline.cleanliness.hook import Outside
from pipeline.config import CameraConfig
from pipeline.config_faults import ConfigError
from pipeline.config_file import LoadedSite
from pipeline.desk.window import Window
from pipeline.engine import steps
from pipeline.engine.measuring import Measuring
from pipeline.engine.throttle import Throttle
from pipeline.errors import ParvisError, SourceError
from pipeline.events import Event
from pipeline.gate import Gate
from pipeline.kept_tracks import HOUR_S, Keeper, NoKeeper, TrackKeeper, drop_old, folder_of
from pipeline.look_rule import pacer_for
from pipeline.observation import CameraState, Quality
from pipeline.orders import Orders
from pipeline.pace.pacer import Pacer
from pipeline.pace.region import aimed
from pipeline.publish import Sink
from pipeline.publisher import Publisher, steps_of
from pipeline.redis_client import RedisClient
from pipeline.redis_sink import RedisSink
from pipeline.reporter import Reporter
from pipeline.runner import Analyzer, run
from pipeline.runs import Run, is_lasting, this_run
from pipeline.sanity.watch import SanityWatch
from pipeline.sources import Source, SourceSpec, is_live, open_source
from pipeline.tracks import Tracks

PAUSE_POLL_S = 0.2

_log = logging.getLogger(__name__)


class CameraWatch:
    """Watches one camera.

    Args:
        connect: returns a new connection to Redis each time it is called.
        throttle: through which a worker reduces the camera and learns what it costs.
    """

    def __init__(
        self,
        loaded: LoadedSite,
        camera: CameraConfig,
        detector: Detector,
        connect: Callable[[], RedisClient],
        throttle: Throttle | None = None,
    ) -> None:
        self._loaded, self._camera, self._connect = loaded, camera, connect
        self._detector = self._aimed = detector
        self._throttle = throttle or Throttle()
        self._aside = False  # its source was closed for a pause
        self._measuring: Measuring | None = None
        self._reports: Sink | None = None
        self._stop = threading.Event()
        self._source: Source | None = None
        self._looks: deque[float] = deque(maxlen=32)
        self._error: str | None = None
        self._sanity = SanityWatch([mask.points for mask in camera.masks])
        self._orders = Orders(camera.id)
        self._origin_s = 0.0
        self._expired_s = 0.0
        self.window = Window(lambda: self._camera, lambda: self._aimed, detector)

    def stop(self) -> None:
        """End the watch soon, from any thread."""
        self._stop.set()
        if self._source is not None:
            self._source.close()

    def pause(self) -> None:
        """Let go of the source until the throttle says otherwise, from any thread; for lasting cameras only."""
        self._aside = True
        if self._source is not None:
            self._source.close()

    def change(self, loaded: LoadedSite, camera: CameraConfig) -> None:
        """Measure what another configuration says, without connecting anew, from any thread; lasting cameras only.

        The fields that may differ are `pipeline.engine.changes.MEASURED`.
        """
        remasked = camera.masks != self._camera.masks
        if remasked and self._source is not None:
            self._source.remask(tuple(mask.points for mask in camera.masks))

        def begin() -> None:
            self._loaded, self._camera = loaded, camera
            self._aimed = aimed(self._detector, loaded.site.detector_of(camera), camera)
            if remasked:  # the picture is another one
                self._sanity = SanityWatch([mask.points for mask in camera.masks])

        if self._reports is not None:
            self._reports.describe(description_of(loaded, camera))
        if self._measuring is None or self._throttle.step == steps.PAUSED:
            begin()
        else:
            self._measuring.change(camera, begin)

    @property
    def endless(self) -> bool:
        """Return whether this camera has no end of its own: a live one, or a recording in a loop."""
        return self._camera.loop or is_live(source_spec(self._loaded, self._camera).source)

    @property
    def detector(self) -> Detector:
        """Return what it looks with."""
        return self._detector

    @property
    def last_step(self) -> int:
        """Return how far it can be reduced: not at all what plays as fast as it can, to a pause what lasts for ever."""
        try:
            spec = source_spec(self._loaded, self._camera)
            as_fast_as_it_can = spec.pace == "fast" and not is_live(spec.source)
        except (SourceError, ConfigError):  # there is nothing to reduce
            return steps.FULL
        if as_fast_as_it_can:
            return steps.FULL
        return steps.PAUSED if is_lasting(self._camera, spec) else steps.SMALL

    @property
    def dropped(self) -> int:
        """Return how many looks were due and not made."""
        return self._source.status.dropped if self._source is not None else 0

    def watch(self) -> bool:
        """Watch until the recording ends or `stop` is called; return whether all of it could be seen.

        Raises:
            ParvisError: if Redis is not there at the start.
            ModelError: if the model runs on no device any more.
        """
        reporter = Reporter(self.state, *self._reporting_sink(), steps_of(self._camera))
        reporter.start()
        try:
            while self._resumed():
                spec = source_spec(self._loaded, self._camera)
                self._count(spec, this_run(self._connect, self._loaded, self._camera, spec))
                if not self._aside:
                    break
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

    def _resumed(self) -> bool:
        """Wait while the camera is paused; return False once it is to end."""
        while self._throttle.step == steps.PAUSED and not self._stop.wait(PAUSE_POLL_S):
            pass
        self._aside = False
        return not self._stop.is_set() or self._source is None

    def _count(self, spec: SourceSpec, this: Run) -> None:
        detection = self._loaded.site.detector_of(self._camera)
        self._aimed = aimed(self._detector, detection, self._camera)
        pacer = pacer_for(detection.fps, spec)
        self._origin_s = this.origin_s
        self._source = self._open(spec, pacer)
        publisher = self._publisher(this)
        self._measuring = Measuring(self._camera, self._detector.labels, pacer, lambda: self._detector.status)
        follow = pacer.following(tracker_for(self._detector.labels, detection))
        cleanliness = cleanliness_for(self._camera, self._detector, self._is_well, self._outside(this))

        def emit(event: Event) -> None:
            if not (this.repeats and self._stop.is_set()):  # the end of a watch is not the end of the recording
                publisher(event)

        keeper = self.window.beside(self._keeper(this, pacer.interval_s), self._origin_s, pacer.interval_s)

        def see(tracks: Tracks) -> None:
            publisher.look(tracks)
            publisher.condition(self._sanity.verdict.condition, tracks.time_s)
            if self._sanity.verdict.condition == "ok":
                keeper.see(tracks)

        over, gate = not this.repeats, Gate(lambda: self._sanity.verdict, emit)
        track = self.window.before(cleanliness.before(lambda *look: self._sanity.before(follow)(*look)))
        analyzers: list[Analyzer] = [Watch(see), self._measuring, cleanliness]
        try:
            run(self._source, self._detect, track, analyzers, gate)
            over = over or not self._stop.is_set()
        finally:
            self._source.close()
            gate.close()
            publisher.close(over)
            keeper.close()

    def _get_warm(self, size: tuple[int, int] | None) -> None:
        """Open the session for a recording's pictures before its time begins: its first looks would be missed."""
        if size is not None:
            self._throttle.detect(self._aimed, np.zeros((size[1], size[0], 3), np.uint8))

    def _publisher(self, this: Run) -> Publisher:
        retention = self._loaded.site.retention
        sink = RedisSink(self._connect, self._camera.id, this.epoch, retention, time.monotonic, this.live)
        return Publisher(self._camera, this.epoch, this.origin_s, sink, self._quality)

    def _open(self, spec: SourceSpec, pacer: Pacer) -> Source:
        source = open_source(spec, self._throttle.watch(pacer))
        if self._throttle.step == steps.PAUSED:
            self._aside = True
        if self._stop.is_set() or self._aside:
            source.close()
        else:
            self._get_warm(source.status.size)
        return source

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
        found = self._throttle.detect(self._aimed, image)
        self._looks.append(time.monotonic())
        return found

    def _quality(self) -> Quality:
        status = self._detector.status
        return Quality(
            device=status.device, model=status.model, revision=self._camera.revision, shed=self._throttle.step
        )

    def state(self, ended: bool) -> CameraState:
        """Return how the camera is now; asked every second, so what is due hourly is done here too."""
        self._expire()
        self._throttle.belongs()  # the thread that reports
        told = base_state(self._camera, self._detector.status, self._throttle, self._error)
        if self._error is not None:
            return told.model_copy(update={"state": "failed"})
        if self._source is None:
            return told
        verdict, paused = self._sanity.verdict, self._throttle.step == steps.PAUSED
        told = with_source(told, self._source.status, "ended" if ended else "paused" if paused else None)
        since_s = None if verdict.condition == "ok" else self._origin_s + verdict.since_s
        return with_condition(told, verdict.condition, since_s, round(self._fps_detected(), 2))

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
        self._reports = sink
        return sink, epoch
