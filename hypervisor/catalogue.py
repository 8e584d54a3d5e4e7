"""What /v1/series can be asked for: each series with its unit, the places it has, and how it is read from a bucket."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from hypervisor import figures
from hypervisor.feed import Bucket
from pipeline import measures
from pipeline.measures import Subject
from pipeline.observation import CameraDescription


class Key(NamedTuple):
    """One series of a camera: line × class × direction, or zone × class with an empty direction or a way."""

    place: str
    class_name: str
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One measure of /v1/series."""

    unit: str
    subject: Subject
    asked_by: str  # the zone's measure that it needs; "" where it comes without asking
    directed: bool
    read: Callable[[Bucket, Key], float | int | None]
    by_class: bool = True  # False: all classes of a place together
    to: str = ""  # `zones`: one series for each other zone; `edges`: for each pair of the zone's edges

    def places(self, camera: CameraDescription) -> list[tuple[str, tuple[str, ...]]]:
        """Return where a camera has it: ids and classes."""
        if self.subject == "line":
            return [(line.id, self._classes(line.classes)) for line in camera.lines if self._is_asked(line.measures)]
        return [(zone.id, self._classes(zone.classes)) for zone in camera.zones if self._is_asked(zone.measures)]

    def _is_asked(self, names: tuple[str, ...]) -> bool:
        return self.asked_by in ("", *names)

    def _classes(self, classes: tuple[str, ...]) -> tuple[str, ...]:
        return classes if self.by_class else (measures.ALL_CLASSES,)

    def ways(self, camera: CameraDescription, place: str) -> tuple[str, ...]:
        """Return the ways that make series of their own at a place."""
        if self.directed:
            return ("forward", "backward")
        if self.to == "zones":
            return tuple(zone for zone, _ in self.places(camera) if zone != place)
        if self.to == "edges":
            edges = next(zone.edges for zone in camera.zones if zone.id == place)
            return tuple(f"{entry}>{way_out}" for entry in edges for way_out in edges)
        return ("",)

    def names(self, key: Key) -> dict[str, str]:
        """Return the members of an answer that say which series it is."""
        named = {self.subject: key.place, "class": key.class_name}
        if self.directed:
            return named | {"direction": key.direction}
        if self.to == "edges":
            return named | dict(zip(("from", "to"), key.direction.split(">"), strict=True))
        return named | ({"to": key.direction} if self.to else {})


def _dwell(share: float) -> Row:
    return Row("s", "zone", "dwell", False, lambda bucket, key: figures.dwell(bucket, key.place, key.class_name, share))


def _reader(series: str, name: str, kind: measures.Kind) -> Callable[[Bucket, Key], float | int | None]:
    if kind == "count":
        return lambda bucket, key: figures.counted(bucket, name, *key)
    if kind == "distribution":
        share = int(series.rpartition("_p")[2]) / 100
        return lambda bucket, key: figures.value(bucket, name, key, share)
    if series.endswith("_max"):
        return lambda bucket, key: figures.level_max(bucket, name, key.place, key.class_name)
    return lambda bucket, key: figures.level_mean(bucket, name, key.place, key.class_name)


ROWS: dict[str, Row] = {
    "crossings": Row("crossing", "line", "", True, lambda bucket, key: figures.crossings(bucket, *key)),
    "flow_rate": Row("crossing/h", "line", "", True, lambda bucket, key: figures.flow_rate(bucket, *key)),
    "occupancy": Row("object", "zone", "occupancy", False, lambda b, key: figures.occupancy_mean(b, *key[:2])),
    "occupancy_max": Row("object", "zone", "occupancy", False, lambda b, key: figures.occupancy_max(b, *key[:2])),
    "dwell_p50": _dwell(0.5),
    "dwell_p90": _dwell(0.9),
    **{
        series: Row(
            row.unit, row.subject, row.asked_by, row.directed, _reader(series, name, row.kind), row.by_class, row.to
        )
        for series, (name, row) in measures.SERIES.items()
    },
}
"""Series name → what it is."""
