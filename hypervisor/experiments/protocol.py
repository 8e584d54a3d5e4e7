"""What will be tried, and how it will be judged: written down before it starts, and frozen then.

Whoever may change the question after the answer finds an effect in anything; so a protocol that has started is sealed
by a hash, and what was changed before is kept with it.
"""

import hashlib
import json
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, model_validator

from hypervisor.strict import Body, Id, Many, Text

Prose = Annotated[str, Field(min_length=1, max_length=2000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")]
LEAST_TRIAL_D = 7
LEAST_BASELINE_D = 14
MOST_DAYS = 800


class Period(Body):
    """Whole days, the first and the last included, in the site's time zone."""

    first: date = Field(strict=False)
    last: date = Field(strict=False)

    @model_validator(mode="after")
    def _in_order(self) -> "Period":
        if self.last < self.first:
            raise ValueError(f"ends on {self.last}, before it begins on {self.first}")
        return self

    @property
    def days(self) -> int:
        """Return how many days it has."""
        return (self.last - self.first).days + 1


class Spot(Body):
    """Where something is measured: a line or zone of a camera, a whole camera, or a sensor."""

    camera: Id | None = None
    sensor: Id | None = None
    subject: Id | None = Field(default=None, description="a line or zone of the camera; without: all of them")

    @model_validator(mode="after")
    def _one_of_them(self) -> "Spot":
        if (self.camera is None) == (self.sensor is None):
            raise ValueError("expected either a camera or a sensor")
        return self

    def __str__(self) -> str:
        return f"{self.camera or self.sensor}{f'/{self.subject}' if self.subject else ''}"


class Outcome(Body):
    """What it is judged by: one series of each place."""

    measure: Annotated[str, Field(pattern=r"^[a-z0-9_]{1,40}$", description="as /v1/series names it")]
    class_name: Annotated[str, Field(alias="class", max_length=40)] = ""
    way: Annotated[str, Field(max_length=130, description="a direction; without: both")] = ""
    scale: Literal["ratio", "difference"] = Field(
        default="ratio", description="`ratio`: relative change, of counts and speeds; `difference`: in the series' unit"
    )
    wanted: Literal["more", "less", "either"] = Field(default="either", description="which way would be better")
    smallest: float = Field(
        gt=0, description="the smallest effect that matters: a share (0.1 is 10 %) under `ratio`, else in the unit"
    )


class Protocol(Body):
    """All that is said before an experiment starts."""

    title: Text
    question: Prose
    hypothesis: Prose
    tried: Prose = Field(description="what is done, where, by whom")
    service: Id = Field(description="who answers for it")
    outcome: Outcome
    treated: Many[Spot] = Field(min_length=1, max_length=50)
    controls: Many[Spot] = Field(default=(), max_length=50, description="places like them, where nothing is changed")
    baseline: Period
    trial: Period
    weather: Id | None = Field(default=None, description="a sensor of precipitation or temperature")
    holidays: Many[Annotated[date, Field(strict=False)]] = Field(default=(), max_length=400)

    @model_validator(mode="after")
    def _can_be_judged(self) -> "Protocol":
        if self.trial.first <= self.baseline.last:
            raise ValueError(f"trial: begins on {self.trial.first}; expected after the baseline ends")
        if self.trial.days < LEAST_TRIAL_D:
            raise ValueError(
                f"trial: lasts {self.trial.days} days; expected {LEAST_TRIAL_D} at least: each weekday once"
            )
        if self.baseline.days < LEAST_BASELINE_D:
            raise ValueError(f"baseline: lasts {self.baseline.days} days; expected {LEAST_BASELINE_D} at least")
        if self.days > MOST_DAYS:
            raise ValueError(f"lasts {self.days} days in all; expected {MOST_DAYS} at most")
        twice = {str(one) for one in self.treated} & {str(one) for one in self.controls}
        if twice:
            raise ValueError(f"controls: {', '.join(sorted(twice))} is treated too; a control must be left alone")
        return self

    @property
    def days(self) -> int:
        """Return the days from the first of the baseline to the last of the trial."""
        return (self.trial.last - self.baseline.first).days + 1

    def day(self, n: int) -> date:
        """Return the n-th day, 0 for the first of the baseline."""
        return self.baseline.first + timedelta(days=n)

    def seal(self) -> str:
        """Return the SHA-256 of the protocol as canonical JSON, hexadecimal."""
        document = json.loads(self.model_dump_json(by_alias=True))
        text = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


class Draft(Body):
    """A protocol as it was before a change."""

    at: datetime
    actor: str
    protocol: Protocol
