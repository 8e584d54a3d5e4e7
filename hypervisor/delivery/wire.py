"""The forms in which subscriptions are told. No secret is among them, but in the answer that makes it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import Field, model_validator

from hypervisor.delivery.model import Channel, Filter, Form, Id, State, Subscription
from hypervisor.delivery.queue import Counts, DeadLetter
from hypervisor.query import Asked, Moment
from hypervisor.wire import Wire
from pipeline.errors import Failed

MOST_REPLAYED = 10_000


class SubscriptionView(Wire):
    """A subscription, and how its deliveries stand."""

    id: str
    name: str
    service: str
    filter: Filter
    channel: Channel
    state: State = Field(description="paused: messages wait; disabled: none are taken, see `reason`")
    reason: str | None = Field(description="why it is not active")
    since: datetime = Field(description="of the state")
    made_at: datetime
    made_by: str
    secrets: int = Field(description="signing secrets in use: after a rotation, two")
    waiting: int = Field(description="messages that wait for delivery")
    dead_letters: int = Field(description="messages that were given up and are kept")
    failing_since: datetime | None = Field(description="since when the receiver has accepted nothing; null: it is well")
    totals: dict[str, int] = Field(
        description="since it was made: queued, delivered, failed (attempts), dead, dead_dropped, overflow, replayed"
    )


class MadeSubscription(SubscriptionView):
    """The answer that makes a webhook's subscription: the only one with its secret."""

    secret: str | None = Field(description="`whsec_…`, told this once; null where the channel has none")


class SubscriptionList(Wire):
    """Subscriptions, newest first."""

    items: list[SubscriptionView]
    next: str | None


class NewSecret(Wire):
    """A new signing secret."""

    secret: str = Field(description="`whsec_…`, told this once; the one before stays valid beside it")
    secrets: int


class Attempt(Wire):
    """One line of the delivery log."""

    id: str = Field(description="of the event")
    kind: str
    lane: str = Field(description="events of one lane are delivered in order")
    attempt: int = Field(description="1: the first")
    at: datetime
    took_ms: float
    outcome: Literal["delivered", "failed", "dead", "disabled"]
    status: int | None = Field(description="of HTTP; null where there was none")
    error: str | None = Field(description="what went wrong, in words; never what the receiver wrote")


class AttemptList(Wire):
    """The delivery log, newest first."""

    items: list[Attempt]
    next: str | None


class DeadLetterView(Wire):
    """A message that was given up."""

    id: str
    kind: str
    lane: str
    reason: str
    attempts: int
    at: datetime
    event: dict[str, Any] = Field(description="as it would have been delivered (CloudEvents)")


class DeadLetterList(Wire):
    """Dead letters, newest first."""

    items: list[DeadLetterView]
    next: str | None


class ListQuery(Asked):
    """Which page of subscriptions."""

    cursor: str | None = Field(default=None, pattern=r"^\d{1,15}~[a-z0-9_-]{1,63}$", description="`next` of an answer")
    limit: int = Field(default=100, ge=1, le=500, description="items on a page, at most")


class LogQuery(Asked):
    """Which page of the log."""

    cursor: str | None = Field(default=None, pattern=r"^\d{1,15}-\d{1,15}$", description="`next` of an answer")
    limit: int = Field(default=100, ge=1, le=1000, description="items on a page, at most")


class DeadQuery(Asked):
    """Which page of the dead letters."""

    cursor: str | None = Field(
        default=None, pattern=r"^\d{1,12}(\.\d{1,9})?~[^~]{1,200}$", description="`next` of an answer"
    )
    limit: int = Field(default=100, ge=1, le=1000, description="items on a page, at most")


class Chosen(Form):
    """Which dead letters."""

    ids: list[str] = Field(default=[], max_length=1000, description="these; without: the oldest 1,000")


class Done(Wire):
    """How many it were."""

    done: int


class Replay(Form):
    """What to deliver again: one event, or all that matches of a span."""

    id: str | None = Field(default=None, min_length=1, max_length=200, description="of an event in the delivery log")
    from_: Moment | None = Field(default=None, alias="from", description="told at or after it")
    to: Moment | None = Field(default=None, description="told before it; without: now")

    @model_validator(mode="after")
    def _one_or_span(self) -> "Replay":
        if (self.id is None) == (self.from_ is None):
            raise ValueError("expected either id or from")
        return self


class Asking(Form):
    """A filter to try, and the span to look at."""

    filter: Filter = Field(default=Filter())
    service: Id | None = Field(default=None, description="for whom; only needed by who is of no single service")
    from_: Moment | None = Field(default=None, alias="from", description="told at or after it; without: a week ago")
    to: Moment | None = Field(default=None, description="told before it; without: now")


class Preview(Wire):
    """What a filter would have let through."""

    from_: datetime = Field(alias="from")
    to: datetime
    looked_at: int = Field(description="entries of streams and bus; older ones may be deleted by now")
    complete: bool = Field(description="false: there was more than one look takes in")
    matched: int
    by_kind: dict[str, int]
    examples: list[dict[str, Any]] = Field(description="the first of them, as they would have been delivered")


def moment(time_s: float) -> datetime:
    """Return epoch seconds as a moment in UTC."""
    return datetime.fromtimestamp(time_s, UTC)


def view(subscription_id: str, value: Subscription, counts: Counts) -> dict[str, Any]:
    """Return the members of a subscription's view."""
    return {
        "id": subscription_id,
        "name": value.name,
        "service": value.service,
        "filter": value.filter,
        "channel": value.channel,
        "state": value.state,
        "reason": value.reason,
        "since": moment(value.since_s),
        "made_at": moment(value.made_s),
        "made_by": value.made_by,
        "secrets": len(value.secrets),
        "waiting": counts.waiting,
        "dead_letters": counts.dead,
        "failing_since": moment(counts.failing_since_s) if counts.failing_since_s else None,
        "totals": dict(counts.totals),
    }


def dead_view(letter: DeadLetter, event: Mapping[str, Any]) -> DeadLetterView:
    """Return a dead letter as it is told."""
    if not event:
        raise Failed(f"dead letter {letter.id}: its event is missing")
    return DeadLetterView(
        id=letter.id,
        kind=str(event["type"]).removeprefix("parvis."),
        lane=letter.lane,
        reason=letter.reason,
        attempts=letter.attempts,
        at=moment(letter.at_s),
        event=dict(event),
    )
