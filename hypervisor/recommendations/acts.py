"""What may become of a recommendation, as pure steps: each returns the next value or refuses."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from hypervisor.access.principal import Principal
from hypervisor.problems import Refusal
from hypervisor.recommendations.model import MOST_CHANGES, Decision, Recommendation

SYSTEM = "system:recommendations"
REFUSED_D = 180
"""A refused one does not come back for so long: nobody reads an inbox that asks again every Monday."""

MOST_SNOOZED_D = 366


def merged(old: Recommendation | None, found: Recommendation, today: date) -> Recommendation:
    """Return what is kept once a recommendation was found, new or again."""
    if old is None:
        return _with(found, {}, Decision(at=found.judged_at, actor=SYSTEM, what="found"))
    update: dict[str, object] = {name: getattr(found, name) for name in _REFRESHED}
    update["holds"] = True
    if old.state in ("refused", "snoozed"):
        if old.until is None or today < old.until:
            return old.model_copy(update={"holds": True, "judged_at": found.judged_at})
        update |= {"state": "new", "until": None, "reason": None}
        return _with(old, update, Decision(at=found.judged_at, actor=SYSTEM, what="again"))
    return old.model_copy(update=update)


_REFRESHED = ("title", "what", "refute", "cost", "evidence", "expected", "weather", "judged_at", "service")


def unfounded(old: Recommendation, now_s: float) -> Recommendation:
    """Return it as not found again; it stays, so that nobody wonders where it went."""
    return old.model_copy(update={"holds": False, "judged_at": moment(now_s)})


def accepted(one: Recommendation, who: Principal, now_s: float) -> Recommendation:
    """Return it accepted: somebody wants to try it. Nothing is changed by that in the street.

    Raises:
        Refusal: if it is accepted already, or was refused.
    """
    if one.state in ("accepted", "refused"):
        raise Refusal("state-conflict", f"recommendation {one.id!r} is {one.state}; expected a new or snoozed one")
    change = Decision(at=moment(now_s), actor=who.actor, what="accepted")
    return _with(one, {"state": "accepted", "until": None}, change)


def refused(one: Recommendation, reason: str, who: Principal, now_s: float) -> Recommendation:
    """Return it refused, with the reason; it may come back after half a year, if it still holds then."""
    if one.state == "refused":
        raise Refusal("state-conflict", f"recommendation {one.id!r} is refused already")
    until = moment(now_s).date() + timedelta(days=REFUSED_D)
    change = Decision(at=moment(now_s), actor=who.actor, what="refused", reason=reason)
    return _with(one, {"state": "refused", "until": until, "reason": reason}, change)


def snoozed(one: Recommendation, until: date, who: Principal, now_s: float) -> Recommendation:
    """Return it put off until a day.

    Raises:
        Refusal: if it was decided, or the day is not to come within a year.
    """
    if one.state in ("accepted", "refused"):
        raise Refusal("state-conflict", f"recommendation {one.id!r} is {one.state}; expected a new or snoozed one")
    today = moment(now_s).date()
    if not today < until <= today + timedelta(days=MOST_SNOOZED_D):
        text = f"is {until}; expected a day within the next {MOST_SNOOZED_D} days"
        raise Refusal("invalid-request", f"until {text}", (("body", "until", text),))
    change = Decision(at=moment(now_s), actor=who.actor, what="snoozed")
    return _with(one, {"state": "snoozed", "until": until}, change)


def moment(now_s: float) -> datetime:
    """Return a moment as it is kept."""
    return datetime.fromtimestamp(now_s, UTC)


def _with(one: Recommendation, update: Mapping[str, object], change: Decision) -> Recommendation:
    changes = (*one.changes, change)[-MOST_CHANGES:]
    return Recommendation.model_validate({**dict(one), **update, "changes": changes})
