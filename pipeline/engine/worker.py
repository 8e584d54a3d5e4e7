"""The cameras of one worker process, a thread each: follows orders, reduces what is too much, reports every second."""

import logging
import queue
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from models.detections import Detector
from models.errors import ModelError
from pipeline.build import description_of
from pipeline.camera import CameraWatch
from pipeline.config import CameraConfig
from pipeline.config_file import LoadedSite
from pipeline.desk.window import Window
from pipeline.engine import steps
from pipeline.engine.changes import change_of
from pipeline.engine.control import CameraReport, Order, Report
from pipeline.engine.detectors import Detectors
from pipeline.engine.load import LoadMeter, Watched, WorkerLoad
from pipeline.engine.overload import Overload
from pipeline.engine.post import Post
from pipeline.engine.throttle import Throttle
from pipeline.errors import ParvisError
from pipeline.observation import CameraState, ShedWhy
from pipeline.redis_client import RedisClient
from pipeline.redis_sink import RedisSink
from pipeline.settle import give_back, settle

POLL_S = 0.1
MEASURE_S = 1.0
SETTLE_S = 5.0
"""So long after a camera began, its models are loaded, and what is there will stay."""

GIVE_BACK_S = 60.0
"""How often memory that is free goes back to the system."""

STARTING_S = 30.0
"""So long at most the first looks of a camera are waited for before its worker may count as overloaded."""

SMOOTH = 0.2
"""Weight of the latest second in a camera's cost."""

_log = logging.getLogger(__name__)

Connect = Callable[[LoadedSite], RedisClient]


class Worker:
    """Watches cameras as it is told; everything but the posts happens on one thread."""

    def __init__(
        self,
        connect: Connect,
        detectors: Detectors | None = None,
        overload: Overload | None = None,
        clock: Callable[[], float] = time.monotonic,
        cores: int = 1,
    ) -> None:
        self._connect, self._clock = connect, clock
        self._detectors, self._overload = detectors or Detectors(), overload or Overload()
        self._turns = threading.Semaphore(cores)
        self._meter = LoadMeter()
        self._loaded: LoadedSite | None = None
        self._wanted: tuple[str, ...] = ()
        self._order = 0
        self._posts: dict[str, Post] = {}
        self._throttles: dict[str, Throttle] = {}
        self._leaving: list[Post] = []
        self._costs: dict[str, float] = {}
        self._measured_s = float("-inf")
        self._settle_s = float("inf")
        self._gave_s = clock()
        self._begun_s = float("-inf")

    def follow(self, order: Order) -> None:
        """Watch what an order says: begin, change or leave where it differs from what is done."""
        before, loaded = self._loaded, LoadedSite(order.path, order.site, None)
        self._loaded, self._wanted, self._order = loaded, order.cameras, order.number
        for camera_id, post in list(self._posts.items()):
            if camera_id not in order.cameras or before is None:
                self._let_go(camera_id)
                continue
            change = change_of(before.site, loaded.site, camera_id)
            watch = post.watch
            lasting = watch is None or watch.last_step == steps.PAUSED
            if change == "anew" or (
                change == "measures" and not (lasting and self._sees_all(watch, loaded, camera_id))
            ):
                self._let_go(camera_id)
            elif change == "measures":
                camera = loaded.site.camera(camera_id)
                post.change(loaded, camera, self._maker(loaded, camera, self._throttles[camera_id]))
        self._begin_what_is_wanted()

    def tick(self) -> Report | None:
        """Do what is due; return a report once a second."""
        self._begin_what_is_wanted()
        now_s = self._clock()
        if now_s - self._measured_s < MEASURE_S:
            return None
        if now_s >= self._settle_s:
            self._settle_s = float("inf")
            settle()
        if now_s - self._gave_s >= GIVE_BACK_S:
            self._gave_s = now_s
            give_back()
        self._measured_s = now_s
        load = self._meter.measure(now_s, self._watched())
        if load is not None:
            self._learn(load)
            if self._is_starting(now_s):
                self._overload.begin(now_s)
            for step in self._overload.decide(load):
                self._reduce(step.camera, step.step, step.why)
        cpu = load.cpu if load is not None else 0.0
        return Report(order=self._order, cpu=round(cpu, 4), cameras=self._reports())

    def leave(self) -> None:
        """Let go of all cameras, and wait until they are gone."""
        self._wanted = ()
        for camera_id in list(self._posts):
            self._let_go(camera_id)
        for post in self._leaving:
            post.join()

    def windows(self) -> dict[str, Window]:
        """Return what can be asked for pictures now, by camera; from any thread."""
        watches = {camera_id: post.watch for camera_id, post in self._posts.copy().items() if post.is_alive()}
        return {camera_id: watch.window for camera_id, watch in watches.items() if watch is not None}

    @property
    def loaded(self) -> LoadedSite | None:
        """Return the configuration that is followed; None before the first order."""
        return self._loaded

    @property
    def over(self) -> bool:
        """Return whether all cameras have ended by themselves."""
        return not self._leaving and all(not post.is_alive() for post in self._posts.values())

    def _begin_what_is_wanted(self) -> None:
        self._leaving = [post for post in self._leaving if post.is_alive()]
        busy = {post.name for post in self._leaving}
        fresh = [one for one in self._wanted if one not in self._posts and one not in busy]
        if self._loaded is None or not fresh:
            return
        for camera_id in fresh:
            camera = self._loaded.site.camera(camera_id)
            throttle = self._throttles[camera_id] = Throttle(turns=self._turns)
            refused = partial(tell_refused, self._loaded, camera, partial(self._connect, self._loaded))
            post = self._posts[camera_id] = Post(camera_id, self._maker(self._loaded, camera, throttle), refused)
            post.start()
        self._begun_s = self._clock()
        self._overload.begin(self._begun_s)
        self._settle_s = self._begun_s + SETTLE_S

    def _let_go(self, camera_id: str) -> None:
        post = self._posts.pop(camera_id)
        del self._throttles[camera_id]
        self._costs.pop(camera_id, None)
        post.leave()
        self._leaving.append(post)
        self._overload.begin(self._clock())

    def _maker(self, loaded: LoadedSite, camera: CameraConfig, throttle: Throttle) -> Callable[[], CameraWatch]:
        def make() -> CameraWatch:
            detector = self._detectors.of(loaded, camera)
            throttle.small = partial(self._small_of, loaded, camera, detector)
            return CameraWatch(loaded, camera, detector, partial(self._connect, loaded), throttle)

        return make

    def _small_of(self, loaded: LoadedSite, camera: CameraConfig, full: Detector) -> Detector | None:
        try:
            return self._detectors.small_of(loaded, camera, full)
        except ModelError as error:
            _log.error("%s: no smaller input: %s", camera.id, error)
            return None

    def _sees_all(self, watch: CameraWatch | None, loaded: LoadedSite, camera_id: str) -> bool:
        """Return whether the detector that a camera has sees what it is to count now."""
        return watch is None or self._detectors.sees_all(watch.detector, loaded.site.camera(camera_id))

    def _watched(self) -> dict[str, Watched]:
        assert self._loaded is not None or not self._posts
        found = {}
        for camera_id, post in self._posts.items():
            watch, throttle = post.watch, self._throttles[camera_id]
            if watch is None or not post.is_alive() or self._loaded is None:
                continue
            priority, spent = self._loaded.site.camera(camera_id).priority, throttle.spent
            found[camera_id] = Watched(priority, throttle.step, watch.last_step, throttle.fps, spent, watch.dropped)
        return found

    def _learn(self, load: WorkerLoad) -> None:
        """Keep what cameras cost when nothing is shed: that is what they are placed by."""
        for one in load.cameras:
            known = self._costs.get(one.id)
            if one.step == steps.FULL:
                self._throttles[one.id].asks(one.due)
                self._costs[one.id] = one.cost if known is None else (1 - SMOOTH) * known + SMOOTH * one.cost
            elif known is None or known < one.cost:
                self._costs[one.id] = one.cost

    def _is_starting(self, now_s: float) -> bool:
        """Return whether a camera that began lately has not come to its first looks: models are being loaded."""
        if now_s - self._begun_s > STARTING_S:
            return False
        return any(post.is_alive() and not self._throttles[one].spent.looks for one, post in self._posts.items())

    def _reduce(self, camera_id: str, step: int, why: ShedWhy | None) -> None:
        self._throttles[camera_id].to(step, why)
        watch = self._posts[camera_id].watch
        if step == steps.PAUSED and watch is not None:
            watch.pause()

    def _reports(self) -> dict[str, CameraReport]:
        found = {}
        for camera_id, post in self._posts.items():
            watch, alive = post.watch, post.is_alive()
            found[camera_id] = CameraReport(
                cost=self._costs.get(camera_id, 0.0),
                step=self._throttles[camera_id].step,
                lasting=watch is not None and watch.last_step == steps.PAUSED,
                over=None if alive else post.complete,
                look_cpu_ms=self._throttles[camera_id].spent.look_cpu_ms,
            )
        for post in self._leaving:  # not gone yet: nobody else may begin with it
            found.setdefault(post.name, CameraReport(cost=0.0, step=steps.FULL, lasting=False))
        return found


def work(worker: Worker, orders: "queue.SimpleQueue[Order | None]", report: Callable[[Report], None]) -> None:
    """Follow orders until there are none any more (None), or SIGTERM or SIGINT comes."""

    def end(number: int, _frame: object) -> None:
        orders.put(None)

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    while True:
        try:
            order = orders.get(timeout=POLL_S)
        except queue.Empty:
            told = worker.tick()
            if told is not None:
                report(told)
            continue
        if order is None:
            break
        worker.follow(order)
    worker.leave()


def tell_refused(
    loaded: LoadedSite, camera: CameraConfig, connect: Callable[[], RedisClient], error: ModelError
) -> None:
    """Say of a camera that cannot even begin why that is."""
    now = datetime.now(UTC)
    config = loaded.site.detector_of(camera)
    state = CameraState(
        id=camera.id, name=camera.name or camera.id, state="failed", since=now, purpose=camera.purpose,
        device_wanted=config.device, model=config.model, updated_at=now, error=str(error),
    )  # fmt: skip
    try:
        sink = RedisSink(connect, camera.id, "refused", loaded.site.retention, time.monotonic, True)
    except ParvisError as away:
        _log.error("%s: %s", camera.id, away)
        return
    sink.describe(description_of(loaded, camera))
    sink.state(state)
    sink.close()
