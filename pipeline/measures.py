"""The measures beyond crossings, occupancy and dwell: one row each, known to both sides (standard library only).

Each measure is one of three kinds. What its bucket fields hold follows from the kind (`pipeline.keys`), and so do the
names under which `/v1/series` gives it:

| kind | is | series |
|---|---|---|
| `count` | how often something happened | the measure's name |
| `gauge` | a level over time | the name: mean over the time watched; name`_max` |
| `distribution` | a value of each object | name`_p50`, name`_p85`, name`_p90` |
"""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["count", "gauge", "distribution"]
Subject = Literal["line", "zone"]
PERCENTILES = (50, 85, 90)
ALL_CLASSES = "all"
"""Stands for the class where a measure is of all classes together."""


@dataclass(frozen=True, slots=True)
class Measure:
    """What one measure is."""

    kind: Kind
    unit: str
    subject: Subject
    asked_by: str  # of the line's or zone's `measures`; "" where it comes without asking
    directed: bool = False  # one series for each direction of a line
    to: Literal["", "zones", "edges"] = ""  # one series for each other zone with this measure, or pair of edges
    needs_ground: bool = False  # the camera's `calibration`
    by_class: bool = True  # False: all classes of the place together, under `ALL_CLASSES`

    def series(self, name: str) -> tuple[str, ...]:
        """Return the names of its series."""
        if self.kind == "count":
            return (name,)
        if self.kind == "gauge":
            return (name, f"{name}_max")
        return tuple(f"{name}_p{p}" for p in PERCENTILES)


MEASURES: dict[str, Measure] = {
    "entries": Measure("count", "object", "zone", "entries"),
    "exits": Measure("count", "object", "zone", "entries"),
    "speed": Measure("distribution", "km/h", "line", "speed", directed=True, needs_ground=True),
    "zone_speed": Measure("distribution", "km/h", "zone", "speed", needs_ground=True),
    "headway": Measure("distribution", "s", "line", "headway", directed=True),
    "bay_occupied": Measure("gauge", "share of time", "zone", "bay", by_class=False),
    "bay_turnover": Measure("count", "object", "zone", "bay", by_class=False),
    "od": Measure("count", "object", "zone", "od", to="zones"),
    "turns": Measure("count", "object", "zone", "edges", to="edges"),
    "queue": Measure("gauge", "object", "zone", "queue"),
    "wait": Measure("distribution", "s", "zone", "queue"),
    "crowded": Measure("gauge", "share of time", "zone", "crowding", by_class=False),
    "wrong_way": Measure("count", "crossing", "line", "wrong_way"),
    "stopped": Measure("count", "object", "zone", "stopped"),
    "stopped_now": Measure("gauge", "object", "zone", "stopped"),
    "deposits": Measure("gauge", "deposit", "zone", "deposits", by_class=False),
    "deposits_opened": Measure("count", "deposit", "zone", "deposits", by_class=False),
    "deposits_cleared": Measure("count", "deposit", "zone", "deposits", by_class=False),
    "dirty": Measure("gauge", "% of the zone", "zone", "deposits", by_class=False),
    "deposits_watched": Measure("gauge", "share of time", "zone", "deposits", by_class=False),
    "smallest": Measure("gauge", "cm", "zone", "deposits", by_class=False),
    "density": Measure("gauge", "1/m²", "zone", "density", needs_ground=True),
}
"""Name → measure. An analyzer emits `Counted`, `Level` or `Sampled` under these names."""

SERIES: dict[str, tuple[str, Measure]] = {
    series: (name, measure) for name, measure in MEASURES.items() for series in measure.series(name)
}
"""Name of a series → its measure's name and row."""
