"""The past counted again from kept tracks, with other lines and zones: what `parvis recount` does."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pipeline.analysis import Analysis
from pipeline.analyzers.dwell import DwellMeasure
from pipeline.analyzers.line import LineAnalyzer
from pipeline.analyzers.observed import longest_gap_s
from pipeline.analyzers.occupancy import OccupancyMeasure
from pipeline.analyzers.zone import ZoneAnalyzer
from pipeline.config import CameraConfig
from pipeline.kept_tracks import KeptHour, looks_of
from pipeline.runner import follow
from pipeline.tracks import Tracks


@dataclass(frozen=True, slots=True)
class Recount:
    """What one configuration of a camera would have counted."""

    counts: dict[str, dict[str, dict[str, int]]]  # line → class → direction
    zones: dict[str, dict[str, dict[str, float | int | None]]]  # zone → class → figures


def recount(camera: CameraConfig, hours: Sequence[KeptHour]) -> Recount:
    """Count all lines and zones of a camera over kept hours, each hour by itself: no track leads into the next."""
    analysis = Analysis(camera)
    # What other measures need is not kept, nor is any box: crossings are those of feet.
    at_the_foot = tuple(line.model_copy(update={"anchor": "foot"}) for line in camera.lines)
    for hour in hours:
        lines, zones = _places(camera.model_copy(update={"lines": at_the_foot}), hour.labels, hour.interval_s)
        follow(looks_of(hour, 1), [*lines, *zones], analysis)
    return Recount(analysis.counts(), analysis.zones({}))


def recount_looks(camera: CameraConfig, looks: Iterable[Tracks], labels: tuple[str, ...], interval_s: float) -> Recount:
    """Count all lines and zones of a camera over looks that are held in memory, boxes included."""
    analysis, (lines, zones) = Analysis(camera), _places(camera, labels, interval_s)
    follow(looks, [*lines, *zones], analysis)
    inside = {zone.id: one.open_stays for zone, one in zip(camera.zones, zones, strict=True)}
    return Recount(analysis.counts(), analysis.zones(inside))


def _places(
    camera: CameraConfig, labels: tuple[str, ...], interval_s: float
) -> tuple[list[LineAnalyzer], list[ZoneAnalyzer]]:
    """Return the analyzers of crossings and stays."""
    gap_s = longest_gap_s(interval_s)
    lines = [LineAnalyzer(line, labels) for line in camera.lines]
    zones = [ZoneAnalyzer(zone, labels, [OccupancyMeasure(zone), DwellMeasure(zone)], gap_s) for zone in camera.zones]
    return lines, zones
