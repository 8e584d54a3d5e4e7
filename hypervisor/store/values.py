"""What the hypervisor keeps: documents with versions, messages on one bus, and a log that proves its own order.

One `Commit` changes documents, tells messages, moves marks and writes the audit log together or not at all. So an alert
that is kept has been told, and what was told is kept, whatever process dies when.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

ANY = -1
"""Expected version of a change that overwrites whatever is there."""

NEW = 0
"""Expected version of a change that makes a document."""

MOST_LISTED = 1000


class StoreAway(Exception):
    """The store does not answer. The message is for users and holds no address and no password."""


class Conflict(Exception):
    """Somebody else changed a document since it was read; nothing of the commit was done."""

    def __init__(self, collection: str, doc_id: str, version: int) -> None:
        super().__init__(f"{collection} {doc_id!r} is at version {version} now")
        self.collection, self.doc_id, self.version = collection, doc_id, version


class Fenced(Exception):
    """Another process holds the lease by now; nothing of the commit was done."""


class Doc(NamedTuple):
    """A document as it is kept."""

    id: str
    version: int  # 1 for a new one, one more with every change
    body: str  # JSON
    order: int  # milliseconds since the epoch; documents are listed newest first
    tags: tuple[str, ...] = ()  # under which it is listed too


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one document."""

    collection: str
    id: str
    body: str | None  # JSON; None deletes it
    expect: int = ANY  # version that it must have: `ANY`, `NEW`, or the one that was read
    tags: tuple[str, ...] = ()  # under which it is listed too, such as "open" or "service:mobility"
    order: int = 0  # milliseconds since the epoch; kept from the first version on
    kept_s: int = 0  # seconds until it vanishes; 0: never


MessageType = Literal["observation", "alert", "case", "sensor", "service"]


@dataclass(frozen=True, slots=True)
class Message:
    """One thing that services may be told. On the bus it has the server's stream id as its position."""

    id: str  # unique for ever: receivers drop repeats by it
    kind: str  # a dotted name: alert.opened, case.acknowledged, bucket.sealed, sensor.value, …
    time_s: float  # when it happened, seconds since the epoch
    subject: str  # what it is about: a camera, a case, an alert, a sensor
    lane: str  # messages of one lane are delivered in order: a case's id, or a camera's
    services: tuple[str, ...] = ()  # services that own or share it; empty: not bound to services (see `cameras`)
    cameras: tuple[str, ...] = ()  # cameras that it tells of: who may not see all of them does not get it
    data: Mapping[str, Any] = field(default_factory=dict)  # JSON


@dataclass(frozen=True, slots=True)
class Act:
    """One line of the audit log: who did what to what."""

    actor: str  # "key:<id>", "member:<id>", "system:rules", "local"
    service: str | None
    action: str  # a dotted name: rule.create, key.use, evidence.view
    target: str  # collection/id, or what was looked at
    time_s: float
    detail: Mapping[str, Any] = field(default_factory=dict)  # no secret, no personal data beyond the actor


@dataclass(frozen=True, slots=True)
class Fence:
    """A lease that must still be held for a commit to be done."""

    lease: str
    token: int


@dataclass(frozen=True, slots=True)
class Commit:
    """Everything that happens together."""

    changes: Sequence[Change] = ()
    messages: Sequence[Message] = ()
    acts: Sequence[Act] = ()
    marks: Mapping[str, str] = field(default_factory=dict)  # named positions: how far a process has read
    fence: Fence | None = None


class Audited(NamedTuple):
    """One line of the audit log as it is kept."""

    position: str  # id in the log
    text: str  # the act as JSON, canonical
    hash: str  # sha256 over the hash before and the text, hexadecimal


class Told(NamedTuple):
    """A message and its position on the bus."""

    position: str
    message: Message


class Taken(NamedTuple):
    """What became of a request for a token."""

    allowed: bool
    left: int  # whole tokens
    wait_s: float  # until there is one again; 0 if there was


class Store(Protocol):
    """Where all of it is kept. Every method raises `StoreAway` when the store does not answer."""

    async def get(self, collection: str, doc_id: str) -> Doc | None:
        """Return a document."""

    async def many(self, collection: str, ids: Sequence[str]) -> dict[str, Doc]:
        """Return those that exist."""

    async def listed(
        self, collection: str, tag: str = "", before: tuple[int, str] | None = None, limit: int = MOST_LISTED
    ) -> list[Doc]:
        """Return documents newest first (order, then id), after a position in that order; all, or those of a tag."""

    async def commit(self, commit: Commit) -> None:
        """Do all of it or nothing; a repeated commit with expected versions is refused by them.

        Raises:
            Conflict: a document has another version than expected.
            Fenced: the lease is not held any more.
        """

    async def marks(self) -> dict[str, str]:
        """Return all named positions."""

    async def bus(self, after: str, limit: int) -> list[Told]:
        """Return messages after a position on the bus (`0-0`: from the first that is kept), oldest first."""

    async def bus_trimmed(self, after: str) -> bool:
        """Tell whether messages after a position on the bus were deleted since."""

    async def audit(self, after: str, limit: int) -> list[Audited]:
        """Return lines of the audit log after a position (`0-0`: from the first), oldest first."""

    async def audit_newest(self, before: str, limit: int) -> list[Audited]:
        """Return lines of the audit log before a position (`+`: from the last), newest first."""

    async def holder(self, lease: str) -> str | None:
        """Return who holds a lease; None if nobody does."""

    async def server(self) -> Mapping[str, Any]:
        """Return what the server says of itself, as its INFO names it."""

    async def lease(self, name: str, holder: str, seconds: float) -> Fence | None:
        """Take or renew a lease; None while another holder has it. A new holder gets a higher token."""

    async def release(self, name: str, holder: str) -> None:
        """Give a lease back, if it is this holder's."""

    async def take(self, bucket: str, per_s: float, most: int) -> Taken:
        """Take a token out of a bucket that fills by `per_s` a second up to `most`; a new one is full."""

    async def run(self, script: str, keys: Sequence[str], argument: str) -> Any:
        """Run one Lua script (its text), all or nothing, with the prefix of all keys and an argument."""

    async def hashes(self, keys: Sequence[str]) -> list[dict[str, str]]:
        """Return hashes by their keys; empty ones where there is none."""

    async def due(self, key: str, until: float, limit: int) -> list[str]:
        """Return members of a sorted set up to a score, lowest first."""

    async def close(self) -> None:
        """Let go of connections."""
