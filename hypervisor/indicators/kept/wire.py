"""What /v1/indicators answers of values that were reckoned by schedule."""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field

from hypervisor.indicators.kept.change import Verdict
from hypervisor.indicators.kept.periods import Step
from hypervisor.strict import Bilingual


class KeptValue(BaseModel):
    """One period."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    first: date = Field(description="local day with which the period begins")
    from_: datetime = Field(alias="from")
    to: datetime
    value: float | None
    low: float | None = Field(description="lower end of the 95 % interval; null: it cannot be told")
    high: float | None = Field(description="upper end of the 95 % interval; null: it cannot be told")
    coverage: float | None = Field(description="part of the time that was watched, 0..1")
    n: int | None = Field(description="local days of which something was watched, or cases that began")
    definition: str = Field(description="changes with the formula: values of another one are not comparable")
    reason: str | None = Field(description="why there is no value, for programs")
    why: Bilingual | None = Field(description="why there is no value")
    computed_at: datetime


class ChangeTold(BaseModel):
    """The last period against the one before; a day against the same weekday of the week before."""

    model_config = ConfigDict(frozen=True)

    before: float
    value: float
    low: float | None = Field(description="lower end of the 95 % interval of the difference; null: it cannot be told")
    high: float | None = Field(description="upper end of it")
    verdict: Verdict = Field(description="unknown: too few earlier values show how much changes by itself")


class KeptSeries(BaseModel):
    """One indicator."""

    model_config = ConfigDict(frozen=True)

    indicator: str
    unit: str
    points: list[KeptValue] = Field(description="oldest first; a period that is missing was not reckoned")
    change: ChangeTold | None = Field(description="null: there is nothing to compare, or the formula is another")


class KeptList(BaseModel):
    """Indicators of one place (or camera, or everything), by day, week or month."""

    model_config = ConfigDict(frozen=True)

    step: Step
    place: str | None
    camera: str | None
    items: list[KeptSeries]
    withheld: list[str] = Field(description="indicators made of more than who asks may see")
    next: None = None


class ReckonedValue(BaseModel):
    """One value, with what a reader needs to know of it."""

    indicator: str
    name: Bilingual
    explanation: Bilingual
    service: str
    formula: str
    definition: str
    unit: str
    value: float
    low: float | None = None
    high: float | None = None
    coverage: float | None = None
    n: int | None = None


class Reckoned(BaseModel):
    """What is told of one place and period once it was reckoned (`indicator.reckoned`)."""

    spot: str = Field(description="`place/ID`, `camera/ID`, or empty: everything")
    step: Step
    from_: datetime = Field(alias="from")
    to: datetime
    place: str | None = None
    location: tuple[float, float] | None = Field(default=None, description="latitude, longitude (WGS 84)")
    values: list[ReckonedValue] = Field(description="those that could be computed, and are made of cameras alone")
