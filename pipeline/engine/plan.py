"""What cameras cost before they are watched: each is measured for some seconds, one after the other."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from models.detections import Detector
from pipeline.build import source_spec, tracker_for
from pipeline.config import CameraConfig
from pipeline.config_file import LoadedSite
from pipeline.engine import steps
from pipeline.engine.load import CameraLoad
from pipeline.engine.measuring import Measuring
from pipeline.engine.overload import FULL, TARGET, Step, shed
from pipeline.engine.placement import Placed, place
from pipeline.engine.throttle import Spent, Throttle
from pipeline.errors import SourceError
from pipeline.frame import Frame
from pipeline.look_rule import pacer_for
from pipeline.meter import Meter
from pipeline.runner import run
from pipeline.runs import is_lasting
from pipeline.sanity.watch import SanityWatch
from pipeline.sources import Source, SourceSpec, is_live, open_source, redact

ANSWER_S = 15.0
"""A camera that has not sent a picture by then is not reachable."""

LEAST_S = 1.0
"""Less than this of a recording says nothing."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a camera costs here, CPU seconds a second."""

    size: tuple[int, int]
    fps: float  # frames a second
    looks: float  # looks a second
    decode: float
    detect: float
    rest: float  # tracking and measuring

    @property
    def total(self) -> float:
        """All together."""
        return self.decode + self.detect + self.rest

    @property
    def look_s(self) -> float:
        """CPU seconds a look."""
        return self.detect / self.looks if self.looks else 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """A camera in the plan."""

    camera: CameraConfig
    cost: Cost | None  # None: `fault` says why not
    fault: str | None = None
    like: str | None = None  # measured as that camera, whose source and detector it shares
    last_step: int = steps.PAUSED


@dataclass(frozen=True, slots=True)
class Plan:
    """What the workers of this machine would have to do."""

    groups: list[list[str]]
    loads: list[float]  # CPU seconds a second
    shed: list[Step]
    carries: int  # cameras like these, on all cores


def measure_all(
    loaded: LoadedSite,
    detector_of: Callable[[CameraConfig], Detector],
    seconds: float,
    progress: Callable[[str], None],
) -> list[Row]:
    """Measure every camera, those with the same source and detector once.

    Raises:
        ModelError: if a model cannot be used.
    """
    rows: list[Row] = []
    known: dict[tuple[SourceSpec, str], Row] = {}
    for camera in loaded.site.cameras:
        try:
            spec = source_spec(loaded, camera)
        except SourceError as error:
            rows.append(Row(camera, None, str(error)))
            continue
        key = (replace(spec, masks=()), loaded.site.detector_of(camera).model_dump_json())
        alike = known.get(key)
        if alike is not None:
            rows.append(replace(alike, camera=camera, like=alike.camera.id))
            continue
        progress(camera.id)
        known[key] = _measured(loaded, camera, spec, (detector_of, seconds))
        rows.append(known[key])
    return rows


def plan_of(rows: Sequence[Row], cores: int) -> Plan:
    """Return how the measured cameras would be placed, and what would be shed.

    Those that play as fast as they can take what is left, and are left out.
    """
    costs = {row.camera.id: row.cost for row in rows if row.cost is not None and row.last_step != steps.FULL}
    by_id = {row.camera.id: row for row in rows}
    placed = [Placed(one, cost.total, by_id[one].camera.priority) for one, cost in costs.items()]
    groups = place(placed, max(1, min(cores, len(placed))))
    loads = [sum(costs[one].total for one in group) for group in groups]
    lost: list[Step] = []
    for group, load in zip(groups, loads, strict=True):
        if load >= FULL:
            told = [_as_load(by_id[one], costs[one]) for one in group]
            lost += shed(told, load - TARGET, None, at_once=True)
    mean = sum(loads) / len(costs) if costs else 0.0
    return Plan(groups, loads, lost, int(cores * TARGET / mean) if mean else 0)


def _as_load(row: Row, cost: Cost) -> CameraLoad:
    return CameraLoad(
        row.camera.id, row.camera.priority, steps.FULL, row.last_step, cost.looks, cost.total,
        cost.decode + cost.rest, cost.look_s, cost.looks, 0.0,
    )  # fmt: skip


def _measured(
    loaded: LoadedSite, camera: CameraConfig, spec: SourceSpec, how: tuple[Callable[[CameraConfig], Detector], float]
) -> Row:
    detector_of, seconds = how
    try:
        cost = measure(loaded, camera, spec, detector_of(camera), seconds)
    except SourceError as error:
        return Row(camera, None, str(error))
    last_step = steps.PAUSED if is_lasting(camera, spec) else steps.SMALL
    if spec.pace == "fast" and not is_live(spec.source):
        last_step = steps.FULL
    return Row(camera, cost, last_step=last_step)


def measure(loaded: LoadedSite, camera: CameraConfig, spec: SourceSpec, detector: Detector, seconds: float) -> Cost:
    """Return what a camera costs, from `seconds` of work: of a live camera's time, or of a recording at full speed.

    Raises:
        SourceError: if it cannot be opened, sends no picture in time, or is too short.
    """
    detection = loaded.site.detector_of(camera)
    throttle, meter, pacer = Throttle(), Meter(time.thread_time), pacer_for(detection.fps, spec)
    source = open_source(replace(spec, pace="fast", loop=False), throttle.watch(pacer))
    stopwatch = _Stopwatch(throttle, meter, source, seconds)
    closing = threading.Timer(ANSWER_S + seconds, source.close)  # a dead camera yields nothing, and waits for ever
    closing.daemon = True
    closing.start()
    sanity, follow = SanityWatch([mask.points for mask in camera.masks]), tracker_for(detector.labels, detection)
    measuring = Measuring(camera, detector.labels, pacer, lambda: detector.status)
    track = meter.timed("rest", sanity.before(pacer.following(follow)))
    try:
        run(
            stopwatch.through(),
            lambda image: throttle.detect(detector, image),
            track,
            [measuring],
            lambda event: None,
        )
    finally:
        closing.cancel()
        source.close()
    return stopwatch.cost(spec)


class _Stopwatch:
    """Measures from the first warm look to the end."""

    def __init__(self, throttle: Throttle, meter: Meter, source: Source, seconds: float) -> None:
        self._throttle, self._meter, self._source, self._seconds = throttle, meter, source, seconds
        self._first: Frame | None = None
        self._last: Frame | None = None
        self._from = (0.0, Spent(), 0.0)  # CPU of the process, spent, CPU of the rest
        self._dropped = 0

    def through(self) -> Iterator[Frame]:
        """Yield the frames, until enough has been seen."""
        until_s = float("inf")
        for frame in self._source:
            if self._first is None and self._throttle.spent.looks > 0:
                self._first, until_s = frame, time.monotonic() + self._seconds
                self._from = self._now()
                self._dropped = self._source.status.dropped
            self._last = frame
            # On a machine that is busy otherwise the time may be over before a second of the camera was seen.
            if time.monotonic() >= until_s and self._span_s() >= LEAST_S:
                return
            yield frame

    def _span_s(self) -> float:
        """Return how much of the camera's own time was measured."""
        return 0.0 if self._first is None or self._last is None else self._last.time_s - self._first.time_s

    def cost(self, spec: SourceSpec) -> Cost:
        """Return the cost of what went through."""
        first, last = self._first, self._last
        if last is None:
            why = self._source.status.error or f"{redact(spec.source)}: no picture within {ANSWER_S:g} s"
            raise SourceError(why)
        if first is None or self._span_s() < LEAST_S:
            raise SourceError(f"{redact(spec.source)}: too short to measure; expected {LEAST_S:g} s at least")
        span_s = last.time_s - first.time_s
        cpu_s, spent, rest_s = (now - before for now, before in zip(self._numbers(), self._begun(), strict=True))
        looks = self._throttle.spent.looks - self._from[1].looks
        missed = self._source.status.dropped - self._dropped
        look_s = spent / looks if looks else 0.0
        decode_s = max(0.0, cpu_s - spent - rest_s)
        return Cost(
            last.size,
            (last.index - first.index) / span_s,
            (looks + missed) / span_s,
            decode_s / span_s,
            (spent + missed * look_s) / span_s,
            rest_s / span_s,
        )

    def _now(self) -> tuple[float, Spent, float]:
        return time.process_time(), self._throttle.spent, self._meter.total_s["rest"]

    def _numbers(self) -> tuple[float, float, float]:
        cpu_s, spent, rest_s = self._now()
        return cpu_s, spent.detect_s, rest_s

    def _begun(self) -> tuple[float, float, float]:
        return self._from[0], self._from[1].detect_s, self._from[2]
