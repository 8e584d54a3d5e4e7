"""What is kept of a rule between two looks: written by the evaluation only, together with what follows from it."""

import hashlib
from typing import Literal

from pydantic import Field

from hypervisor.rules.judge import Run
from hypervisor.rules.model import Rule
from hypervisor.rules.usual import Hour
from hypervisor.strict import Body, Many

RuleStatus = Literal["active", "learning", "broken", "disabled"]
MOST_RUNS = 500
"""Subjects of one rule (deposits, cameras) that are followed at once; further ones are counted in `skipped`."""

MOST_WAITING = 200
"""Buckets that wait for other cameras of a place; the oldest is judged without them then."""


class RuleState(Body):
    """How far a rule was judged, and what is open."""

    digest: str = Field(description="of what the rule watches and how; another one starts anew")
    status: RuleStatus = "active"
    reasons: Many[str] = ()
    since: float = Field(description="since when it is in that status, epoch seconds")
    runs: dict[str, Run] = Field(default_factory=dict, description="subject → how it is")
    waiting: dict[str, float] = Field(
        default_factory=dict, description="start of a bucket → when one camera of the place had sealed it"
    )
    heard_s: float = Field(default=0.0, description="when a bucket was judged last")
    hour: Hour | None = Field(default=None, description="the hour whose usual level is being learned")
    broken: str | None = Field(default=None, description="the open alert about the rule itself")
    skipped: int = Field(default=0, description="subjects that found no room")


def digest_of(rule: Rule) -> str:
    """Return what changes when a rule watches something else or judges it otherwise."""
    text = rule.model_dump_json(include={"watch", "condition", "schedule", "service"}, by_alias=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def fresh(rule: Rule, now_s: float) -> RuleState:
    """Return the state of a rule that was not judged yet."""
    return RuleState(digest=digest_of(rule), since=now_s, heard_s=now_s)
