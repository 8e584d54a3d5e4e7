"""What a channel does: one attempt to hand over events, and an answer that says what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from hypervisor.delivery.model import Subscription


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be handed over: one event, or several for a digest."""

    subscription_id: str
    subscription: Subscription
    stored: Sequence[Mapping[str, Any]]  # what the queue keeps (`candidates.body`), oldest first
    at_s: float  # the moment of the attempt

    @property
    def events(self) -> list[Mapping[str, Any]]:
        """Return the CloudEvents, oldest first."""
        return [one["event"] for one in self.stored]

    @property
    def event(self) -> Mapping[str, Any]:
        """Return the first CloudEvent."""
        first: Mapping[str, Any] = self.stored[0]["event"]
        return first


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an attempt. `stop`: the receiver wants nothing any more."""

    verdict: Literal["accepted", "failed", "stop"]
    status: int | None = None
    error: str | None = None  # in words, without anything the receiver wrote
    retry_after_s: float | None = None


ACCEPTED = Answer("accepted")


class Channel(Protocol):
    """One way to a receiver. It tells failures by its answer; it raises only for faults of ours."""

    async def deliver(self, letter: Letter) -> Answer:
        """Try once."""

    async def close(self) -> None:
        """Let go of connections."""
