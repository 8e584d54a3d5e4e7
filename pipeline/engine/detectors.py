"""The detectors of one worker: cameras that want the same share one, and nobody else's change touches it."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import cast
from weakref import WeakValueDictionary

from models.detections import Detector
from pipeline.build import detector_for, looked_for
from pipeline.config import CameraConfig, DetectorConfig
from pipeline.config_file import LoadedSite
from pipeline.pace.region import Resizable

SMALLEST_PX = 256
RULES = frozenset({"fps", "region", "tiles"})
"""Settings that say when and where a detector looks, not what it is."""

Make = Callable[[DetectorConfig, tuple[CameraConfig, ...], Path], Detector]
Key = tuple[str, frozenset[str]]


class Detectors:
    """Made when they are asked for first, kept as long as a camera holds them."""

    def __init__(self, make: Make = detector_for) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: WeakValueDictionary[Key, Detector] = WeakValueDictionary()

    def of(self, loaded: LoadedSite, camera: CameraConfig) -> Detector:
        """Return a detector for a camera: one that others have already, if it sees all that this one counts.

        Raises:
            models.errors.ModelError: if the model cannot be used.
        """
        return self._shared(loaded, camera, loaded.site.detector_of(camera))

    def sees_all(self, detector: Detector, camera: CameraConfig) -> bool:
        """Return whether a detector of ours finds everything that a camera counts."""
        with self._lock:
            known = [classes for (_, classes), made in self._made.items() if made is detector]
        return any(classes >= looked_for((camera,)) for classes in known)

    def small_of(self, loaded: LoadedSite, camera: CameraConfig, full: Detector) -> Detector | None:
        """Return the same with half the input's sides; None if it cannot be smaller.

        Raises:
            models.errors.ModelError: if it cannot be made.
        """
        usual_px = getattr(full, "input_px", None)
        if not isinstance(usual_px, int) or usual_px // 2 < SMALLEST_PX:
            return None
        if hasattr(full, "at_input"):
            return cast(Resizable, full).at_input(usual_px // 2)
        config = loaded.site.detector_of(camera).model_copy(update={"input": usual_px // 2})
        return self._shared(loaded, camera, config)

    def _shared(self, loaded: LoadedSite, camera: CameraConfig, config: DetectorConfig) -> Detector:
        settings = config.model_dump_json(exclude=set(RULES))
        wanted = looked_for((camera,))
        with self._lock:
            for (known, classes), detector in self._made.items():
                if known == settings and classes >= wanted:
                    return detector
            # Of all cameras that have the same settings: when one of them comes to this worker, it is there already.
            ours = {one: loaded.site.detector_of(one) for one in loaded.site.cameras}
            alike = tuple(
                one
                for one, theirs in ours.items()
                if one == camera or _is_like(theirs, loaded.site.detector_of(camera))
            )
            detector = self._make(config, alike, loaded.path.parent)
            self._made[(settings, looked_for(alike))] = detector
            return detector


def _is_like(one: DetectorConfig, other: DetectorConfig) -> bool:
    return one.model_dump(exclude=set(RULES)) == other.model_dump(exclude=set(RULES))
