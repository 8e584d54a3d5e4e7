"""An indicator as its YAML file says it, and a value as it is answered."""

from typing import Annotated, Literal

from pydantic import Field, field_validator

from hypervisor.strict import Bilingual, Body, Id, Many

Better = Literal["higher", "lower", "neither"]
Service = Literal["mobility", "public-space", "cleanliness", "environment", "safety", "operations", "management"]
Line = Annotated[str, Field(min_length=1, max_length=600)]


class Threshold(Body):
    """A value that a public source gives a meaning."""

    at: float
    means: Bilingual
    source: Line = Field(description="where it is published")
    checked: Line | None = Field(default=None, description="against what the figure was checked, or that it was not")


class Example(Body):
    """A small world and what the indicator is in it, reckoned by hand."""

    first: str = Field(default="2026-03-02", pattern=r"^\d{4}-\d\d-\d\d$", description="first local day, from 00:00")
    timezone: str = "Europe/Paris"
    given: dict[str, str] = Field(
        description="series → hours: `12x5` is twelve times 5, `-` not watched, `.` watched without a value, "
        "`4@0.5` half watched; durations → hours, `8+` not ended; numbers → the number"
    )
    value: float | None = Field(description="null: it cannot be computed")
    by_hand: Line = Field(description="how it is reckoned by hand")

    @field_validator("given")
    @classmethod
    def _of_something(cls, value: dict[str, str]) -> dict[str, str]:
        if not value:
            raise ValueError("gives nothing; expected one series at least")
        return value


class Indicator(Body):
    """One indicator."""

    id: Id
    name: Bilingual
    explanation: Bilingual = Field(description="what it says, and to whom")
    formula: Line
    unit: str = Field(max_length=40)
    unit_shown: Bilingual | None = Field(
        default=None, description="the unit as people read it, where it has another name"
    )
    better: Better = Field(description="which way is better")
    service: Service = Field(description="who reads it first")
    minimum_coverage: float = Field(default=0.6, ge=0, le=1, description="below it there is no value")
    thresholds: Many[Threshold] = ()
    source: Line = Field(description="who measures it so, or `Parvis`")
    limits: Bilingual = Field(description="what it does not say")
    example: Example


class Theme(Body):
    """One file."""

    theme: Id
    name: Bilingual
    indicators: Many[Indicator] = Field(min_length=1)


class Value(Body):
    """An indicator of one place and period; either a value or why there is none."""

    indicator: Id
    value: float | None = None
    low: float | None = Field(default=None, description="lower end of the 95 % interval; null: it cannot be told")
    high: float | None = Field(default=None, description="upper end of the 95 % interval; null: it cannot be told")
    unit: str
    coverage: float | None = Field(default=None, description="part of the time that was watched, 0..1")
    n: int | None = Field(default=None, description="local days of which something was watched, or cases that began")
    why: Bilingual | None = Field(default=None, description="why there is no value")
    reason: str | None = Field(default=None, description="the same, for programs", examples=["low-coverage"])
