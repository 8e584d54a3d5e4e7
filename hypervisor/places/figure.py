"""One figure out of several cameras' buckets: pure functions. `hypervisor.places.model` states the semantics."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from hypervisor import figures
from hypervisor.catalogue import ROWS, Key
from hypervisor.feed import Bucket
from hypervisor.places.model import Place, Semantics, View
from pipeline.measures import SERIES
from pipeline.observation import CameraDescription

Status = Literal["observed", "partial", "not_observed", "suppressed"]
Combined = Literal["sum", "max", "primary"]
ADDED_UNITS = frozenset({"object", "deposit"})
TURNED = {"forward": "backward", "backward": "forward"}


class Reading(NamedTuple):
    """A figure of one bucket, and how far it can be read."""

    value: float | None
    status: Status
    coverage: float  # 0..1


@dataclass(frozen=True, slots=True)
class Source:
    """What one camera gives: the series of it that make the figure."""

    camera: str
    keys: tuple[Key, ...]


NOTHING = Reading(None, "not_observed", 0.0)


def adds(series: str) -> bool:
    """Tell whether figures of different ground may be added: counts and mean numbers of things."""
    if series not in SERIES:
        return series in ("crossings", "flow_rate", "occupancy")
    _, row = SERIES[series]
    return row.kind == "count" or (row.kind == "gauge" and row.unit in ADDED_UNITS and not series.endswith("_max"))


def how(series: str, semantics: Semantics) -> Combined:
    """Return how the figures of several cameras become one."""
    return "max" if semantics == "sum" and not adds(series) else semantics


def sources_of_place(
    place: Place, cameras: dict[str, CameraDescription], series: str, class_name: str | None, direction: str | None
) -> list[Source]:
    """Return what makes a measure of a place; views that do not have it are left out."""
    found = []
    for view in place.views:
        camera = cameras.get(view.camera)
        if camera is not None:
            keys = tuple(_keys(camera, view, series, class_name, direction))
            if keys:
                found.append(Source(camera.id, keys))
    return found


def sources_of_camera(
    camera: CameraDescription, series: str, place: str | None, class_name: str | None, direction: str | None
) -> list[Source]:
    """Return what makes a measure at a line or zone of one camera, or at all of them."""
    keys = tuple(
        Key(name, one, way)
        for name, classes in ROWS[series].places(camera)
        if place in (None, name)
        for one in classes
        if class_name in (None, one)
        for way in ROWS[series].ways(camera, name)
        if direction in (None, way)
    )
    return [Source(camera.id, keys)] if keys else []


def _keys(
    camera: CameraDescription, view: View, series: str, class_name: str | None, direction: str | None
) -> Iterator[Key]:
    row = ROWS[series]
    turned = {one.line: one.reverse for one in view.lines}
    mine = turned if row.subject == "line" else dict.fromkeys(view.zones, False)
    for name, classes in row.places(camera):
        for one in classes if name in mine else ():
            for way in row.ways(camera, name) if class_name in (None, one) else ():
                # Both ways of a line together need no turning.
                meant = TURNED.get(way, way) if mine[name] else way
                if direction in (None, meant):
                    yield Key(name, one, way)


def read(series: str, keys: Sequence[Key], bucket: Bucket, length_s: float) -> Reading:
    """Return what one camera gives of a bucket: its lines and zones are different ground."""
    covered = figures.coverage(bucket, length_s)
    if covered <= 0:
        return NOTHING
    values = [value for key in keys if (value := ROWS[series].read(bucket, key)) is not None]
    status: Status = "observed" if covered >= figures.OBSERVED else "partial"
    if not values:
        return Reading(None, status, covered)
    return Reading(sum(values) if adds(series) else max(values), status, covered)


def combine(readings: Sequence[Reading], combined: Combined) -> Reading:
    """Return the figure of a place out of its cameras', given in the order of its views."""
    if not readings:
        return NOTHING
    if any(one.status == "suppressed" for one in readings):
        return Reading(None, "suppressed", max(one.coverage for one in readings))
    if combined == "sum":
        return _sum(readings)
    if combined == "primary":
        return next((one for one in readings if one.status == "observed"), max(readings, key=_coverage))
    # One that watched all the time is a whole figure; others may only say that it was more.
    best = max(readings, key=_coverage)
    values = _values(readings)
    return Reading(max(values) if values else None, best.status, best.coverage)


def _sum(readings: Sequence[Reading]) -> Reading:
    """Add up. What nobody watched is missing in the sum, so it is partial and its coverage is the mean."""
    covered = sum(one.coverage for one in readings) / len(readings)
    values = _values(readings)
    if covered <= 0:
        return NOTHING
    status: Status = "observed" if all(one.status == "observed" for one in readings) else "partial"
    return Reading(sum(values) if values else None, status, covered)


def _coverage(reading: Reading) -> float:
    return reading.coverage


def _values(readings: Iterable[Reading]) -> list[float]:
    return [one.value for one in readings if one.value is not None]
