"""From events to entries: numbers them, sorts them into buckets and seals buckets when their time is over.

Under `operations` each crossing and stay is told at once, and occupancy and coverage once a second. Under
`statistics` everything stays in memory until a bucket of at least `min_step_s` is over: then its totals leave.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import assert_never

from pipeline import keys
from pipeline.config import CameraConfig
from pipeline.deposit_details import deposit_detail, watch_detail
from pipeline.events import (
    Counted,
    Crossing,
    Deposit,
    Dwell,
    Event,
    Level,
    Observed,
    Occupancy,
    Presence,
    Sampled,
    Suspended,
    ZoneWatch,
)
from pipeline.heat import FIGURES
from pipeline.moments import by_minute, iso, ms
from pipeline.observation import Condition, Kind, Observation, Quality
from pipeline.publish import Entry, Increment, Sink
from pipeline.sanity.texts import text_of
from pipeline.tracks import Tracks

Detail = dict[str, str | int | float | None]

FLUSH_S = 1.0
LATENESS_S = 10.0
"""A bucket is sealed so long after its end: an object's past may be claimed when it is confirmed."""

LEVEL = ("ms", "max")
"""What a bucket holds of a level: level × time, and its highest value."""

_PER_FRAME = 10_000
"""Numbers set aside for the entries of one frame; more than it brings."""

_MINUTE_S = keys.STEPS_S[0]

_log = logging.getLogger(__name__)


class Publisher:
    """Turn the events of one producer epoch of one camera into entries of a sink.

    Args:
        epoch: name of this run; the same recording under the same configuration has the same one.
        origin_s: seconds since the Unix epoch of the events' time 0 (0 for live cameras).
        quality: where and with what the detector runs now.
    """

    def __init__(
        self, camera: CameraConfig, epoch: str, origin_s: float, sink: Sink, quality: Callable[[], Quality]
    ) -> None:
        self._camera = camera
        self._epoch = epoch
        self._origin_s = origin_s
        self._sink = sink
        self._quality = quality
        self._live = camera.purpose == "operations"
        self._steps_s = steps_of(camera)
        self._seq = 0
        self._condition: Condition = "ok"
        self._clock_s = float("-inf")  # newest moment told, seconds since the Unix epoch
        self._waiting: dict[int, dict[str, Increment]] = {}  # start of bucket → changes not yet told
        self._open: dict[int, set[int]] = {step_s: set() for step_s in self._steps_s}  # starts, not yet sealed

    def look(self, tracks: Tracks) -> None:
        """Number what follows by its frame, so that the same fact of the same recording has the same number."""
        self._seq = max(self._seq, tracks.frame_index * _PER_FRAME)

    def condition(self, condition: Condition, time_s: float) -> None:
        """Tell how the camera's picture is, if that has changed."""
        before, self._condition = self._condition, condition
        if condition == before:
            return
        text = text_of(before, condition)
        _log.warning("%s: %s", self._camera.id, text)
        detail: Detail = {"condition": condition, "before": before, "text": text}
        at_s = self._origin_s + time_s
        told = self._observation("camera.condition", "", at_s, (float(condition == "ok"), "state"), detail)
        self._put(at_s, (), (), told)

    def __call__(self, event: Event) -> None:
        """Take one event."""
        match event:
            case Crossing():
                self._crossed(event)
            case Dwell():
                self._stayed(event)
            case Occupancy() | Level():
                fields, level = _level_of(event)
                self._level(fields, event.start_s, event.end_s, level)
            case Observed() | Suspended():
                self._watched(event)
            case Counted() | Sampled():
                self._change(self._origin_s + event.time_s, Increment(_field_of(event), 1))
            case Presence():
                self._was_present(event)
            case Deposit() | ZoneWatch():
                self._lies(event)
            case _:
                assert_never(event)

    def close(self, over: bool = True) -> None:
        """Tell what is left, if this run is over; if it is to be played again from its start, that will tell it."""
        if over:
            self._flush()
            self._seal(float("inf"))
        self._sink.close()

    def _crossed(self, event: Crossing) -> None:
        at_s = self._origin_s + event.time_s
        detail: Detail = {"class": event.class_name, "direction": event.direction}
        told = self._observation("crossing", event.line_id, at_s, (1.0, "crossing"), detail)
        field = keys.crossing_field(event.line_id, event.class_name, event.direction)
        self._fact(at_s, told, Increment(field, 1))

    def _stayed(self, event: Dwell) -> None:
        at_s = self._origin_s + event.time_s
        length = (round(event.duration_s, 3), "s")
        told = self._observation("dwell", event.zone_id, at_s, length, {"class": event.class_name})
        field = keys.dwell_field(event.zone_id, event.class_name, keys.dwell_bin(event.duration_s))
        self._fact(at_s, told, Increment(field, 1))

    def _watched(self, event: Observed | Suspended) -> None:
        """Add the length of a span, and what was looked at in it; go on to its end."""
        field = "q|covered_ms" if isinstance(event, Observed) else "q|suspended_ms"
        for start_s, end_s in by_minute(self._origin_s + event.start_s, self._origin_s + event.end_s):
            self._change(start_s, Increment(field, ms(end_s) - ms(start_s)))
        at_s = self._origin_s + event.end_s
        if isinstance(event, Observed):
            self._change(at_s, Increment("q|expected", event.expected))
            quality = self._quality()
            revision = f"q|revision|{quality.revision}"
            if quality.shed:
                self._change(at_s, Increment(keys.SHED, quality.shed, "max"))
            for name in ("q|processed", f"q|device|{event.device}", f"q|model|{event.model}", revision):
                self._change(at_s, Increment(name, event.processed))
        self._advance(at_s)

    def _level(self, fields: tuple[str, str], start_s: float, end_s: float, level: int) -> None:
        """Add a level × time to the first field of each bucket, and hold the highest level in the second."""
        for part_s, end_part_s in by_minute(self._origin_s + start_s, self._origin_s + end_s):
            amount = level * (ms(end_part_s) - ms(part_s))
            if amount:
                self._change(part_s, Increment(fields[0], amount))
            self._change(part_s, Increment(fields[1], level, "max"))

    def _was_present(self, event: Presence) -> None:
        """Add a time and a way to a cell, in the bucket in which the time began."""
        at_s, end_s = self._origin_s + event.start_s, self._origin_s + event.end_s
        for what, amount in zip(FIGURES, (ms(end_s) - ms(at_s), event.dx, event.dy), strict=True):
            if amount:
                field = keys.heat_field(event.zone_id, event.class_name, event.cell, what)
                self._change(at_s, Increment(field, amount))

    def _lies(self, event: Deposit | ZoneWatch) -> None:
        """Tell of a deposit or of a zone that is watched for them: things, which every purpose may tell at once."""
        at_s = self._origin_s + event.time_s
        if isinstance(event, Deposit):
            detail = deposit_detail(event, lambda time_s: iso(self._origin_s + time_s))
            told = self._observation("deposit", event.zone_id, at_s, (1.0, "deposit"), detail)
        else:
            watched = (float(event.state == "watching"), "state")
            told = self._observation("deposit.watch", event.zone_id, at_s, watched, watch_detail(event))
        self._put(at_s, (), (), told)

    def _fact(self, at_s: float, told: Observation, increment: Increment) -> None:
        """Count one crossing or stay, and tell of it where the purpose allows that."""
        if not self._live:
            self._change(at_s, increment)
            return
        self._put(at_s, (increment,), self._steps_s, told)
        self._note_open(at_s)

    def _change(self, at_s: float, increment: Increment) -> None:
        """Remember a change for the next telling."""
        step_s = _MINUTE_S if self._live else self._steps_s[0]
        bucket = self._waiting.setdefault(int(at_s // step_s) * step_s, {})
        before = bucket.get(increment.field)
        if before is not None:
            both = (before.value, increment.value)
            increment = Increment(increment.field, max(both) if increment.op == "max" else sum(both), increment.op)
        bucket[increment.field] = increment
        self._note_open(at_s)

    def _note_open(self, at_s: float) -> None:
        for step_s, starts in self._open.items():
            starts.add(int(at_s // step_s) * step_s)

    def _advance(self, now_s: float) -> None:
        before_s, self._clock_s = self._clock_s, now_s
        if self._live and now_s // FLUSH_S != before_s // FLUSH_S:  # at whole seconds, so a replay flushes alike
            self._flush()
        self._seal(now_s - LATENESS_S)

    def _flush(self) -> None:
        """Tell the remembered changes of every bucket."""
        for start_s in sorted(self._waiting):
            self._tell(start_s, self._waiting[start_s])
        self._waiting.clear()

    def _seal(self, until_s: float) -> None:
        """Tell that buckets which ended before `until_s` are over."""
        over = sorted(
            (start_s + step_s, step_s, start_s)
            for step_s, starts in self._open.items()
            for start_s in starts
            if start_s + step_s <= until_s
        )
        if over and not self._live:
            self._flush_before(until_s)
        for end_s, step_s, start_s in over:
            self._open[step_s].discard(start_s)
            detail: Detail = {"step_s": step_s, "end": iso(end_s)}
            sealed = self._observation("bucket.sealed", str(step_s), start_s, (1.0, "bucket"), detail)
            self._put(float(start_s), (Increment("q|sealed", 1, "max"),), (step_s,), sealed)

    def _flush_before(self, until_s: float) -> None:
        step_s = self._steps_s[0]
        for start_s in sorted(start for start in self._waiting if start + step_s <= until_s):
            self._tell(start_s, self._waiting.pop(start_s))

    def _tell(self, start_s: int, changes: dict[str, Increment]) -> None:
        """Tell changes: those of heat maps, which are many, to the hours only."""
        heat = tuple(change for field, change in changes.items() if field.startswith(keys.HEAT))
        rest = tuple(change for field, change in changes.items() if not field.startswith(keys.HEAT))
        for increments, steps_s in ((rest, self._steps_s), (heat, keys.STEPS_S[-1:])):
            if increments:
                self._put(float(start_s), increments, steps_s, None)

    def _put(
        self, at_s: float, increments: tuple[Increment, ...], steps_s: tuple[int, ...], told: Observation | None
    ) -> None:
        self._seq += 1
        if told is not None:
            told = told.model_copy(update={"id": f"{self._camera.id}:{self._epoch}:{self._seq}"})
        self._sink.put(Entry(self._seq, at_s, told, increments, steps_s))

    def _observation(
        self, kind: Kind, subject: str, at_s: float, value: tuple[float, str], detail: Detail
    ) -> Observation:
        return Observation(
            id="",  # numbered when it is put
            camera_id=self._camera.id,
            kind=kind,
            subject=subject,
            observed_at=datetime.fromtimestamp(at_s, UTC),
            value=value[0],
            unit=value[1],
            quality=self._quality(),
            detail=detail,
        )


def steps_of(camera: CameraConfig) -> tuple[int, ...]:
    """Return the lengths of the buckets that leave a camera's worker."""
    if camera.purpose == "operations":
        return keys.STEPS_S
    return tuple(step_s for step_s in keys.STEPS_S if step_s >= camera.min_step_s)


def _field_of(event: Counted | Sampled) -> str:
    """Return the field that counts an event."""
    if isinstance(event, Counted):
        return keys.count_field(event.measure, event.place, event.class_name, event.way)
    bin_number = keys.dwell_bin(event.value)
    return keys.value_field(event.measure, event.place, event.class_name, event.way, bin_number)


def _level_of(event: Occupancy | Level) -> tuple[tuple[str, str], int]:
    """Return the fields that hold a level, and its height in what they are counted in."""
    if isinstance(event, Occupancy):
        total, most = (keys.occupancy_field(event.zone_id, event.class_name, what) for what in LEVEL)
        return (total, most), event.count
    total, most = (keys.gauge_field(event.measure, event.place, event.class_name, what) for what in LEVEL)
    return (total, most), round(event.value * 1000)
