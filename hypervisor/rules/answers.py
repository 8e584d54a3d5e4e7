"""The forms in which rules are answered: as they are kept, with how it is with them now."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from hypervisor.cases.life import moment
from hypervisor.rules.model import Rule
from hypervisor.rules.state import RuleState
from hypervisor.rules.usual import MOST_HOURS
from hypervisor.strict import Body, Many


class RuleNow(Body):
    """How it is with a rule."""

    status: Literal["active", "learning", "broken", "disabled", "waiting"] = Field(
        description="`waiting`: not judged yet; `learning`: not enough history; `broken`: what it names is gone"
    )
    reasons: Many[str] = Field(default=(), description="why it is not active")
    since: datetime | None = None
    judged_until: datetime | None = Field(default=None, description="end of the last bucket that was judged")
    open_alerts: int = 0
    skipped: int = Field(default=0, description="subjects beyond what one rule follows at once")


class ShownRule(Rule):
    """A rule, and how it is with it."""

    now: RuleNow


class RuleList(Body):
    """Rules of a service, by id."""

    items: list[ShownRule]
    next: None = None


class UsualHour(Body):
    """The usual level of one hour of the week."""

    hour: int = Field(
        ge=0,
        lt=MOST_HOURS,
        description="0: Monday, midnight, local time; from 168 on: the same of days off that calendars name; from 336 "
        "on: of a public holiday",
    )
    weeks: int = Field(description="weeks of history; of public holidays: days")
    centre: float = Field(description="median over weeks")
    sigma: float = Field(description="robust standard deviation of a bucket")


class UsualLevels(Body):
    """What was learned of the figure of a rule."""

    rule: str
    timezone: str | None = Field(description="null: nothing was learned yet")
    hours: list[UsualHour]


def shown_rule(rule: Rule, state: RuleState | None) -> ShownRule:
    """Return a rule as it is answered."""
    return ShownRule(**dict(rule), now=_now(rule, state))


def _now(rule: Rule, state: RuleState | None) -> RuleNow:
    if state is None:
        return RuleNow(status="waiting" if rule.enabled else "disabled")
    runs = state.runs.values()
    opened = sum((run.alert is not None) + (run.health is not None) for run in runs) + (state.broken is not None)
    until = max((run.judged_until for run in runs), default=0)
    return RuleNow(
        status=state.status,
        reasons=state.reasons,
        since=moment(state.since),
        judged_until=moment(until) if until else None,
        open_alerts=opened,
        skipped=state.skipped,
    )
