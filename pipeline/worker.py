"""The cameras of one worker process, a thread each."""

import logging
import signal
import threading
from collections.abc import Callable, Sequence
from functools import partial

from models.detections import Detector
from pipeline.camera import CameraWatch
from pipeline.config import CameraConfig
from pipeline.config_file import LoadedSite
from pipeline.errors import ParvisError
from pipeline.redis_client import RedisClient
from pipeline.settle import settle
from pipeline.supervisor import CAMERA_FAILED, RESTART_LONGEST_S

PAUSE_FIRST_S = 0.5

_log = logging.getLogger(__name__)


def work(
    loaded: LoadedSite, cameras: Sequence[CameraConfig], detector: Detector, connect: Callable[[], RedisClient]
) -> int:
    """Watch some cameras in this process, a thread each, until all end; return 0, or `CAMERA_FAILED` if one did."""
    posts = [_Post(partial(CameraWatch, loaded, camera, detector, connect), camera.id) for camera in cameras]

    def end(number: int, _frame: object) -> None:
        for post in posts:
            post.leave()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    settle()
    for post in posts:
        post.start()
    for post in posts:
        post.join()
    return 0 if all(post.complete for post in posts) else CAMERA_FAILED


class _Post(threading.Thread):
    """Watches one camera, and begins anew where Redis was not there or a fault of ours ended a live camera's watch."""

    def __init__(self, watch_anew: Callable[[], CameraWatch], camera_id: str) -> None:
        super().__init__(name=camera_id)
        self._watch_anew = watch_anew
        self._watch = watch_anew()
        self._left = threading.Event()
        self.complete = False

    def leave(self) -> None:
        """End the watch soon."""
        self._left.set()
        self._watch.stop()

    def run(self) -> None:
        """Watch until the camera ends."""
        pause_s = PAUSE_FIRST_S
        while not self._left.is_set():
            try:
                self.complete = self._watch.watch()
                return
            except ParvisError as error:
                _log.error("%s: %s", self.name, error)
            except Exception:  # noqa: BLE001 (the edge of a camera: it must not take the others with it)
                _log.exception("%s: its watch broke off", self.name)
                if not self._watch.endless:  # a recording would break off there again
                    return
            self._left.wait(pause_s)
            pause_s = min(RESTART_LONGEST_S, pause_s * 2)
            self._watch = self._watch_anew()
