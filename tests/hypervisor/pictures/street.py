"""Cameras that are watched by a real worker with a real desk, over drawn films."""

import threading
from pathlib import Path
from typing import Any

import cv2
import httpx2 as httpx
import numpy as np
from fastapi.testclient import TestClient
from numpy.typing import NDArray

from pipeline.desk.desk import Desk
from pipeline.redis_line import open_line
from tests.pipeline.engine.bench import Bench, live
from tests.running import until
from tests.served import Server
from tests.sites import draw_walk, load, to_and_fro

END_S = 30.0


class Street:
    """A worker in this process, ticked by a thread of its own, and its desk."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self.folder = server, folder
        self.bench = Bench(server)
        self.desk = Desk(self.bench.worker.windows, lambda: open_line(server.url, folder))
        self._over = threading.Event()
        self._ticking = threading.Thread(target=self._tick, daemon=True)

    def watch(self, *cameras: dict[str, Any]) -> "Street":
        """Film somebody who goes to and fro, and let it be watched."""
        draw_walk(self.folder / "clip.mp4", to_and_fro(4))
        self.bench.watch(load(self.folder, *(cameras or (live(),))))
        self.desk.start()
        self._ticking.start()
        until(lambda: len(self.bench.worker.windows()) == max(1, len(cameras)))
        until(lambda: all(self.server.state(one).get("state") == "running" for one in self.bench.worker.windows()))
        return self

    def close(self) -> None:
        """Let go of everything."""
        self._over.set()
        if self._ticking.is_alive():
            self._ticking.join(END_S)
            self.desk.end()
            assert not self._ticking.is_alive(), "the worker hangs in a tick"  # and not the whole run with it
        self.bench.worker.leave()

    def _tick(self) -> None:
        while not self._over.wait(0.05):
            self.bench.worker.tick()


def asked_until(web: TestClient, path: str, within_s: float = 20.0) -> httpx.Response:
    """Ask again while it is too early."""
    answers: list[httpx.Response] = []

    def answered() -> bool:
        answers.append(web.get(path))
        return answers[-1].status_code != 503

    until(answered, within_s)
    return answers[-1]


def picture_of(data: bytes) -> NDArray[np.uint8]:
    """Return a JPEG as pixels."""
    return np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR), np.uint8)
