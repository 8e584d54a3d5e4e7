"""The life of a case: every change is one entry of its timeline and one message. Pure functions."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypervisor.cases.model import SEVERITIES, Case, Entry, EntryKind
from hypervisor.cases.texts import said
from hypervisor.rules.model import Severity
from hypervisor.store.values import Message
from hypervisor.strict import Bilingual

KINDS: dict[EntryKind, str] = {
    "opened": "case.opened",
    "alert_joined": "case.updated",
    "alert_closed": "case.updated",
    "deposit_cleared": "case.updated",
    "acknowledged": "case.acknowledged",
    "assigned": "case.assigned",
    "commented": "case.commented",
    "shared": "case.shared",
    "unshared": "case.updated",
    "handed_over": "case.handed_over",
    "resolved": "case.resolved",
    "reopened": "case.reopened",
}
"""What is done → the kind of the message that tells of it."""


@dataclass(frozen=True, slots=True)
class Deed:
    """What somebody does to a case."""

    what: EntryKind
    actor: str
    service: str | None
    time_s: float
    comment: str | None = None
    alert: str | None = None
    to: str | None = None
    detail: Bilingual | None = None  # what the timeline says beyond the deed's own words


def moment(time_s: float) -> datetime:
    """Return a moment, UTC, to the millisecond."""
    return datetime.fromtimestamp(round(time_s, 3), UTC)


def done(case: Case, deed: Deed, **changes: Any) -> Case:
    """Return the case after a deed: its changes, and a line in its timeline."""
    entry = Entry(
        n=len(case.timeline) + 1,
        at=moment(deed.time_s),
        actor=deed.actor,
        service=deed.service,
        what=deed.what,
        text=said(deed.what, deed.to, deed.detail),
        comment=deed.comment,
        alert=deed.alert,
        to=deed.to,
    )
    updates = {"timeline": (*case.timeline, entry), "updated_at": entry.at, "told": case.told + 1} | changes
    return case.model_copy(update=updates)


def message(case: Case, also: tuple[str, ...] = ()) -> Message:
    """Return the message of the last deed: the case without its timeline, and that one line of it.

    `also`: services that are told although they do not see the case any more.
    """
    entry = case.timeline[-1]
    data = case.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"timeline"})
    data["entry"] = entry.model_dump(mode="json", by_alias=True, exclude_none=True)
    return Message(
        id=f"{case.id}-{case.told}",
        kind=KINDS[entry.what],
        time_s=entry.at.timestamp(),
        subject=case.id,
        lane=case.id,
        services=tuple(dict.fromkeys((case.service, *case.shared_with, *also))),
        cameras=case.cameras,
        data=data,
    )


def worse(one: Severity, other: Severity) -> Severity:
    """Return the higher of two severities."""
    return max(one, other, key=SEVERITIES.index)


def sooner(due_at: datetime | None, now_s: float, due_s: float | None) -> datetime | None:
    """Return until when a case should be resolved, once something asks for it within `due_s` seconds from now."""
    if due_s is None:
        return due_at
    asked = moment(now_s + due_s)
    return asked if due_at is None else min(due_at, asked)
