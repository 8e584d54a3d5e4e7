"""A worker in the test's own process, driven by hand: real threads, a real server, drawn films."""

from collections.abc import Callable
from typing import Any

from models.detections import Detector
from pipeline.config_file import LoadedSite
from pipeline.engine.control import Order
from pipeline.engine.detectors import Detectors
from pipeline.engine.worker import Worker
from tests.running import until
from tests.served import Server
from tests.sites import bright, camera


class Bench:
    """A worker in this process, driven by hand."""

    def __init__(self, server: Server, detector: Detector | None = None, **options: Any) -> None:
        self.made: list[Detector] = []

        def make(*_: object) -> Detector:
            self.made.append(detector or bright())
            return self.made[-1]

        self.worker = Worker(lambda _: server.connect(), Detectors(make), **options)
        self._number = 0

    def watch(self, loaded: LoadedSite, *cameras: str) -> "Bench":
        self._number += 1
        ids = cameras or tuple(one.id for one in loaded.site.cameras)
        self.worker.follow(Order(number=self._number, path=loaded.path, site=loaded.site, cameras=ids))
        return self

    def until(self, happened: Callable[[], bool]) -> "Bench":
        def ticked() -> bool:
            self.worker.tick()
            return happened()

        until(ticked)
        return self

    def until_over(self) -> dict[str, bool | None]:
        """Wait until every camera has ended; return whether all of it was seen."""
        self.until(lambda: self.worker.over)
        return {one: post.complete for one, post in self.worker._posts.items()}


def live(camera_id: str = "cam", **fields: Any) -> dict[str, Any]:
    """Return a recording in a loop, at its own speed: it stands for a live camera."""
    return camera(camera_id, loop=True, recorded_at=None, pace="realtime", **fields)
