"""Observations as they are delivered: filtered by purpose and request, seals enriched with their figures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from fastapi.sse import format_sse_event

from hypervisor import figures
from hypervisor.access.principal import LOCAL, Principal
from hypervisor.feed import Bucket, BucketName, Feed, Position, Told
from hypervisor.kinds import covers, scope_of
from hypervisor.query import EventQuery
from hypervisor.store.values import Message
from hypervisor.wire import Event, EventPage, SealedBucket
from pipeline.observation import CameraDescription, Observation

OF_STATISTICS = frozenset(
    {"bucket.sealed", "camera.state", "camera.condition", "camera.load", "deposit", "deposit.watch"}
)
"""What may be told of a camera under the purpose `statistics`: things and states, never one person or vehicle."""

PAGE = 1000  # entries read at once


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which observations a reader asked for, and which may be told to it; empty sets ask for all."""

    cameras: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    who: Principal = LOCAL

    def __call__(self, observation: Observation | Message) -> bool:
        if isinstance(observation, Message):
            return self._takes(observation)
        return (
            (not self.cameras or observation.camera_id in self.cameras)
            and (not self.kinds or observation.kind in self.kinds)
            and self.who.sees(observation.camera_id)
            and self.who.hears(observation.kind)
        )

    def _takes(self, message: Message) -> bool:
        """Tell whether a message of the bus was asked for and may be told: one that is bound to services reaches only
        these, and nobody hears of cameras that are not granted."""
        scope, who = scope_of(message.kind), self.who
        return (
            (not self.kinds or any(covers(message.kind, one) for one in self.kinds))
            and (not self.cameras or not self.cameras.isdisjoint(message.cameras))
            and (not scope or who.may(scope))
            and who.hears(message.kind)
            and all(who.sees(camera) for camera in message.cameras)
            and (not message.services or any(who.belongs(one) for one in message.services))
        )

    def among(self, cameras: Iterable[str]) -> list[str]:
        """Return the cameras whose streams have to be read."""
        return [camera for camera in cameras if not self.cameras or camera in self.cameras]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event, ready to be delivered."""

    position: Position
    event: Event
    data: str  # the event as JSON, written once for all readers
    frame: bytes  # as it stands on an event stream


def framed(kind: str, data: str, position: Position) -> bytes:
    """Return an event as it stands on an event stream."""
    return format_sse_event(event=kind, data_str=data, id=str(position))


def visible(observation: Observation, camera: CameraDescription) -> bool:
    """Tell whether a camera's purpose lets an observation out, whatever its worker wrote."""
    if camera.purpose == "operations":
        return True
    if observation.kind == "bucket.sealed":
        return observation.subject.isdigit() and int(observation.subject) >= camera.min_step_s
    return observation.kind in OF_STATISTICS


async def deliveries(feed: Feed, items: Sequence[Told], wanted: Wanted) -> list[Delivery]:
    """Return what a reader may see of what was told, in order."""
    if not items:
        return []
    cameras = await feed.cameras()  # after the items were read: who told something has been described
    seen = [
        item
        for item in items
        if wanted(item.observation)
        and (camera := cameras.get(item.position.camera)) is not None
        and item.observation.camera_id == camera.id
        and visible(item.observation, camera)
    ]
    names = {item.position: name for item in seen if (name := _bucket_of(item.observation)) is not None}
    buckets = await feed.buckets(list(dict.fromkeys(names.values()))) if names else {}
    return [_delivery(item, cameras[item.position.camera], names.get(item.position), buckets) for item in seen]


async def event_page(feed: Feed, query: EventQuery, scan_max: int, who: Principal = LOCAL) -> EventPage:
    """Return the events after a cursor, oldest told first, looking at `scan_max` entries at most."""
    wanted = Wanted(frozenset(query.camera), frozenset(query.kind), who)
    at = query.cursor or Position(0, 0, "")
    gap = await feed.trimmed(wanted.among(await feed.cameras()), at) if query.cursor else ()
    found: list[Delivery] = []
    more = True
    for _ in range(0, scan_max, PAGE):
        page = await feed.read(wanted.cameras, at, PAGE)
        seen = [item for item in page.items if _within(item.observation.observed_at, query)]
        found += await deliveries(feed, seen, wanted)
        at, more = page.position, page.more
        if len(found) > query.limit:
            found, more = found[: query.limit], True
            at = found[-1].position
        if not more or len(found) == query.limit:
            break
    return EventPage(items=[one.event for one in found], next=str(at) if more else None, last=str(at), gap=list(gap))


def _within(observed_at: datetime, query: EventQuery) -> bool:
    return (query.from_ is None or observed_at >= query.from_) and (query.to is None or observed_at < query.to)


def _bucket_of(observation: Observation) -> BucketName | None:
    if observation.kind != "bucket.sealed" or not observation.subject.isdigit():
        return None
    return BucketName(observation.camera_id, int(observation.subject), int(observation.observed_at.timestamp()))


def _delivery(
    item: Told, camera: CameraDescription, name: BucketName | None, buckets: Mapping[BucketName, Bucket]
) -> Delivery:
    bucket = buckets.get(name) if name is not None else None
    sealed = _sealed(camera, name, bucket) if name is not None and bucket is not None else None
    event = Event(**dict(item.observation), bucket=sealed)
    data = event.model_dump_json(by_alias=True, exclude_none=True)
    return Delivery(item.position, event, data, framed(event.kind, data, item.position))


def _sealed(camera: CameraDescription, name: BucketName, bucket: Bucket) -> SealedBucket:
    covered = figures.coverage(bucket, name.step_s)
    start = datetime.fromtimestamp(name.start, UTC)
    totals = [
        {
            "line": line.id,
            "class": class_name,
            "direction": direction,
            "value": figures.crossings(bucket, line.id, class_name, direction),
        }
        for line in camera.lines
        for class_name in line.classes
        for direction in ("forward", "backward")
    ]
    return SealedBucket.model_validate(
        {
            "start": start,
            "end": start + timedelta(seconds=name.step_s),
            "step_s": name.step_s,
            "coverage": round(covered, 4),
            "status": figures.status(covered),
            "crossings": totals if covered > 0 else [],
        }
    )
