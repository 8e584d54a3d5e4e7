"""The result of one recording (`parvis.analysis/1`): what `parvis analyze` writes."""

import statistics
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, assert_never

import numpy as np

from pipeline.config import CameraConfig
from pipeline.events import Counted, Crossing, Dwell, Event, Level, Observed, Occupancy, Presence, Sampled, Suspended
from pipeline.fruin import level_of_service
from pipeline.heat import Flow
from pipeline.measures import PERCENTILES

SCHEMA = "parvis.analysis/1"


@dataclass(slots=True)
class _ZoneClass:
    """Figures of one class in one zone."""

    object_s: float = 0.0
    observed_s: float = 0.0
    most: int = 0
    stays_s: list[float] = field(default_factory=list)


@dataclass(slots=True)
class _Figure:
    """One measure at one place, for one class."""

    counts: Counter[str] = field(default_factory=Counter)  # by direction; "" without
    level_s: float = 0.0
    watched_s: float = 0.0
    most: float = 0.0
    values: dict[str, list[float]] = field(default_factory=dict)  # by direction, likewise

    def take(self, event: Counted | Level | Sampled) -> None:
        """Take one event."""
        if isinstance(event, Counted):
            self.counts[event.way] += 1
        elif isinstance(event, Sampled):
            self.values.setdefault(event.way, []).append(event.value)
        else:
            self.level_s += event.value * (event.end_s - event.start_s)
            self.watched_s += event.end_s - event.start_s
            self.most = max(self.most, event.value)

    def summary(self) -> dict[str, Any]:
        """Return counts, or mean and maximum of a level, or percentiles of values (of each direction)."""
        if self.counts:
            return {way or "count": n for way, n in sorted(self.counts.items())}
        if self.values:
            ranked = {way: _ranked(values) for way, values in sorted(self.values.items())}
            return ranked if any(ranked) else ranked[""]
        mean = self.level_s / self.watched_s if self.watched_s else 0.0
        return {"mean": round(mean, 3), "max": round(self.most, 3)}


def _ranked(values: list[float]) -> dict[str, float]:
    return {"n": len(values), **{f"p{p}": round(float(np.percentile(values, p)), 3) for p in PERCENTILES}}


class Analysis:
    """Collect the events of one recording; `document` gives the result."""

    def __init__(self, camera: CameraConfig) -> None:
        self._camera = camera
        self.crossings: list[Crossing] = []
        self.looks = 0
        self._figures: dict[tuple[str, str, str], _Figure] = {}
        self.heat: dict[str, dict[tuple[str, int], Flow]] = {}  # zone → class and cell → what happened there
        self._zones = {(zone.id, name): _ZoneClass() for zone in camera.zones for name in zone.classes}

    def __call__(self, event: Event) -> None:
        """Take one event."""
        match event:
            case Crossing():
                self.crossings.append(event)
            case Occupancy():
                zone = self._zones[event.zone_id, event.class_name]
                span_s = event.end_s - event.start_s
                zone.object_s += event.count * span_s
                zone.observed_s += span_s
                zone.most = max(zone.most, event.count)
            case Dwell():
                self._zones[event.zone_id, event.class_name].stays_s.append(event.duration_s)
            case Observed() | Suspended():
                self.looks += event.processed
            case Counted() | Level() | Sampled():
                self._figures.setdefault((event.measure, event.place, event.class_name), _Figure()).take(event)
            case Presence():
                cells, key = self.heat.setdefault(event.zone_id, {}), (event.class_name, event.cell)
                ms = round(event.end_s * 1000) - round(event.start_s * 1000)
                cells[key] = cells.get(key, Flow()) + Flow(ms, event.dx, event.dy)
            case _:
                assert_never(event)

    def counts(self) -> dict[str, dict[str, dict[str, int]]]:
        """Return line → class → direction → crossings, zeros included."""
        counted = Counter((c.line_id, c.class_name, c.direction) for c in self.crossings)
        return {
            line.id: {
                name: {way: counted[line.id, name, way] for way in ("forward", "backward")} for name in line.counted
            }
            for line in self._camera.lines
        }

    def zones(self, still_inside: dict[str, dict[str, int]]) -> dict[str, dict[str, dict[str, float | int | None]]]:
        """Return zone → class → figures; `still_inside` is zone → class → objects at the end."""
        result: dict[str, dict[str, dict[str, float | int | None]]] = {}
        for (zone_id, name), figures in self._zones.items():
            mean = figures.object_s / figures.observed_s if figures.observed_s else None
            result.setdefault(zone_id, {})[name] = {
                "mean": None if mean is None else round(mean, 3),
                "max": figures.most,
                "dwell_p50_s": round(statistics.median(figures.stays_s), 3) if figures.stays_s else None,
                "open": still_inside.get(zone_id, {}).get(name, 0),
            }
        return result

    def measures(self) -> dict[str, dict[str, dict[str, Any]]]:
        """Return measure → place → class → figures, of what happened at all."""
        result: dict[str, dict[str, dict[str, Any]]] = {}
        for (measure, place, name), figure in sorted(self._figures.items()):
            figures: dict[str, Any] = figure.summary()
            if measure == "density":
                figures["level_of_service"] = level_of_service(figures["mean"])
            result.setdefault(measure, {}).setdefault(place, {})[name] = figures
        return result

    def events(self) -> list[dict[str, Any]]:
        """Return the crossings as documented, in order of time, line and track."""
        rows = [
            {
                "kind": "crossing",
                "line": c.line_id,
                "class": c.class_name,
                "direction": c.direction,
                "frame": c.frame_index,
                "time_s": round(c.time_s, 3),
                "track": c.track_id,
            }
            for c in self.crossings
        ]
        return sorted(rows, key=lambda row: (row["time_s"], row["line"], row["track"]))
