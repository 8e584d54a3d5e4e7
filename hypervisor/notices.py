"""Messages of the bus in the event stream: one order with the observations, so one id resumes both exactly.

The bus is a stream of the same server, so its entries are ordered with those of the cameras by (milliseconds,
sequence). A message's place is `Position(ms, sequence + 1, "")`: the camera is empty, and with sequence 0 that would be
the position before everything of its millisecond.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from fastapi.sse import format_sse_event

from hypervisor.feed import Position
from hypervisor.store.values import Message, Store, Told
from pipeline.observation import CameraDescription

MOST_SEQ = 2**64 - 1


@dataclass(frozen=True, slots=True)
class Notice:
    """One message, ready to be sent."""

    position: Position
    event: Message
    frame: bytes  # as it stands on an event stream, written once for all readers


class Notices(NamedTuple):
    """Messages in order. Everything up to `until` has been read."""

    items: list[Notice]
    until: Position


def position_of(bus_position: str) -> Position:
    """Return where a message stands among the observations."""
    ms, seq = bus_position.split("-")
    return Position(int(ms), int(seq) + 1, "")


def bus_position(after: Position) -> str:
    """Return the position on the bus after which messages stand after `after`."""
    if after.seq > 0:
        return f"{after.ms}-{after.seq - 1}"
    return f"{after.ms - 1}-{MOST_SEQ}" if after.ms > 0 else "0-0"


async def between(store: Store, after: Position, until: Position, limit: int) -> Notices:
    """Return messages after a position and up to another, `limit` at most."""
    told = await store.bus(bus_position(after), limit)
    items = [notice for one in told if (notice := _notice(one)).position <= until]
    return Notices(items, items[-1].position if len(items) == limit else until)


def is_visible(data: Mapping[str, Any], told_of: Sequence[str], cameras: Mapping[str, CameraDescription]) -> bool:
    """Tell whether the purpose of all cameras that it tells of lets a message out, whoever wrote it: a camera under
    `statistics` tells nothing finer than its `min_step_s`."""
    step_s = data.get("step_s")
    if not isinstance(step_s, int | float):
        return True
    return all(
        camera.purpose == "operations" or step_s >= camera.min_step_s
        for one in told_of
        if (camera := cameras.get(one)) is not None
    )


def _notice(told: Told) -> Notice:
    message = told.message
    at = datetime.fromtimestamp(message.time_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    members = {
        "id": message.id,
        "kind": message.kind,
        "time": at,
        "subject": message.subject,
        "lane": message.lane,
        "cameras": message.cameras,
        "data": message.data,
    }
    position, data = position_of(told.position), json.dumps(members, ensure_ascii=False, separators=(",", ":"))
    return Notice(position, message, format_sse_event(event=message.kind, data_str=data, id=str(position)))
