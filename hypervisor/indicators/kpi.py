"""Values as NGSI-LD entities `KeyPerformanceIndicator` (Smart Data Models, v0.2.1), and as a table."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from hypervisor.indicators.library import Library
from hypervisor.indicators.model import Value
from hypervisor.ngsi.forms import CORE_CONTEXT, Entity, geo, instant, moment, prop, urn
from hypervisor.store.values import Message

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
        self,
        place: str | None,
        camera: str | None,
        sensor: str | None,
        location: tuple[float, float] | None,
        step: str = "",
    ) -> None:
        self.place, self.camera, self.sensor, self.location, self.step = place, camera, sensor, location, step

    @property
    def local(self) -> str:
        """Return the part of ids that says where."""
        named = (("place", self.place), ("camera", self.camera), ("sensor", self.sensor))
        local = next((f"{kind}:{name}" for kind, name in named if name), "all")
        return f"{local}:{self.step}" if self.step else local


class Told(NamedTuple):
    """What an entity says of one value, wherever it comes from: an answer, or a message on the bus."""

    indicator: str
    name: str
    explanation: str
    service: str
    formula: str
    unit: str
    value: float
    low: float | None
    high: float | None
    coverage: float | None


def entities(
    library: Library, values: Iterable[Value], where: Where, period: tuple[datetime, datetime], now: datetime
) -> list[Entity]:
    """Return the values as entities; what cannot be computed makes none, because it must not look like a zero."""
    found = []
    for one in values:
        if one.value is not None:
            said = library.all[one.indicator].indicator
            words = (said.name.fr, said.explanation.fr, said.service, said.formula)
            told = Told(one.indicator, *words, one.unit, one.value, one.low, one.high, one.coverage)
            found.append(entity(told, where, period, now))
    return found


def of_message(message: Message) -> list[Entity]:
    """Return the entities of what was reckoned by schedule; a step of its own each, so that no day replaces a month."""
    data = message.data
    kind, _, name = str(data["spot"]).partition("/")
    location = data.get("location")
    named = {"place": None, "camera": None, "sensor": None} | ({kind: name} if kind else {})
    where = Where(**named, location=(location[0], location[1]) if location else None, step=str(data["step"]))
    period = datetime.fromisoformat(data["from"]), datetime.fromisoformat(data["to"])
    found = []
    for one in data["values"]:
        words = (one["name"]["fr"], one["explanation"]["fr"], one["service"], one["formula"])
        figures = (one["unit"], one["value"], one.get("low"), one.get("high"), one.get("coverage"))
        found.append(entity(Told(one["indicator"], *words, *figures), where, period, period[1]))
    return found


def entity(told: Told, where: Where, period: tuple[datetime, datetime], now: datetime) -> Entity:
    """Return one value as an entity."""
    begin, end = (moment(one) for one in period)
    made: Entity = {
        "id": urn("KeyPerformanceIndicator", f"{told.indicator}:{where.local}"),
        "type": "KeyPerformanceIndicator",
        "name": prop(told.name),
        "description": prop(told.explanation),
        "category": prop(["quantitative"]),
        "process": prop(told.service),
        "calculationFormula": prop(told.formula),
        "calculationMethod": prop("automatic"),
        "calculationPeriod": prop({"from": begin, "to": end}),
        "kpiValue": prop(told.value, observed_at=end) | {"unitText": prop(told.unit)},
        "updatedAt": instant(now),
    }
    if told.coverage is not None:
        made["coverage"] = prop(told.coverage, "C62")
    if told.low is not None and told.high is not None:
        made["interval"] = prop({"level": 0.95, "low": told.low, "high": told.high})
    if where.location is not None:
        made["location"] = geo(where.location)
    used = {made["type"], "unitText", *made}
    terms = {name: path if ":" in path else ROOT + path for name, path in sorted(TERMS.items()) if name in used}
    return made | {"@context": [terms, CORE_CONTEXT]}


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
