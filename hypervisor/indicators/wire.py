"""What /v1/indicators answers."""

from collections.abc import Iterable
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from hypervisor.indicators.checking import facts_of, parameters_of, series_of
from hypervisor.indicators.library import Library, Ready
from hypervisor.indicators.model import Better, Service, Threshold, Value
from hypervisor.indicators.sources import FACTS
from hypervisor.strict import Bilingual


class IndicatorItem(BaseModel):
    """One indicator, as far as readers need it."""

    model_config = ConfigDict(frozen=True)

    id: str
    theme: str
    theme_name: Bilingual
    name: Bilingual
    explanation: Bilingual
    formula: str
    unit: str
    unit_shown: Bilingual | None
    better: Better
    service: Service
    minimum_coverage: float
    measures: list[str] = Field(description="series of /v1/series that it needs")
    facts: list[Bilingual] = Field(description="what else it needs")
    parameters: list[str] = Field(description="numbers that the city must have written down")
    thresholds: list[Threshold]
    source: str
    limits: Bilingual


class IndicatorList(BaseModel):
    """Indicators, in the order of the library."""

    model_config = ConfigDict(frozen=True)

    items: list[IndicatorItem]
    next: None = None


class ValueList(BaseModel):
    """Indicators of one place (or camera, sensor, or everything) and period."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    from_: datetime = Field(alias="from")
    to: datetime
    place: str | None
    camera: str | None
    sensor: str | None
    items: list[Value]
    next: None = None


def item_of(library: Library, ready: Ready) -> IndicatorItem:
    """Return an indicator as it is told."""
    one = ready.indicator
    said = one.model_dump(exclude={"example", "name", "explanation", "thresholds", "limits", "unit_shown"})
    return IndicatorItem(
        **said,
        theme=ready.theme,
        theme_name=library.themes[ready.theme].name,
        name=one.name,
        explanation=one.explanation,
        limits=one.limits,
        unit_shown=one.unit_shown,
        thresholds=list(one.thresholds),
        measures=list(dict.fromkeys(wish.measure for wish in series_of(ready.node))),
        facts=list(_facts(ready)),
        parameters=list(parameters_of(ready.node)),
    )


def _facts(ready: Ready) -> Iterable[Bilingual]:
    names = dict.fromkeys(one.name for one in facts_of(ready.node))
    return (Bilingual(fr=FACTS[name].fr, en=FACTS[name].en) for name in names if name != "parameter")
