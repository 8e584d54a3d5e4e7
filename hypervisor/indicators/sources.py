"""What formulas can read: series of cameras and sensors, events and durations of the service, numbers of the city."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from hypervisor.catalogue import ROWS
from hypervisor.history.rows import is_level, unit_of
from hypervisor.indicators.language import Call, FormulaError
from hypervisor.places.figure import adds
from hypervisor.sensors.measures import MEASURES as SENSED
from pipeline.config_faults import did_you_mean
from pipeline.taxonomy import CITY, labels_of

GROUPS: Mapping[str, tuple[str, ...]] = {
    "motor": ("car", "van", "bus", "truck", "motorcyclist"),
    "heavy": ("bus", "truck"),
    "wheels": ("cyclist", "e_scooter"),
}
"""Word for several classes → them."""

WAYS = ("forward", "backward")


class Wanted(NamedTuple):
    """One series that a formula reads."""

    measure: str
    classes: tuple[str, ...]  # under all names that they may be counted by; empty: all
    way: str

    @property
    def is_sensed(self) -> bool:
        """Tell whether it comes from sensors."""
        return self.measure in SENSED

    @property
    def counts(self) -> bool:
        """Tell whether it is a number of things in an hour: more hours, more things."""
        return not is_level(self.measure)

    @property
    def is_added(self) -> bool:
        """Tell whether figures of different ground add up; those of other measures are averaged."""
        return self.counts or (not self.is_sensed and adds(self.measure))

    @property
    def unit(self) -> str:
        """Return its unit."""
        return unit_of(self.measure)


Sort = Literal["events", "times", "number"]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that the hypervisor knows of itself, or that the city wrote down."""

    sort: Sort
    unit: str
    named: Mapping[str, tuple[str, ...]]  # what may be given → its values; empty: any
    required: tuple[str, ...] = ()
    fr: str = ""
    en: str = ""


PARAMETERS: Mapping[str, tuple[str, str, str]] = {
    "camera_cost": ("EUR/camera/d", "coût complet d'une caméra par jour", "full cost of a camera a day"),
    "cleaning_cost": (
        "EUR/d",
        "coût du nettoiement des lieux observés par jour",
        "cost of cleaning the watched places a day",
    ),
    "crossing_cost": ("EUR/crossing", "coût d'un passage compté à la main", "cost of a passage counted by hand"),
    "inhabitants": ("inhabitant", "habitants du périmètre", "inhabitants of the area"),
}
"""Number that a city writes down → unit, French, English."""

_CASES = {"topic": (), "severity": ("informational", "low", "medium", "high", "critical")}
FACTS: Mapping[str, Fact] = {
    "cases_opened": Fact("events", "case", _CASES, (), "dossiers ouverts", "cases opened"),
    "cases_resolved": Fact("events", "case", _CASES, (), "dossiers résolus", "cases resolved"),
    "cases_reopened": Fact("events", "case", _CASES, (), "dossiers rouverts", "cases reopened"),
    "cases_shared": Fact(
        "events", "case", _CASES, (), "dossiers partagés avec un autre service", "cases shared with another service"
    ),
    "alerts_opened": Fact("events", "alert", _CASES, (), "alertes ouvertes", "alerts opened"),
    "acts": Fact(
        "events", "act", {"action": ()}, (), "actes du journal d'audit, par type", "acts in the audit log, by type"
    ),
    "acknowledgement_times": Fact(
        "times",
        "h",
        _CASES,
        (),
        "de l'ouverture d'un dossier à sa prise en compte",
        "from a case's opening to its acknowledgement",
    ),
    "resolution_times": Fact(
        "times",
        "h",
        _CASES,
        (),
        "de l'ouverture d'un dossier à sa résolution",
        "from a case's opening to its resolution",
    ),
    "alert_times": Fact("times", "h", _CASES, (), "durée des alertes", "how long alerts last"),
    "deposit_times": Fact(
        "times", "h", {"type": ()}, (), "durée de présence des dépôts, par sorte", "how long deposits stay, by kind"
    ),
    "cameras": Fact("number", "camera", {}, (), "nombre de caméras décrites", "number of cameras described"),
    "sensors": Fact("number", "sensor", {}, (), "nombre de capteurs enregistrés", "number of sensors registered"),
    "members_active": Fact(
        "number",
        "member",
        {},
        (),
        "membres dont le journal d'audit garde un acte",
        "members with an act in the audit log",
    ),
    "services_active": Fact(
        "number",
        "service",
        {},
        (),
        "services dont le journal d'audit garde un acte",
        "services with an act in the audit log",
    ),
    "parameter": Fact(
        "number",
        "",
        {"name": tuple(PARAMETERS)},
        ("name",),
        "nombre que la ville écrit",
        "number that the city writes down",
    ),
}
"""Name → what it is."""


def wanted(call: Call) -> Wanted | None:
    """Return the series that a call reads; None if it is none.

    Raises:
        FormulaError: if it asks what the series does not have.
    """
    if call.name not in ROWS and call.name not in SENSED:
        return None
    row = ROWS.get(call.name)
    allowed = ("class", "way") if row is None or row.directed else ("class",)
    named = _checked(call, dict.fromkeys(allowed, ()), ())
    classes = _classes(call, named.get("class", ""))
    way = named.get("way", "")
    if way and way not in WAYS:
        raise FormulaError(call.at, f"way {way!r} is unknown; expected forward or backward")
    found = Wanted(call.name, classes, way)
    if len(_names(named.get("class", ""))) > 1 and not found.is_added:
        raise FormulaError(call.at, f"{call.name} of several classes cannot be added; expected one class")
    return found


def fact(call: Call) -> Fact | None:
    """Return the fact that a call reads; None if it is none.

    Raises:
        FormulaError: if it asks what there is not.
    """
    found = FACTS.get(call.name)
    if found is None:
        return None
    named = _checked(call, found.named, found.required)
    if call.name == "parameter":
        unit, fr, en = PARAMETERS[named["name"]]
        return Fact("number", unit, found.named, found.required, fr, en)
    return found


def _checked(call: Call, allowed: Mapping[str, tuple[str, ...]], required: tuple[str, ...]) -> dict[str, str]:
    named = dict(call.named)
    if call.arguments:
        raise FormulaError(call.at, f"{call.name} is of nothing; expected {call.name}({', '.join(allowed)}=…)")
    for key, value in named.items():
        if key not in allowed:
            listed = ", ".join(allowed) or "nothing"
            raise FormulaError(call.at, f"{call.name} has no {key}{did_you_mean(key, allowed)}; expected {listed}")
        if allowed[key] and value not in allowed[key]:
            listed = ", ".join(allowed[key])
            raise FormulaError(
                call.at, f"{key} {value!r} is unknown{did_you_mean(value, allowed[key])}; expected one of {listed}"
            )
    if missing := [key for key in required if key not in named]:
        raise FormulaError(call.at, f'{call.name} lacks {missing[0]}; expected {missing[0]}="…"')
    return named


def _classes(call: Call, text: str) -> tuple[str, ...]:
    """Return the names under which classes may be counted: `pedestrian` is `person` at lines that ask so."""
    if not text:
        return ()
    found: dict[str, None] = {}
    for name in _names(text):
        if not name or not name.replace("_", "a").isalnum():
            raise FormulaError(call.at, f"class {text!r} is none; expected names such as {', '.join([*CITY, *GROUPS])}")
        found |= dict.fromkeys((name, *labels_of(name)))
    return tuple(found)


def _names(text: str) -> tuple[str, ...]:
    return GROUPS.get(text, tuple(text.split(",")))
