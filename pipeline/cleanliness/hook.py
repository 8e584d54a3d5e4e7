"""Hangs the watch for deposits into a camera's loop, live or of a recording."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from models.detections import Detections, Detector
from pipeline.cleanliness.watch import CleanlinessWatch, Parts, Quiet, never_quiet
from pipeline.config import CameraConfig, watches_deposits
from pipeline.config_file import LoadedSite
from pipeline.frame import Frame
from pipeline.ground import Ground
from pipeline.orders import Order
from pipeline.quiet import QuietTimes
from pipeline.runner import Analyzer
from pipeline.sanity.watch import Verdict
from pipeline.tracks import Tracks

Track = Callable[[Frame, Detections], Tracks]


@dataclass(frozen=True, slots=True)
class Outside:
    """What comes to a watch from outside."""

    origin_s: float | None  # of the events' time 0, seconds since the Unix epoch; None where nobody knows
    orders: Callable[[], Iterable[Order]] = lambda: ()  # what operators said since the last time

    @staticmethod
    def of(camera: CameraConfig) -> "Outside":
        """Return that of a recording, which says when it began or does not; nobody speaks of it."""
        return Outside(None if camera.recorded_at is None else camera.recorded_at.timestamp())


def hang_in(
    loaded: LoadedSite, camera: CameraConfig, detector: Detector, verdict: Callable[[], Verdict], outside: Outside
) -> tuple[Callable[[Track], Track], Sequence[Analyzer]]:
    """Return what goes around the tracker, and the analyzers to add: nothing where no zone is watched for deposits.

    Raises:
        Refused: if a calendar cannot be read.
    """
    if not watches_deposits(camera):
        return lambda track: track, ()
    ground = Ground(camera.calibration) if camera.calibration is not None else None
    parts = Parts(
        detector.labels,
        detector,
        ground,
        quiet_for(loaded, camera, outside),
        outside.orders,
        lambda: verdict().condition == "ok",
    )
    watch = CleanlinessWatch(camera, parts)
    return watch.before, (watch,)


def quiet_for(loaded: LoadedSite, camera: CameraConfig, outside: Outside) -> Quiet:
    """Return why a zone may be dirty at a moment of the events' time; never, where nobody knows what time it was.

    Raises:
        Refused: if a calendar cannot be read.
    """
    quiet = QuietTimes(camera.schedules, loaded.site.site.timezone, loaded.path.parent)
    origin_s = outside.origin_s
    if origin_s is None:
        return never_quiet

    def reason(zone_id: str, time_s: float) -> str | None:
        found = quiet.at(zone_id, origin_s + time_s)
        return None if found is None else found.reason

    return reason
