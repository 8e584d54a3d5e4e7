"""All cameras of a site, in worker processes that are started again when they die."""

import logging
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pipeline import children
from pipeline.config import CameraConfig

RESTART_FIRST_S = 0.5
RESTART_LONGEST_S = 30.0
STEADY_S = 60.0
"""A worker that lived so long is started again at once when it dies."""

REFUSED, CAMERA_FAILED = 2, 3
"""What a worker says by its exit code, beside 0. It is never 1: that is how Python ends on a fault of ours."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Worker:
    """One worker process and its cameras."""

    cameras: tuple[str, ...]
    process: subprocess.Popen[bytes]
    started_s: float
    pause_s: float = RESTART_FIRST_S
    due_s: float | None = None  # when it is started again
    restarts: int = 0
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
        # Refused after it was accepted before: someone is at the configuration or the model, so it is tried again.
        if code in (0, CAMERA_FAILED) or (code == REFUSED and not worker.restarts):
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
            worker.restarts += 1


def groups_of(cameras: Sequence[CameraConfig], workers: int | None = None) -> list[tuple[str, ...]]:
    """Return the cameras in turn over one worker a core."""
    count = min(len(cameras), workers or os.cpu_count() or 1)
    return [tuple(camera.id for camera in cameras[i::count]) for i in range(count)]
