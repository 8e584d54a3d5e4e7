"""Everything that may be delivered, in one form: observations from the cameras' streams, messages from the bus."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from hypervisor.events import Delivery
from hypervisor.feed import Position
from hypervisor.store.values import Message, Told

MIB = 2**20
SPOT_KINDS = ("crossing", "dwell", "deposit", "deposit.watch")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing that may be delivered, before anybody was asked whether it wants it."""

    id: str  # stable for ever: receivers drop repeats by it
    kind: str
    time_s: float  # when it happened
    subject: str
    lane: str
    source: Literal["feed", "bus"]
    position: str  # where it stands in its source, so that it can be found again
    told_s: float  # when it was told there
    data: Mapping[str, Any]
    cameras: tuple[str, ...] = ()
    services: tuple[str, ...] = ()

    @property
    def spot(self) -> str | None:
        """Return the line or zone that it is about."""
        if self.source == "feed":
            return str(self.data["subject"]) if self.kind in SPOT_KINDS else None
        found = self.data.get("line") or self.data.get("zone") or self.data.get("spot")
        return None if found is None else str(found)

    @property
    def classes(self) -> frozenset[str]:
        """Return the classes of road users or things that it tells of."""
        detail, bucket = self.data.get("detail"), self.data.get("bucket")
        named = [self.data.get("class"), detail.get("class") if isinstance(detail, dict) else None]
        if isinstance(bucket, dict):
            named += [row.get("class") for row in bucket.get("crossings", ())]
        several = self.data.get("classes")
        named += several if isinstance(several, list) else []
        return frozenset(str(one) for one in named if one)

    @property
    def step_s(self) -> int | None:
        """Return the length of the bucket that it tells of."""
        if self.kind == "bucket.sealed":
            return int(self.data["subject"]) if str(self.data["subject"]).isdigit() else None
        step_s = self.data.get("step_s")
        return int(step_s) if isinstance(step_s, int | float) else None


def of_observation(delivery: Delivery) -> Candidate:
    """Return an observation that may be told, as a candidate."""
    event, position = delivery.event, delivery.position
    subject = f"{event.camera_id}/{event.subject}" if event.subject else event.camera_id
    return Candidate(
        event.id,
        event.kind,
        event.observed_at.timestamp(),
        subject,
        event.camera_id,
        "feed",
        str(position),
        position.ms / 1000,
        json.loads(delivery.data),
        (event.camera_id,),
    )


def of_message(told: Told) -> Candidate:
    """Return a message of the bus as a candidate."""
    message: Message = told.message
    return Candidate(
        message.id,
        message.kind,
        message.time_s,
        message.subject,
        message.lane,
        "bus",
        told.position,
        int(told.position.partition("-")[0]) / 1000,
        message.data,
        message.cameras,
        message.services,
    )


def before_position(source: str, position: str) -> str:
    """Return the position right before one, so that reading from there finds it first."""
    if source == "feed":
        at = Position.parse(position)
        if at.seq > 0:
            return str(Position(at.ms, at.seq - 1, "zzzz"))
        return str(Position(at.ms - 1, 2**64 - 1, "zzzz"))
    ms, seq = (int(part) for part in position.split("-"))
    return f"{ms}-{seq - 1}" if seq > 0 else f"{ms - 1}-{2**64 - 1}"


def envelope(candidate: Candidate, site: str) -> dict[str, Any]:
    """Return the event as CloudEvents 1.0 has it (structured JSON).

    `source` and `id` together are unique; `partitionkey` is the lane: events of one are delivered in order.
    """
    at = datetime.fromtimestamp(candidate.time_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        "specversion": "1.0",
        "id": candidate.id,
        "source": f"urn:parvis:{site}",
        "type": f"parvis.{candidate.kind}",
        "subject": candidate.subject,
        "time": at,
        "datacontenttype": "application/json",
        "partitionkey": candidate.lane,
        "data": dict(candidate.data),
    }


def body(candidate: Candidate, site: str) -> str:
    """Return what the queue keeps of a candidate: the event, where it can be found again, and of whom it tells."""
    kept = {
        "source": candidate.source,
        "position": candidate.position,
        "lane": candidate.lane,
        "cameras": candidate.cameras,
        "services": candidate.services,
        "time_s": candidate.time_s,
    }
    return json.dumps(kept | {"event": envelope(candidate, site)}, ensure_ascii=False, separators=(",", ":"))
