"""Hangs the watch for deposits into a camera's loop, live or of a recording."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.detections import Detections, Detector
from pipeline.cleanliness.watch import CleanlinessWatch, Parts, Quiet, never_quiet
from pipeline.config import CameraConfig, watches_deposits
from pipeline.config_file import LoadedSite
from pipeline.frame import Frame
from pipeline.ground import Ground
from pipeline.quiet import QuietTimes
from pipeline.runner import Analyzer
from pipeline.sanity.watch import Verdict
from pipeline.tracks import Tracks

Track = Callable[[Frame, Detections], Tracks]


@dataclass(frozen=True, slots=True)
class Times:
    """How the events' time stands to the clock: seconds since the Unix epoch of time 0; None where nobody knows."""

    origin_s: float | None

    @staticmethod
    def of(camera: CameraConfig) -> "Times":
        """Return those of a recording that says when it began."""
        return Times(None if camera.recorded_at is None else camera.recorded_at.timestamp())


def hang_in(
    loaded: LoadedSite, camera: CameraConfig, detector: Detector, verdict: Callable[[], Verdict], times: Times
) -> tuple[Callable[[Track], Track], Sequence[Analyzer]]:
    """Return what goes around the tracker, and the analyzers to add: nothing where no zone is watched for deposits.

    Raises:
        Refused: if a calendar cannot be read.
    """
    if not watches_deposits(camera):
        return lambda track: track, ()
    ground = Ground(camera.calibration) if camera.calibration is not None else None
    parts = Parts(
        detector.labels, detector, ground, quiet_for(loaded, camera, times), lambda: verdict().condition == "ok"
    )
    watch = CleanlinessWatch(camera, parts)
    return watch.before, (watch,)


def quiet_for(loaded: LoadedSite, camera: CameraConfig, times: Times) -> Quiet:
    """Return why a zone may be dirty at a moment of the events' time; never, where nobody knows what time it was.

    Raises:
        Refused: if a calendar cannot be read.
    """
    quiet = QuietTimes(camera.schedules, loaded.site.site.timezone, loaded.path.parent)
    origin_s = times.origin_s
    if origin_s is None:
        return never_quiet

    def reason(zone_id: str, time_s: float) -> str | None:
        found = quiet.at(zone_id, origin_s + time_s)
        return None if found is None else found.reason

    return reason
