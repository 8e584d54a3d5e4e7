"""An alert: one figure, sensor, deposit or camera that is as a rule says, from when until when."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from hypervisor.rules.judge import Because
from hypervisor.rules.model import Severity
from hypervisor.strict import Bilingual, Body, Id, Many

AlertKind = Literal["flow", "sensor", "deposit", "health"]
KEPT_S = 400 * 86_400
"""A closed alert is kept so long."""


class Subject(Body):
    """What an alert is about; members that do not apply are left out."""

    kind: AlertKind
    place: Id | None = None
    camera: Id | None = None
    line: Id | None = None
    zone: Id | None = None
    sensor: Id | None = None
    deposit: str | None = None
    trouble: str | None = Field(default=None, description="of a camera or of a rule; `coverage`: too little is watched")
    measure: str | None = None
    class_name: str | None = Field(default=None, alias="class")
    direction: str | None = None
    unit: str | None = None
    cameras: Many[Id] = Field(default=(), description="all cameras that it tells of")

    @property
    def where(self) -> str:
        """Return the ground that it is about: alerts of one ground and topic share a case."""
        if self.place is not None:
            return f"place/{self.place}"
        if self.camera is not None:
            part = self.zone or self.line
            return f"camera/{self.camera}/{part}" if part else f"camera/{self.camera}"
        return f"sensor/{self.sensor}" if self.sensor is not None else "rule"


class Figures(Body):
    """What was found."""

    value: float | None = None
    peak: float | None = Field(default=None, description="farthest value so far")
    threshold: float | None = None
    usual: float | None = Field(default=None, description="usual level of that hour of the week, where the rule asks")
    coverage: float | None = Field(default=None, description="part of the time that was watched, 0..1")


class Alert(Subject):
    """An alert as it is kept, told and answered."""

    id: Id
    rule: Id
    rule_name: str
    service: Id = Field(description="owner of the rule")
    shared_with: Many[Id] = Field(default=(), description="services that the rule shares it with")
    topic: Id
    severity: Severity
    state: Literal["open", "closed"] = "open"
    figures: Figures
    began: datetime = Field(description="begin of the first bucket (or state) that was so")
    opened_at: datetime = Field(description="when it had lasted long enough")
    updated_at: datetime
    closed_at: datetime | None = None
    because: Because | None = Field(default=None, description="why it was closed")
    case: Id = Field(description="the case that gathers it")
    told: int = Field(default=1, description="messages that told of it")
    text: Bilingual


def tags_of(alert: Alert) -> tuple[str, ...]:
    """Return under which an alert is listed."""
    services = dict.fromkeys((alert.service, *alert.shared_with))
    named = (f"service:{one}" for one in services)
    return ("open", *named, f"case:{alert.case}") if alert.state == "open" else (*named, f"case:{alert.case}")
