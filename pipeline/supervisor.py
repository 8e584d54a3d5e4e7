"""All cameras of a site, in worker processes that are started again when they die."""

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from models.detections import Detector
from pipeline import children
from pipeline.camera import CameraWatch
from pipeline.config import CameraConfig
from pipeline.config_file import LoadedSite
from pipeline.errors import ParvisError
from pipeline.redis_client import RedisClient

RESTART_FIRST_S = 0.5
RESTART_LONGEST_S = 30.0
STEADY_S = 60.0
"""A worker that lived so long is started again at once when it dies."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Worker:
    """One worker process and its cameras."""

    cameras: tuple[str, ...]
    process: subprocess.Popen[bytes]
    started_s: float
    pause_s: float = RESTART_FIRST_S
    due_s: float | None = None  # when it is started again
    code: int | None = None  # its exit code, once it ended by itself


@dataclass(slots=True)
class Supervisor:
    """Keeps one worker per group of cameras alive.

    `launch` starts a worker for some cameras; `clock` tells seconds that never go back.
    """

    groups: Sequence[tuple[str, ...]]
    launch: Callable[[tuple[str, ...]], subprocess.Popen[bytes]]
    clock: Callable[[], float] = time.monotonic
    _workers: list[_Worker] = field(default_factory=list)

    def start(self) -> None:
        """Start all workers."""
        self._workers = [_Worker(group, self.launch(group), self.clock()) for group in self.groups]

    def step(self) -> bool:
        """Look after each worker once; return whether any is still wanted."""
        for worker in self._workers:
            self._look_after(worker)
        return any(worker.code is None for worker in self._workers)

    def stop(self) -> None:
        """End all workers."""
        children.stop([worker.process for worker in self._workers])

    @property
    def failed(self) -> bool:
        """Return whether a worker ended and said that a camera failed."""
        return any(worker.code not in (None, 0) for worker in self._workers)

    def _look_after(self, worker: _Worker) -> None:
        code = worker.process.poll()
        if code is None or worker.code is not None:
            return
        if code in (0, 1, 2):  # the worker's own word: done, a camera failed, refused
            worker.code = code
            return
        now_s = self.clock()
        if worker.due_s is None:
            steady = now_s - worker.started_s >= STEADY_S
            worker.pause_s = RESTART_FIRST_S if steady else min(RESTART_LONGEST_S, worker.pause_s * 2)
            worker.due_s = now_s + (RESTART_FIRST_S if steady else worker.pause_s)
            _log.error("worker of %s died (exit code %d); it is started again", ", ".join(worker.cameras), code)
        if now_s >= worker.due_s:
            worker.process, worker.started_s, worker.due_s = self.launch(worker.cameras), now_s, None


def groups_of(cameras: Sequence[CameraConfig], workers: int | None = None) -> list[tuple[str, ...]]:
    """Return the cameras in turn over one worker a core."""
    count = min(len(cameras), workers or os.cpu_count() or 1)
    return [tuple(camera.id for camera in cameras[i::count]) for i in range(count)]


def work(
    loaded: LoadedSite, cameras: Sequence[CameraConfig], detector: Detector, connect: Callable[[], RedisClient]
) -> int:
    """Watch some cameras in this process, a thread each, until all end; return 0, or 1 if one failed."""
    watches = [CameraWatch(loaded, camera, detector, connect) for camera in cameras]
    outcome: dict[str, bool] = {}

    def watch(index: int) -> None:
        camera_id = cameras[index].id
        try:
            outcome[camera_id] = watches[index].watch()
        except ParvisError as error:
            _log.error("%s: %s", camera_id, error)
        except Exception:  # noqa: BLE001 (the edge of a camera: it must not take the others with it)
            _log.exception("%s: given up", camera_id)

    def end(number: int, _frame: object) -> None:
        for one in watches:
            one.stop()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    threads = [threading.Thread(target=watch, args=(i,), name=cameras[i].id) for i in range(len(cameras))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 0 if all(outcome.get(camera.id, False) for camera in cameras) else 1
