"""All analyzers of one camera, exchangeable while it runs: lines and zones that stay keep what they know."""

from collections.abc import Callable, Iterable, Iterator

from models.detections import DetectorStatus
from pipeline.analyzers.line import LineAnalyzer
from pipeline.analyzers.measured_line import MeasuredLine
from pipeline.analyzers.observed import Asked, ObservedAnalyzer, longest_gap_s
from pipeline.analyzers.trips import Trips
from pipeline.build import bay_analyzer, ground_of, line_measures, trails_of, zone_analyzer
from pipeline.config import CameraConfig
from pipeline.events import Event
from pipeline.runner import Analyzer
from pipeline.tracks import Tracks

Key = tuple[str, str]
"""What an analyzer is for: `line`, `zone` or `bay`, and its id."""


class Measuring:
    """One analyzer that is all of a camera's; `change` takes effect before the next look, on the thread that looks.

    What is the same in both configurations goes on: a line keeps the side on which it saw each track, a zone its
    stays. What has changed begins anew, and a line that goes tells what its end proves.
    """

    def __init__(
        self, camera: CameraConfig, labels: tuple[str, ...], asked: Asked, status: Callable[[], DetectorStatus]
    ) -> None:
        self._camera, self._labels, self._gap_s = camera, labels, longest_gap_s(asked.interval_s)
        self._ground = ground_of(camera)
        self._trails = trails_of(self._ground)
        self._trips = Trips()
        self._observed = ObservedAnalyzer(asked, status)
        self._wanted: tuple[CameraConfig, Callable[[], None]] | None = None
        self._analyzers: dict[Key, Analyzer] = {key: self._make(key, camera) for key in _keys(camera)}

    def change(self, camera: CameraConfig, then: Callable[[], None]) -> None:
        """Measure what `camera` says, from the next look on; `then` is called when that begins. From any thread."""
        self._wanted = camera, then

    def update(self, tracks: Tracks) -> Iterator[Event]:
        """Return what this look proves."""
        wanted, self._wanted = self._wanted, None
        if wanted is not None:
            yield from self._exchange(wanted[0])
            wanted[1]()
        for analyzer in self._all():
            yield from analyzer.update(tracks)

    def close(self) -> Iterator[Event]:
        """Return what the end of the recording proves."""
        for analyzer in self._all():
            yield from analyzer.close()

    def _all(self) -> list[Analyzer]:
        # Time watched comes last: when it is told, all else up to that moment has been.
        return [*self._analyzers.values(), self._trips, self._observed]

    def _exchange(self, camera: CameraConfig) -> Iterable[Event]:
        before, old = self._camera, self._analyzers
        same_ground = before.calibration == camera.calibration
        if not same_ground:
            self._ground = ground_of(camera)
            self._trails = trails_of(self._ground)
        self._camera = camera
        keeps = {
            key: old[key]
            for key in _keys(camera)
            if key in old and same_ground and _place(before, key) == _place(camera, key)
        }
        self._analyzers = {key: keeps.get(key) or self._make(key, camera) for key in _keys(camera)}
        return [event for key, analyzer in old.items() if key not in keeps for event in analyzer.close()]

    def _make(self, key: Key, camera: CameraConfig) -> Analyzer:
        kind, name = key
        if kind == "line":
            line = next(line for line in camera.lines if line.id == name)
            return MeasuredLine(LineAnalyzer(line, self._labels), line_measures(line, self._trails, self._gap_s))
        zone = next(zone for zone in camera.zones if zone.id == name)
        if kind == "bay":
            return bay_analyzer(zone, self._labels, self._gap_s)
        return zone_analyzer(zone, self._labels, self._gap_s, (self._ground, self._trips))


def _keys(camera: CameraConfig) -> list[Key]:
    lines = [("line", line.id) for line in camera.lines]
    zones = [("zone", zone.id) for zone in camera.zones]
    return [*lines, *zones, *(("bay", zone.id) for zone in camera.zones if "bay" in zone.measures)]


def _place(camera: CameraConfig, key: Key) -> object:
    places = camera.lines if key[0] == "line" else camera.zones
    return next((place for place in places if place.id == key[1]), None)
