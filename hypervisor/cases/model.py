"""A case: the alerts of one ground and topic, whose it is, and everything that was done about it."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from hypervisor.rules.model import Severity
from hypervisor.strict import Bilingual, Body, Id, Many

MOST_ENTRIES = 1000
"""A case with more goes on in a new one; comments of people still fit, `MOST_COMMENTS` more."""
MOST_COMMENTS = 200
MOST_ALERTS = 400
RESOLVED_KEPT_S = 3 * 366 * 86_400
"""A resolved case is kept so long."""

SEVERITIES: tuple[Severity, ...] = ("informational", "low", "medium", "high", "critical")

EntryKind = Literal[
    "opened", "alert_joined", "alert_closed", "deposit_cleared", "acknowledged", "assigned", "commented", "shared",
    "unshared", "handed_over", "resolved", "reopened",
]  # fmt: skip
CaseState = Literal["open", "acknowledged", "resolved"]


class Entry(Body):
    """One line of a timeline: who did what, when."""

    n: int = Field(description="1 for the first")
    at: datetime
    actor: str = Field(description="`member:<id>`, `key:<id>`, `system:rules`, `local`")
    service: str | None = None
    what: EntryKind
    text: Bilingual
    comment: str | None = None
    alert: str | None = None
    to: str | None = Field(default=None, description="service or member that it was about")


class Case(Body):
    """A case as it is kept and answered."""

    id: Id
    title: Bilingual
    service: Id = Field(description="who owns it now")
    origin: Id = Field(description="whose rules (or member) opened it")
    shared_with: Many[Id] = Field(default=(), description="services that see it too, and may comment")
    state: CaseState = "open"
    topic: Id
    where: str = Field(description="ground: `place/<id>`, `camera/<id>/<line or zone>`, `sensor/<id>`", max_length=200)
    place: Id | None = None
    cameras: Many[Id] = ()
    severity: Severity = Field(description="the highest of its alerts so far")
    assigned_to: Id | None = Field(default=None, description="id of a member of the owning service")
    alerts: Many[str] = Field(default=(), description="ids, the oldest first")
    open_alerts: int = 0
    opened_at: datetime
    updated_at: datetime
    resolved_at: datetime | None = None
    due_at: datetime | None = Field(
        default=None, description="until when it should be resolved: the earliest asked for"
    )
    continues: Id | None = Field(default=None, description="the case that had no more room")
    told: int = Field(default=0, description="messages that told of it")
    timeline: Many[Entry] = ()

    @property
    def is_full(self) -> bool:
        """Tell whether further alerts need another case."""
        return len(self.timeline) >= MOST_ENTRIES or len(self.alerts) >= MOST_ALERTS


def tags_of(case: Case) -> tuple[str, ...]:
    """Return under which a case is listed."""
    services = dict.fromkeys((case.service, *case.shared_with))
    named = tuple(f"service:{one}" for one in services)
    if case.state == "resolved":
        return named
    return ("live", live_tag(case.origin, case.where, case.topic), *named)


def live_tag(origin: str, where: str, topic: str) -> str:
    """Return the tag of the case that alerts of a service's rules join, as long as it is not resolved."""
    return f"live:{origin}|{where}|{topic}"


def kept_s(case: Case) -> int:
    """Return how long a case is kept; 0: as long as it is not resolved."""
    return RESOLVED_KEPT_S if case.state == "resolved" else 0
