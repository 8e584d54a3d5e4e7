"""A recommendation as it is kept: what a city may decide, the evidence, and what became of it."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from hypervisor.experiments.protocol import Prose
from hypervisor.recommendations.rule import Cost
from hypervisor.strict import Bilingual, Body, Id, Many

State = Literal["new", "accepted", "refused", "snoozed"]
MOST_CHANGES = 50
Day = Annotated[date, Field(strict=False)]


class Amount(Body):
    """A number with its 95 % interval."""

    value: float
    low: float
    high: float
    unit: str


class SeriesSeen(Body):
    """A series that was looked at, as /v1/series names it."""

    measure: str
    camera: str = ""
    sensor: str = ""
    subject: str = ""
    class_name: str = Field(default="", alias="class")


class Evidence(Body):
    """Out of what it follows."""

    series: Many[SeriesSeen]
    first: Day
    last: Day
    n: int = Field(description="days that were watched and judged")
    watched: float = Field(description="share of the days asked about, 0..1")
    memory: float = Field(description="how far days resemble each other, 0..1; intervals are widened by it")
    p: float = Field(description="probability of such evidence if there were nothing")
    q: float = Field(description="the share of chance findings at which it is still believed (Benjamini and Hochberg)")
    asked: int = Field(description="questions that were asked of the whole site at once")
    excess: Amount = Field(
        description="by how much the bound is passed; of what goes with something (rain, traffic): how strongly"
    )
    source: str = Field(description="where the bound comes from")
    picture: str = Field(description="SVG: the days, and an ordinary day")
    picture_says: Bilingual = Field(description="how the picture is read")


class Expected(Body):
    """What is expected of it. Without a value: unknown."""

    effect: Amount | None = None
    under: Bilingual


class Decision(Body):
    """One line of what happened to it."""

    at: datetime
    actor: str
    what: Literal["found", "accepted", "refused", "snoozed", "again"]
    reason: Prose | None = None


class Recommendation(Body):
    """A recommendation as it is kept."""

    id: Id
    kind: Id
    state: State = "new"
    service: Id
    camera: str = ""
    sensor: str = ""
    subject: str = ""
    weather: str | None = Field(default=None, description="a sensor of rain, for an experiment")
    title: Bilingual
    what: Bilingual
    refute: Bilingual
    cost: Cost
    evidence: Evidence
    expected: Expected
    holds: bool = Field(default=True, description="the latest judgement found it again")
    judged_at: datetime
    until: Day | None = Field(default=None, description="the day on which a snoozed or refused one may come back")
    reason: Prose | None = Field(default=None, description="why it was refused")
    changes: Many[Decision] = ()

    @property
    def place(self) -> tuple[str, str, str]:
        """Return camera, sensor and line or zone."""
        return self.camera, self.sensor, self.subject


class Silence(Body):
    """What was not judged, and why."""

    kind: Id
    camera: str = ""
    sensor: str = ""
    subject: str = ""
    why: Bilingual


def tags_of(one: Recommendation) -> tuple[str, ...]:
    """Return under which a recommendation is listed."""
    tags = [f"state:{one.state}", f"service:{one.service}", f"kind:{one.kind}"]
    return (*tags, f"camera:{one.camera}") if one.camera else tuple(tags)
