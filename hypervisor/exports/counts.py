"""Passages of whole days as they may be published: coarsened, then withheld (`hypervisor.exports.suppression`).

Whole local days only, and only those that are over: the step of a line's day depends on all of its counts, and whoever
had the morning in hours and later the day in one could subtract. For each line and day the finest step is taken, from
the one that is asked for upwards, at which no class and way has a small count; what is small in a whole day is
withheld, with as many others as it takes. Every export goes through here, so no two of them differ.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from hypervisor import figures
from hypervisor.exports.suppression import TOTAL, Entry, first_safe, with_totals, withheld
from hypervisor.feed import Bucket, BucketName, Feed
from hypervisor.spans import FINEST_S, BucketSize, Span, spans
from pipeline.observation import CameraDescription, LineDescription

Step = Literal["15m", "1h", "1d"]
LADDER: tuple[Step, ...] = ("15m", "1h", "1d")
WAYS = ("forward", "backward")
AFTER_S = 3600.0
"""A day is over for exports so long after its end: what comes late is in by then."""


class Row(NamedTuple):
    """One count of a class and way in a slot; both may be `TOTAL`."""

    camera: str
    line: str
    class_name: str
    direction: str
    start: int  # epoch seconds
    end: int
    value: int | None  # null where not observed or suppressed
    status: str  # observed, partial, not_observed, suppressed
    coverage: float


@dataclass(frozen=True, slots=True)
class Export:
    """What to export; moments in epoch seconds."""

    from_s: float
    to_s: float
    step: Step = "1h"
    k: int = 5
    totals: bool = False


async def rows(feed: Feed, cameras: Sequence[CameraDescription], asked: Export, now_s: float) -> AsyncIterator[Row]:
    """Yield the counts of all lines, day by day: one day of one camera is in memory at a time."""
    for camera in cameras:
        for day in spans("1d", camera.timezone, asked.from_s, asked.to_s):
            if day.end + AFTER_S > now_s:
                break
            slots = {step: await _slots(feed, camera, step, day) for step in _ladder(camera, asked.step)}
            for line in camera.lines:
                for row in _line(camera, line, slots, asked):
                    yield row


class _Slot(NamedTuple):
    span: Span
    bucket: Bucket
    coverage: float
    status: str


def _ladder(camera: CameraDescription, step: Step) -> list[Step]:
    least_s = max(FINEST_S[step], camera.min_step_s if camera.purpose == "statistics" else 0)
    return [one for one in LADDER if FINEST_S[one] >= least_s]


async def _slots(feed: Feed, camera: CameraDescription, step: BucketSize, day: Span) -> list[_Slot]:
    grid = list(spans(step, camera.timezone, day.start, day.end))
    sources = {span: span.sources(step) for span in grid}
    stored = await feed.buckets(
        [BucketName(camera.id, size, start) for size, starts in sources.values() for start in starts]
    )
    found = []
    for span, (size, starts) in sources.items():
        parts = [stored.get(BucketName(camera.id, size, start)) for start in starts]
        present = [part for part in parts if part and (camera.purpose == "operations" or part.get("q|sealed"))]
        bucket = figures.merge(present)
        covered = figures.coverage(bucket, span.end - span.start)
        found.append(_Slot(span, bucket, round(covered, 4), figures.status(covered)))
    return found


def _line(
    camera: CameraDescription, line: LineDescription, slots: Mapping[Step, Sequence[_Slot]], asked: Export
) -> list[Row]:
    # Finer buckets are kept for a shorter time: a step that holds nothing where a coarser one does is no choice.
    steps = [step for step in slots if any(slot.coverage for slot in slots[step])] or list(slots)
    ladder = [[n for slot in slots[step] for n in _counts(line, slot).values()] for step in steps]
    chosen = slots[steps[first_safe(ladder, asked.k)]]
    return [row for slot in chosen for row in _released(camera, line, slot, asked)]


def _counts(line: LineDescription, slot: _Slot) -> dict[Entry, int]:
    if slot.status == "not_observed":
        return {}
    return {(name, way): figures.crossings(slot.bucket, line.id, name, way) for name in line.classes for way in WAYS}


def _released(camera: CameraDescription, line: LineDescription, slot: _Slot, asked: Export) -> list[Row]:
    counts = _counts(line, slot)
    hidden = withheld(counts, asked.k) if counts else frozenset()
    table = with_totals(counts)
    names = (*line.classes, TOTAL) if asked.totals else line.classes
    ways = (*WAYS, TOTAL) if asked.totals else WAYS
    released = []
    for entry in ((name, way) for name in names for way in ways):
        status = "suppressed" if entry in hidden else slot.status
        value = table.get(entry) if status in ("observed", "partial") else None
        released.append(Row(camera.id, line.id, *entry, slot.span.start, slot.span.end, value, status, slot.coverage))
    return released
