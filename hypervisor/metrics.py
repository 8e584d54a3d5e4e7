"""The text of /metrics, made from the cameras' states at the moment of the scrape (the only door to prometheus)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple, get_args

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.registry import Collector

from hypervisor.delivery.queue import Counts
from hypervisor.indicators.kept.telling import LastTurn
from hypervisor.rules.lag import Lag
from hypervisor.rules.state import RuleStatus
from hypervisor.wire import Camera
from pipeline.observation import Condition, ConfigurationState

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
BUCKETS_S = (0.005, 0.025, 0.1, 0.5, 2.5)


class Requests:
    """How long requests took until their answer began, by method, route and status."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "parvis_http_request_duration_seconds",
            "Time until the answer began",
            ("method", "route", "status"),
            registry=self.registry,
            buckets=BUCKETS_S,
        )

    def observe(self, method: str, route: str, status: int, duration_s: float) -> None:
        """Count one request; `route` is a template, never a path, so that the labels stay few."""
        self._seconds.labels(method, route, str(status)).observe(duration_s)


class Deliveries(NamedTuple):
    """What waits to be delivered."""

    sizes: Mapping[str, int]  # lanes that are ready, failing and due, and messages kept
    counts: Mapping[tuple[str, str], Counts]  # (service, subscription) → what waits of it


class Work(NamedTuple):
    """How the processes beside the service get on; None: they never did anything, or Redis does not answer."""

    rules: Lag | None = None
    deliveries: Deliveries | None = None
    values: LastTurn | None = None  # of the schedule of indicators


class Snapshot(Collector):
    """What one scrape shows; `cameras` is None when Redis does not answer."""

    def __init__(
        self,
        cameras: Sequence[Camera] | None,
        clients: int,
        configuration: ConfigurationState | None,
        work: Work,
    ) -> None:
        self._cameras = cameras
        self._clients = clients
        self._configuration = configuration
        self._work = work

    def collect(self) -> Iterator[Metric]:
        """Yield all metric families."""
        yield GaugeMetricFamily("parvis_redis_up", "1: Redis answers", value=int(self._cameras is not None))
        yield GaugeMetricFamily("parvis_sse_clients", "Open event streams", value=self._clients)
        if self._configuration is not None:
            yield GaugeMetricFamily(
                "parvis_configuration_valid", "0: the file has a fault, the one before is followed",
                value=int(self._configuration.fault is None),
            )  # fmt: skip
        if self._cameras is not None:
            yield from _of_cameras(self._cameras)
        if self._work.rules is not None:
            yield from _of_rules(self._work.rules)
        if self._work.deliveries is not None:
            yield from _of_deliveries(self._work.deliveries)
        if self._work.values is not None:
            yield from _of_values(self._work.values)


def text(
    requests: Requests,
    cameras: Sequence[Camera] | None,
    clients: int,
    configuration: ConfigurationState | None = None,
    work: Work = Work(),  # noqa: B008  # frozen
) -> bytes:
    """Return the whole exposition."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Snapshot(cameras, clients, configuration, work))
    return generate_latest(registry) + generate_latest(requests.registry)


def _of_values(values: LastTurn) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "parvis_indicators_last_run_timestamp_seconds", "When the schedule of indicators ran last", value=values.at_s
    )
    yield GaugeMetricFamily(
        "parvis_indicators_last_run_left", "1: it did not get through all that was due", value=int(values.left)
    )


def _of_rules(rules: Lag) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "parvis_rules_lag_seconds", "How far behind the evaluation of rules is", value=rules.behind_s
    )
    family = GaugeMetricFamily("parvis_rules", "Rules by how it is with them", labels=("status",))
    for status in get_args(RuleStatus):
        family.add_metric((status,), rules.rules.get(status, 0))
    yield family
    yield GaugeMetricFamily("parvis_alerts_open", "Open alerts, 1,000 at most", value=rules.open_alerts)


def _of_cameras(cameras: Sequence[Camera]) -> Iterator[Metric]:
    for make, name, about, read in CAMERA_METRICS:
        family = make(name, about, labels=("camera",))
        for camera in cameras:
            value = read(camera)
            if value is not None:
                family.add_metric((camera.id,), value)
        yield family
    yield _conditions(cameras)
    yield _info(cameras)


def _of_deliveries(deliveries: Deliveries) -> Iterator[Metric]:
    lanes = GaugeMetricFamily("parvis_delivery_lanes", "Lanes with a token, or waiting for a moment", labels=("state",))
    for state in ("ready", "failing", "due"):
        lanes.add_metric((state,), deliveries.sizes[state])
    yield lanes
    yield GaugeMetricFamily("parvis_delivery_messages", "Messages kept for it", value=deliveries.sizes["messages"])
    labels = ("service", "subscription")
    waiting = GaugeMetricFamily("parvis_delivery_waiting", "Messages waiting", labels=labels)
    dead = GaugeMetricFamily("parvis_delivery_dead_letters", "Messages given up and kept", labels=labels)
    failing = GaugeMetricFamily(
        "parvis_delivery_failing_since_timestamp_seconds", "Nothing was accepted since; 0: well", labels=labels
    )
    totals = CounterMetricFamily("parvis_delivery_events", "Events and attempts, by outcome", labels=(*labels, "what"))
    for names, counts in deliveries.counts.items():
        waiting.add_metric(names, counts.waiting)
        dead.add_metric(names, counts.dead)
        failing.add_metric(names, counts.failing_since_s)
        for what, value in counts.totals.items():
            totals.add_metric((*names, what), value)
    yield from (waiting, dead, failing, totals)


def _up(camera: Camera) -> bool:
    return camera.state == "running" and camera.condition == "ok"


def _last_frame(camera: Camera) -> float | None:
    return camera.last_frame_at.timestamp() if camera.last_frame_at else None


CAMERA_METRICS: tuple[
    tuple[type[GaugeMetricFamily | CounterMetricFamily], str, str, Callable[[Camera], float | None]], ...
] = (
    (GaugeMetricFamily, "parvis_camera_up", "1: frames arrive and are counted", _up),
    (GaugeMetricFamily, "parvis_camera_fps_in", "Frames received per second", lambda c: c.fps_in),
    (GaugeMetricFamily, "parvis_camera_fps_detected", "Detections per second", lambda c: c.fps_detected),
    (GaugeMetricFamily, "parvis_camera_last_frame_timestamp_seconds", "When it was observed", _last_frame),
    (CounterMetricFamily, "parvis_camera_frames", "Frames received", lambda c: c.frames),
    (CounterMetricFamily, "parvis_camera_dropped", "Frames replaced by newer ones", lambda c: c.dropped),
    (CounterMetricFamily, "parvis_camera_reconnects", "Times the source was opened again", lambda c: c.reconnects),
    (GaugeMetricFamily, "parvis_camera_shed", "Step of load shedding, 0: none, 4: paused", lambda c: c.shed),
    (CounterMetricFamily, "parvis_camera_events_lost", "Facts given up while Redis was away", lambda c: c.events_lost),
)


def _conditions(cameras: Sequence[Camera]) -> Metric:
    family = GaugeMetricFamily(
        "parvis_camera_condition", "1: what its picture tells; while it is not ok, figures are suspended",
        labels=("camera", "condition"),
    )  # fmt: skip
    for camera in cameras:
        for condition in get_args(Condition):
            family.add_metric((camera.id, condition), float(camera.condition == condition))
    return family


def _info(cameras: Sequence[Camera]) -> Metric:
    family = InfoMetricFamily(
        "parvis_camera", "Where its detector runs; fallback says why not elsewhere", labels=("camera",)
    )
    for camera in cameras:
        facts = {
            "device": camera.device or "",
            "model": camera.model or "",
            "variant": camera.variant or "",
            "fallback": camera.fallback_reason or "",
            "state": camera.state,
        }
        family.add_metric((camera.id,), facts)
    return family
