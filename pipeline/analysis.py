"""The result of one recording (`parvis.analysis/1`): what `parvis analyze` writes."""

import statistics
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, assert_never

import numpy as np

from pipeline.config import CameraConfig
from pipeline.deposit_details import watch_detail
from pipeline.events import (
    Counted,
    Crossing,
    Deposit,
    Dwell,
    Event,
    Level,
    Observed,
    Occupancy,
    Presence,
    Sampled,
    Suspended,
    ZoneWatch,
)
from pipeline.fruin import level_of_service
from pipeline.heat import Flow
from pipeline.measures import PERCENTILES
from pipeline.tracks import Tracks

SCHEMA = "parvis.analysis/1"


@dataclass(slots=True)
class _ZoneClass:
    """Figures of one class in one zone."""

    object_s: float = 0.0
    observed_s: float = 0.0
    most: int = 0
    stays_s: list[float] = field(default_factory=list)

    def take(self, event: Occupancy) -> None:
        """Take one span."""
        span_s = event.end_s - event.start_s
        self.object_s += event.count * span_s
        self.observed_s += span_s
        self.most = max(self.most, event.count)


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
        self.things: list[Deposit | ZoneWatch] = []
        self.size: tuple[int, int] | None = None  # (width, height) of the pictures, px, once one was seen
        self.looks = 0
        self._figures: dict[tuple[str, str, str], _Figure] = {}
        self.heat: dict[str, dict[tuple[str, int], Flow]] = {}  # zone → class and cell → what happened there
        self._zones = {(zone.id, name): _ZoneClass() for zone in camera.zones for name in zone.classes}

    def see(self, tracks: Tracks) -> None:
        """Take the size of the pictures."""
        self.size = tracks.size

    def __call__(self, event: Event) -> None:
        """Take one event."""
        match event:
            case Crossing():
                self.crossings.append(event)
            case Occupancy():
                self._zones[event.zone_id, event.class_name].take(event)
            case Dwell():
                self._zones[event.zone_id, event.class_name].stays_s.append(event.duration_s)
            case Observed() | Suspended():
                self.looks += event.processed
            case Counted() | Level() | Sampled():
                self._figures.setdefault((event.measure, event.place, event.class_name), _Figure()).take(event)
            case Presence():
                self._was_present(event)
            case Deposit() | ZoneWatch():
                self.things.append(event)
            case _:
                assert_never(event)

    def _was_present(self, event: Presence) -> None:
        cells, key = self.heat.setdefault(event.zone_id, {}), (event.class_name, event.cell)
        ms = round(event.end_s * 1000) - round(event.start_s * 1000)
        cells[key] = cells.get(key, Flow()) + Flow(ms, event.dx, event.dy)

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

    def deposit_watch(self) -> list[dict[str, Any]]:
        """Return how well zones were watched for deposits, each change of it."""
        return [
            {"zone": w.zone_id, "time_s": round(w.time_s, 3), **watch_detail(w)}
            for w in sorted(self.things, key=lambda w: (w.time_s, w.zone_id))
            if isinstance(w, ZoneWatch)
        ]

    def events(self) -> list[dict[str, Any]]:
        """Return crossings and deposits as documented, in order of time, place and track or id."""
        rows = [_crossing_row(crossing) for crossing in self.crossings]
        if self.size is not None:
            rows += [_deposit_row(deposit, self.size) for deposit in self.things if isinstance(deposit, Deposit)]
        return sorted(
            rows, key=lambda r: (r["time_s"], r.get("line", r.get("zone")), r.get("track", 0), r.get("id", ""))
        )


def _crossing_row(crossing: Crossing) -> dict[str, Any]:
    return {
        "kind": "crossing",
        "line": crossing.line_id,
        "class": crossing.class_name,
        "direction": crossing.direction,
        "frame": crossing.frame_index,
        "time_s": round(crossing.time_s, 3),
        "track": crossing.track_id,
    }


def _deposit_row(event: Deposit, size: tuple[int, int]) -> dict[str, Any]:
    left, top, width, height = event.box
    return {
        "kind": "deposit",
        "zone": event.zone_id,
        "id": event.deposit_id,
        "state": event.state,
        "type": event.type,
        "name": event.name,
        "time_s": round(event.time_s, 3),
        "first_seen_s": round(event.first_seen_s, 3),
        "cleared_s": None if event.cleared_s is None else round(event.cleared_s, 3),
        "bbox": [
            round(left * size[0], 1),
            round(top * size[1], 1),
            round((left + width) * size[0], 1),
            round((top + height) * size[1], 1),
        ],
        "area_m2": event.area_m2,
        "components": event.components,
        "confidence": round(event.confidence, 2),
    }
