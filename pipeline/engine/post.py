"""A thread that watches one camera, and begins anew where Redis was away or a fault of ours broke the watch off."""

import logging
import threading
from collections.abc import Callable

from models.errors import ModelError
from pipeline.camera import CameraWatch
from pipeline.config import CameraConfig
from pipeline.config_file import LoadedSite
from pipeline.errors import ParvisError

PAUSE_FIRST_S = 0.5
PAUSE_LONGEST_S = 30.0

_log = logging.getLogger(__name__)


class Post(threading.Thread):
    """Watches one camera until it ends or `leave` is called.

    `make` returns a watch of the camera as it is configured at that moment; `refused` is told what makes that
    impossible.
    """

    def __init__(self, camera_id: str, make: Callable[[], CameraWatch], refused: Callable[[ModelError], None]) -> None:
        super().__init__(name=camera_id, daemon=True)
        self._make, self._refused = make, refused
        self._lock = threading.Lock()
        self._watch: CameraWatch | None = None
        self._left = threading.Event()
        self.complete = False

    @property
    def watch(self) -> CameraWatch | None:
        """Return the watch that is going on."""
        return self._watch

    def leave(self) -> None:
        """End the watch soon."""
        with self._lock:
            self._left.set()
            watch = self._watch
        if watch is not None:
            watch.stop()

    def change(self, loaded: LoadedSite, camera: CameraConfig, make: Callable[[], CameraWatch]) -> None:
        """Measure otherwise without connecting anew; `make` is for whatever comes after a fault."""
        with self._lock:
            self._make = make
            watch = self._watch
        if watch is not None:
            watch.change(loaded, camera)

    def run(self) -> None:
        """Watch until the camera ends."""
        pause_s = PAUSE_FIRST_S
        while not self._left.is_set():
            try:
                watch = self._begin()
                if watch is None:
                    return
                self.complete = watch.watch()
                return
            except ParvisError as error:
                _log.error("%s: %s", self.name, error)
            except Exception as error:  # noqa: BLE001 (the edge of a camera: it must not take the others with it)
                if isinstance(error, ModelError):
                    _log.error("%s: %s", self.name, error)
                else:
                    _log.exception("%s: its watch broke off", self.name)
                if self._watch is None or not self._watch.endless:  # a recording would break off there again
                    return
            self._left.wait(pause_s)
            pause_s = min(PAUSE_LONGEST_S, pause_s * 2)

    def _begin(self) -> CameraWatch | None:
        while True:
            make = self._make
            try:
                watch = make()
            except ModelError as error:
                _log.error("%s: %s", self.name, error)
                self._refused(error)
                return None
            with self._lock:
                if make is not self._make:  # changed while the model was loaded
                    continue
                if self._left.is_set():
                    watch.stop()
                self._watch = watch
            return watch
