"""Values as NGSI-LD entities `KeyPerformanceIndicator` (Smart Data Models, v0.2.1), and as a table."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from hypervisor.indicators.library import Library
from hypervisor.indicators.model import Value
from hypervisor.ngsi.forms import CORE_CONTEXT, Entity, geo, instant, moment, prop, urn

ROOT = "https://smartdatamodels.org/"
TERMS: Mapping[str, str] = {
    "KeyPerformanceIndicator": "dataModel.KeyPerformanceIndicator/KeyPerformanceIndicator",
    "calculationFormula": "dataModel.KeyPerformanceIndicator/calculationFormula",
    "calculationMethod": "dataModel.KeyPerformanceIndicator/calculationMethod",
    "calculationPeriod": "dataModel.KeyPerformanceIndicator/calculationPeriod",
    "category": "dataModel.KeyPerformanceIndicator/category",
    "kpiValue": "dataModel.KeyPerformanceIndicator/kpiValue",
    "process": "dataModel.KeyPerformanceIndicator/process",
    "updatedAt": "dataModel.KeyPerformanceIndicator/updatedAt",
    "description": "description",
    "name": "name",
    "unitText": "https://schema.org/unitText",
    "coverage": "urn:parvis:terms:coverage",
    "interval": "urn:parvis:terms:interval",
}
COLUMNS = (
    *("indicator", "name_fr", "name_en", "place", "camera", "sensor", "from", "to"),
    *("value", "low", "high", "unit", "coverage", "why_fr", "why_en"),
)


class Where:
    """What values are of: at most one of place, camera and sensor, and its location if there is one."""

    def __init__(
        self, place: str | None, camera: str | None, sensor: str | None, location: tuple[float, float] | None
    ) -> None:
        self.place, self.camera, self.sensor, self.location = place, camera, sensor, location

    @property
    def local(self) -> str:
        """Return the part of ids that says where."""
        named = (("place", self.place), ("camera", self.camera), ("sensor", self.sensor))
        return next((f"{kind}:{name}" for kind, name in named if name), "all")


def entities(
    library: Library, values: Iterable[Value], where: Where, period: tuple[datetime, datetime], now: datetime
) -> list[Entity]:
    """Return the values as entities; what cannot be computed makes none, because it must not look like a zero."""
    return [_entity(library, one, where, period, now) for one in values if one.value is not None]


def _entity(library: Library, value: Value, where: Where, period: tuple[datetime, datetime], now: datetime) -> Entity:
    indicator = library.all[value.indicator].indicator
    begin, end = (moment(one) for one in period)
    entity: Entity = {
        "id": urn("KeyPerformanceIndicator", f"{value.indicator}:{where.local}"),
        "type": "KeyPerformanceIndicator",
        "name": prop(indicator.name.fr),
        "description": prop(indicator.explanation.fr),
        "category": prop(["quantitative"]),
        "process": prop(indicator.service),
        "calculationFormula": prop(indicator.formula),
        "calculationMethod": prop("automatic"),
        "calculationPeriod": prop({"from": begin, "to": end}),
        "kpiValue": prop(value.value, observed_at=end) | {"unitText": prop(value.unit)},
        "updatedAt": instant(now),
    }
    if value.coverage is not None:
        entity["coverage"] = prop(value.coverage, "C62")
    if value.low is not None and value.high is not None:
        entity["interval"] = prop({"level": 0.95, "low": value.low, "high": value.high})
    if where.location is not None:
        entity["location"] = geo(where.location)
    used = {entity["type"], "unitText", *entity}
    terms = {name: path if ":" in path else ROOT + path for name, path in sorted(TERMS.items()) if name in used}
    return entity | {"@context": [terms, CORE_CONTEXT]}


def table(library: Library, values: Sequence[Value], where: Where, period: tuple[datetime, datetime]) -> str:
    """Return the values as CSV; without a value the reason stands in its row."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    begin, end = (moment(one) for one in period)
    for one in values:
        name = library.all[one.indicator].indicator.name
        why = ("", "") if one.why is None else (one.why.fr, one.why.en)
        spot = (where.place, where.camera, where.sensor)
        figures = (one.value, one.low, one.high, one.unit, one.coverage)
        writer.writerow([one.indicator, name.fr, name.en, *spot, begin, end, *figures, *why])
    return out.getvalue()
