"""The city at a glance: a short row a camera, so that one answer is enough for a wall of them.

It says nothing that /v1/series does not; it is shorter, and cut for who watches: the day so far, and the last hour.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from pydantic import Field

from hypervisor import figures
from hypervisor.feed import Bucket, BucketName, Feed
from hypervisor.spans import floor
from hypervisor.wire import Wire
from pipeline.observation import CameraDescription, LineDescription
from pipeline.taxonomy import city_name

HOUR_S, QUARTER_S, MINUTE_S = 3600, 900, 60
STEP_S = 300
"""The last hour is cut so where nothing forbids it: twelve values can be told apart in a small drawing."""
SETTLED_S, KEPT_S, MOST_KEPT = 120, 60, 50_000
"""From when on a piece is over, for how long it is not read again, and how many are held."""
RECORDING_S = 2 * 86400
"""A camera whose newest figures lie further back plays a recording: its own last day is shown, with its date."""

Status = Literal["observed", "partial", "not_observed", "suppressed"]


class GlanceLine(Wire):
    """A line's day so far, all classes together."""

    line: str
    name: str
    directions: dict[Literal["forward", "backward"], str] = Field(description="the names of the two ways")
    forward: int | None = Field(description="null: nothing was observed")
    backward: int | None


class GlancePoint(Wire):
    """A piece of the last hour."""

    start: datetime
    value: float | None = Field(description="crossings of all lines; without lines the mean number in all zones")
    status: Status
    coverage: float


class Glance(Wire):
    """One camera."""

    camera: str
    day: datetime = Field(description="its midnight, in the camera's time zone")
    until: datetime = Field(description="up to here the day is told: now, or under `statistics` what is sealed")
    status: Status
    coverage: float = Field(description="part of the time from `day` to `until` that was watched, 0..1")
    lines: list[GlanceLine]
    classes: dict[str, int] = Field(description="crossings of all lines by city class")
    measure: Literal["crossings", "occupancy"] = Field(description="what `recent` is of")
    step_s: int = Field(description="length of the pieces of `recent`, seconds")
    recent: list[GlancePoint] = Field(description="the last hour, oldest first; the last piece is running")


class GlancePage(Wire):
    """All cameras, by id."""

    at: datetime
    items: list[Glance]
    next: None = None


class Piece(NamedTuple):
    """A stretch of time and the stored buckets that fill it."""

    start: int
    end: int
    names: tuple[BucketName, ...]


Found = dict[Piece, Bucket | None]
"""What was there; None: nothing."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is read for one camera."""

    camera: CameraDescription
    day: int
    until: int
    parts: tuple[Piece, ...]  # of the day
    recent: tuple[Piece, ...]

    @staticmethod
    def of(camera: CameraDescription, now_s: float) -> "Plan":
        """Return what is read for a camera whose clock shows `now_s`."""
        finest_s = max(camera.min_step_s, QUARTER_S if camera.purpose == "statistics" else MINUTE_S)
        day = floor("1d", camera.timezone, now_s)
        # Stored hours are cut in UTC: where the zone's are not, and in the hour that is running, by quarters.
        hour = max(day, int(now_s // HOUR_S) * HOUR_S)
        step_s = HOUR_S if day % HOUR_S == 0 else QUARTER_S
        parts = [*_pieces(camera.id, step_s, day, hour, step_s)]
        running_s = QUARTER_S if finest_s <= QUARTER_S else HOUR_S
        parts += _pieces(camera.id, running_s, hour, now_s, running_s)
        length_s = finest_s if camera.purpose == "statistics" else max(finest_s, STEP_S)
        last = int(now_s // length_s) * length_s
        recent = _pieces(camera.id, finest_s, last - max(HOUR_S, 4 * length_s), now_s, length_s)
        return Plan(camera, day, int(now_s), tuple(parts), tuple(recent))

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """Return all that is read."""
        return self.parts + self.recent


class Glances:
    """Reads glances. What is over is kept for a minute: of a wall's hundreds of buckets a few move at a time, and
    a fact that comes late shows a minute later."""

    def __init__(self) -> None:
        self._kept: dict[Piece, tuple[float, Bucket | None]] = {}  # → until when, and what was there

    async def page(self, feed: Feed, cameras: Sequence[CameraDescription], now_s: float) -> GlancePage:
        """Return a row for each camera."""
        plans = [Plan.of(camera, now_s) for camera in cameras]
        found = await self._read(feed, [piece for plan in plans for piece in plan.pieces], now_s)
        for n, plan in enumerate(plans):
            if not any(found[piece] for piece in plan.pieces):
                plans[n] = await _of_recording(feed, plan, now_s)
                found |= await self._read(feed, plans[n].pieces, now_s)
        return GlancePage(at=_moment(now_s), items=[_row(plan, found) for plan in plans])

    async def _read(self, feed: Feed, pieces: Iterable[Piece], now_s: float) -> Found:
        kept = {piece: self._kept.get(piece, (0.0, None)) for piece in pieces}
        found = {piece: bucket for piece, (until_s, bucket) in kept.items() if until_s > now_s}
        missing = [piece for piece in kept if piece not in found]
        stored = await feed.buckets(list(dict.fromkeys(name for piece in missing for name in piece.names)))
        if len(self._kept) > MOST_KEPT:
            self._kept.clear()
        for piece in missing:
            parts = [stored[name] for name in piece.names if name in stored]
            found[piece] = figures.merge(parts) if parts else None
            if piece.end <= now_s - SETTLED_S:
                self._kept[piece] = (now_s + KEPT_S, found[piece])
        return found


async def _of_recording(feed: Feed, plan: Plan, now_s: float) -> Plan:
    """Return what is read instead where the newest figures are of another day because a recording is played."""
    newest = await feed.newest([plan.camera.id], HOUR_S)
    if newest is None or 0 <= now_s - newest < RECORDING_S:
        return plan
    last = await feed.newest([plan.camera.id], max(plan.camera.min_step_s, MINUTE_S))
    return Plan.of(plan.camera, newest + HOUR_S - 1 if last is None else last + 59)


def _row(plan: Plan, found: Found) -> Glance:
    camera = plan.camera
    told, until = [], plan.day
    for piece in plan.parts:
        bucket = found[piece]
        if camera.purpose != "statistics":
            until = plan.until
        elif piece.end > plan.until or (bucket and not bucket["q|sealed"]):
            continue
        else:
            until = piece.end  # what nobody watched counts as time too
        told += [bucket] if bucket else []
    day = figures.merge(told)
    covered = figures.coverage(day, max(1, until - plan.day))
    is_known = covered > 0
    measure: Literal["crossings", "occupancy"] = "crossings" if camera.lines or not camera.zones else "occupancy"
    return Glance(
        camera=camera.id,
        day=_moment(plan.day),
        until=_moment(until),
        status=figures.status(covered),  # type: ignore[arg-type] # one of the four, by its own tests
        coverage=round(covered, 4),
        lines=[_line(day, line, is_known) for line in camera.lines],
        classes=_classes(day, camera.lines) if is_known else {},
        measure=measure,
        step_s=plan.recent[0].end - plan.recent[0].start,
        recent=[_point(piece, plan, found[piece] or {}, measure) for piece in plan.recent],
    )


def _point(piece: Piece, plan: Plan, bucket: Bucket, measure: str) -> GlancePoint:
    # The running piece is young: that its rest is not watched yet is no gap.
    covered = figures.coverage(bucket, max(1, min(piece.end, plan.until) - piece.start))
    status = figures.status(covered)
    if plan.camera.purpose == "statistics" and covered > 0 and not bucket["q|sealed"]:
        status = "suppressed"
    value = _value(bucket, plan.camera, measure) if status in ("observed", "partial") else None
    return GlancePoint(start=_moment(piece.start), value=value, status=status, coverage=round(covered, 4))  # type: ignore[arg-type]


def _value(bucket: Bucket, camera: CameraDescription, measure: str) -> float:
    if measure == "crossings":
        return sum(sum(_ways(bucket, line, name)) for line in camera.lines for name in line.classes)
    watched = (zone for zone in camera.zones if "occupancy" in zone.measures)
    means = (figures.occupancy_mean(bucket, zone.id, name) or 0.0 for zone in watched for name in zone.classes)
    return round(sum(means), 3)


def _line(day: Bucket, line: LineDescription, is_known: bool) -> GlanceLine:
    ways = [_ways(day, line, name) for name in line.classes]
    forward, backward = (sum(way) for way in zip(*ways, strict=True)) if is_known and ways else (None, None)
    return GlanceLine(line=line.id, name=line.name, directions=line.directions, forward=forward, backward=backward)


def _classes(day: Bucket, lines: Iterable[LineDescription]) -> dict[str, int]:
    sums = Counter[str]()
    for line in lines:
        for name in line.classes:
            sums[city_name(name)] += sum(_ways(day, line, name))
    return dict(sums)


def _ways(bucket: Bucket, line: LineDescription, name: str) -> tuple[int, int]:
    return figures.crossings(bucket, line.id, name, "forward"), figures.crossings(bucket, line.id, name, "backward")


def _pieces(camera: str, stored_s: int, from_s: int, to_s: float, length_s: int) -> Iterator[Piece]:
    """Yield the pieces that begin in [from, to), each with the stored buckets in it."""
    for start in range(from_s, -int(-to_s // 1), length_s):
        end = start + length_s
        yield Piece(start, end, tuple(BucketName(camera, stored_s, one) for one in range(start, end, stored_s)))


def _moment(at_s: float) -> datetime:
    return datetime.fromtimestamp(int(at_s), UTC)
