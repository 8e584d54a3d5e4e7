"""What is still to be delivered: values, and what a queue promises."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from hypervisor.store.values import Fence

Outcome = Literal["ok", "retry", "dead", "hold"]


class Item(NamedTuple):
    """One message for one subscription."""

    subscription: str
    lane: str  # messages of one lane are delivered in order
    id: str
    due_s: float = 0.0  # a lane that was empty waits until then; 0: not at all


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step of the fan-out does: all of it or nothing."""

    items: Sequence[Item] = ()
    bodies: Mapping[str, str] = field(default_factory=dict)  # id → message as JSON
    expect: Mapping[str, str] = field(default_factory=dict)  # where the marks must be
    marks: Mapping[str, str] = field(default_factory=dict)  # where they are then
    fence: Fence | None = None


class Token(NamedTuple):
    """The right to deliver the head of a lane."""

    stream: str
    id: str
    subscription: str
    lane: str


class Waiting(NamedTuple):
    """A message at the head of a lane."""

    id: str
    body: str  # JSON


@dataclass(frozen=True, slots=True)
class Head:
    """What a token stands for."""

    held: bool
    attempts: int  # failed ones so far
    failing_since_s: float  # 0: the receiver is well
    messages: tuple[Waiting, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an attempt."""

    outcome: Outcome
    ids: Sequence[str] = ()
    due_s: float = 0.0  # when the lane goes on; 0: at once
    reason: str = ""  # of a dead letter
    attempts: int = 0
    log: Sequence[str] = ()  # lines for the log, JSON


class DeadLetter(NamedTuple):
    """A message that was given up."""

    id: str
    lane: str
    reason: str
    attempts: int
    at_s: float
    body: str


class Counts(NamedTuple):
    """What waits, of one subscription."""

    waiting: int
    dead: int
    failing_since_s: float
    totals: Mapping[str, int]  # queued, delivered, failed, dead, dead_dropped, overflow, replayed


class Queue(Protocol):
    """Keeps lanes and tokens. Every method raises `StoreAway` when the server does not answer."""

    async def enqueue(self, batch: Batch) -> bool:
        """Queue messages and move the marks; False if the marks had moved, or the lease is lost."""

    async def tokens(self, sick: bool, consumer: str, most: int, wait_s: float) -> list[Token]:
        """Take tokens; wait for the first one."""

    async def abandoned(self, sick: bool, consumer: str, after_s: float, most: int) -> list[Token]:
        """Take over tokens of workers that were not heard of for a time."""

    async def forget_consumers(self, after_s: float) -> None:
        """Forget workers that ended long ago."""

    async def head(self, token: Token, batch: int) -> Head:
        """Return what a token stands for."""

    async def finish(self, token: Token, result: Result) -> bool:
        """Give a token back with what became of it; False if it had been taken over."""

    async def tend(self) -> int:
        """Let lanes go on whose moment has come; return how many."""

    async def hold(self, subscription: str, held: bool, retry: bool = False) -> None:
        """Stop a subscription's deliveries or let them go on; with `retry` what waits for a moment goes now."""

    async def forget(self, subscription: str) -> None:
        """Drop everything of a subscription."""

    async def held(self) -> set[str]:
        """Return the subscriptions that are held."""

    async def dead(self, subscription: str, before: tuple[float, str] | None, limit: int) -> list[DeadLetter]:
        """Return dead letters, newest first, after a position (moment, id)."""

    async def undead(self, subscription: str, ids: Sequence[str], replay: bool) -> int:
        """Queue dead letters again, or drop them; return how many there were."""

    async def oldest_dead(self, subscription: str, limit: int) -> list[str]:
        """Return the ids of the oldest dead letters, oldest first."""

    async def expire(self, subscription: str) -> int:
        """Drop dead letters that are older than they are kept; return how many."""

    async def log(self, subscription: str, before: str | None, limit: int) -> list[tuple[str, str]]:
        """Return attempts, newest first, before a position: position and JSON."""

    async def counts(self, subscriptions: Sequence[str]) -> dict[str, Counts]:
        """Return what waits, by subscription."""

    async def sizes(self) -> dict[str, int]:
        """Return how many lanes are ready, failing and waiting for their moment, and how many messages are kept."""

    async def close(self) -> None:
        """Let go of connections."""
