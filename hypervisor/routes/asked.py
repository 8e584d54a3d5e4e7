"""What /v1/alerts and /v1/cases may be asked."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from hypervisor.alerts.model import AlertKind
from hypervisor.query import Asked, Id, Moment
from hypervisor.routes.versions import CURSOR
from hypervisor.rules.model import Severity


class AlertsQuery(Asked):
    """What /v1/alerts may be asked."""

    state: Literal["open", "closed", "all"] = Field(default="open", description="`open`: what is so now")
    service: Id | None = Field(default=None, description="only those of rules of this service")
    severity: list[Severity] = Field(default=[], max_length=5, description="only these")
    kind: list[AlertKind] = Field(default=[], max_length=4, description="only these")
    place: Id | None = Field(default=None, description="only of this place")
    camera: list[Id] = Field(default=[], max_length=100, description="only those that tell of one of these")
    rule: Id | None = Field(default=None, description="only of this rule")
    from_: Moment | None = Field(default=None, alias="from", description="not over before it")
    to: Moment | None = Field(default=None, description="begun before it")
    cursor: str | None = Field(default=None, pattern=CURSOR, description="`next` of an answer")
    limit: int = Field(default=100, ge=1, le=500, description="items on a page, at most")

    def within(self, began: datetime, over: datetime | None) -> bool:
        """Tell whether something that lasted from a moment to another lies in the asked range."""
        return (self.from_ is None or over is None or over >= self.from_) and (self.to is None or began < self.to)


class CaseFilter(Asked):
    """Which cases, whatever their state."""

    service: Id | None = Field(default=None, description="only those that this service owns")
    severity: list[Severity] = Field(default=[], max_length=5, description="only these")
    topic: Id | None = Field(default=None, description="only of this topic")
    place: Id | None = Field(default=None, description="only of this place")
    camera: list[Id] = Field(default=[], max_length=100, description="only those that tell of one of these")
    assigned_to: Id | None = Field(default=None, description="only those assigned to this member")
    shared: bool | None = Field(default=None, description="true: only other services' cases; false: only one's own")
    overdue: bool = Field(default=False, description="true: only those that should have been resolved by now")
    from_: Moment | None = Field(default=None, alias="from", description="not resolved before it")
    to: Moment | None = Field(default=None, description="opened before it")

    def within(self, began: datetime, over: datetime | None) -> bool:
        """Tell whether a case lies in the asked range."""
        return (self.from_ is None or over is None or over >= self.from_) and (self.to is None or began < self.to)


class CasesQuery(CaseFilter):
    """What /v1/cases may be asked."""

    state: list[Literal["open", "acknowledged", "resolved"]] = Field(
        default=["open", "acknowledged"], max_length=3, description="only in these states; without: not resolved"
    )
    cursor: str | None = Field(default=None, pattern=CURSOR, description="`next` of an answer")
    limit: int = Field(default=100, ge=1, le=500, description="items on a page, at most")


class CaseAlertsQuery(Asked):
    """What the alerts of a case may be asked."""

    cursor: str | None = Field(default=None, pattern=CURSOR, description="`next` of an answer")
    limit: int = Field(default=100, ge=1, le=500, description="items on a page, at most")
