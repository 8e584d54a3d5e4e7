"""The past counted again from kept tracks, with other lines and zones: what `parvis recount` does."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.analysis import Analysis
from pipeline.analyzers.dwell import DwellMeasure
from pipeline.analyzers.line import LineAnalyzer
from pipeline.analyzers.observed import longest_gap_s
from pipeline.analyzers.occupancy import OccupancyMeasure
from pipeline.analyzers.zone import ZoneAnalyzer
from pipeline.config import CameraConfig
from pipeline.kept_tracks import KeptHour, looks_of
from pipeline.runner import Analyzer, follow


@dataclass(frozen=True, slots=True)
class Recount:
    """What one configuration of a camera would have counted."""

    counts: dict[str, dict[str, dict[str, int]]]  # line → class → direction
    zones: dict[str, dict[str, dict[str, float | int | None]]]  # zone → class → figures


def recount(camera: CameraConfig, hours: Sequence[KeptHour]) -> Recount:
    """Count all lines and zones of a camera over kept hours, each hour by itself: no track leads into the next."""
    analysis = Analysis(camera)
    for hour in hours:
        follow(looks_of(hour, 1), _analyzers(camera, hour), analysis)
    return Recount(analysis.counts(), analysis.zones({}))


def _analyzers(camera: CameraConfig, hour: KeptHour) -> list[Analyzer]:
    """Return the analyzers of crossings and stays: what other measures need is not kept."""
    gap_s = longest_gap_s(hour.interval_s)
    at_the_foot = (line.model_copy(update={"anchor": "foot"}) for line in camera.lines)
    lines = [LineAnalyzer(line, hour.labels) for line in at_the_foot]
    zones = [
        ZoneAnalyzer(zone, hour.labels, [OccupancyMeasure(zone), DwellMeasure(zone)], gap_s) for zone in camera.zones
    ]
    return [*lines, *zones]
