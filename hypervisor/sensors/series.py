"""/v1/series of sensors: the same form as a camera's, out of sensors' buckets."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypervisor.access.principal import Principal
from hypervisor.problems import Refusal
from hypervisor.query import SeriesQuery
from hypervisor.sensors.buckets import Reading, read
from hypervisor.sensors.ledger import BucketName, Ledger
from hypervisor.sensors.measures import MEASURES, SERIES
from hypervisor.sensors.model import Sensor, SensorMeasure
from hypervisor.settings import Settings
from hypervisor.spans import FINEST_S, Span, floor, spans
from hypervisor.store.values import Store

DEFAULT_BUCKETS = 60


@dataclass(frozen=True, slots=True)
class SensorSeries:
    """Answers for measures of sensors."""

    store: Store
    settings: Settings
    clock: Callable[[], float]

    async def page(self, query: SeriesQuery, who: Principal) -> dict[str, Any]:
        """Return one page in the form of `wire.SeriesPage`.

        Raises:
            Refusal: what is asked does not exist, is not granted, or too much.
        """
        _applies(query, who)
        ledger = Ledger(self.store, self.clock)
        sensors = await self._sensors(ledger, query, who)
        from_s, to_s, after = self._window(query)
        grid = list(self._grid(query, from_s, to_s))
        series: list[dict[str, Any]] = []
        points = 0
        for sensor in sensors:
            wanted = [one for one in sensor.measures if _asked(one, query)]
            if sensor.id <= after or not wanted:
                continue
            points += len(grid) * len(wanted)
            if points > self.settings.max_points_page:
                cursor = f"{round(from_s * 1000)}~{round(to_s * 1000)}~{after}" if series else None
                if cursor is None:
                    raise _too_large(points, self.settings.max_points_page)
                return _page(query, series, cursor)
            others = MEASURES[wanted[0].measure].people and not sensor.owned_by(who)
            stored = await self._buckets(ledger, query, sensor, self._whole_days(query, grid) if others else grid)
            series += [self._series(query, sensor, one, stored, grid if others else None) for one in wanted]
            after = sensor.id
        return _page(query, series, None)

    async def _sensors(self, ledger: Ledger, query: SeriesQuery, who: Principal) -> list[Sensor]:
        if query.sensor is not None:
            kept = await ledger.sensors.get(query.sensor)
            found = [kept] if kept is not None else []
        else:
            found = await ledger.sensors.listed(limit=self.settings.max_sensors)
        mine = sorted((one.value for one in found if one.value.readable_by(who)), key=lambda one: one.id)
        if query.sensor is not None and not mine:
            raise Refusal("not-found", f"sensor {query.sensor!r} is unknown here")
        return mine

    def _window(self, query: SeriesQuery) -> tuple[float, float, str]:
        if query.cursor is not None:
            from_ms, to_ms, after = query.cursor.split("~")
            return int(from_ms) / 1000, int(to_ms) / 1000, after
        to_s = query.to.timestamp() if query.to else self.clock()
        if query.from_:
            from_s = query.from_.timestamp()
        else:
            last = floor(query.bucket, self.settings.timezone, to_s - 0.001)
            back_s = (DEFAULT_BUCKETS - 1) * FINEST_S[query.bucket]
            # From the middle of the last bucket, so that a change of the clocks does not reach the wrong day.
            from_s = floor(query.bucket, self.settings.timezone, last + FINEST_S[query.bucket] / 2 - back_s)
        if from_s >= to_s:
            raise Refusal("invalid-request", "the range is empty", (("query", "from", "is not before to"),))
        return from_s, to_s, ""

    def _grid(self, query: SeriesQuery, from_s: float, to_s: float) -> Sequence[Span]:
        length_s = FINEST_S[query.bucket]
        limit = min(self.settings.max_points, self.settings.max_points_page * 3600 // max(length_s, 3600))
        if (to_s - from_s) / length_s > limit + 1:
            raise _too_large(round((to_s - from_s) / length_s), limit)
        return list(spans(query.bucket, self.settings.timezone, from_s, to_s))

    async def _buckets(
        self, ledger: Ledger, query: SeriesQuery, sensor: Sensor, grid: Sequence[Span]
    ) -> list[tuple[Span, int, list[Mapping[str, str]]]]:
        sources = [(span, *span.sources(query.bucket)) for span in grid]
        names = [BucketName(sensor.id, step, start) for _, step, starts in sources for start in starts]
        stored = await ledger.buckets(names)
        return [
            (span, step, [stored.get(BucketName(sensor.id, step, start), {}) for start in starts])
            for span, step, starts in sources
        ]

    def _whole_days(self, query: SeriesQuery, grid: Sequence[Span]) -> Sequence[Span]:
        """Return the grid with all slots of the days that it touches: what is withheld depends on whole days."""
        zone = self.settings.timezone
        first, last = floor("1d", zone, grid[0].start), floor("1d", zone, grid[-1].start)
        day = next(spans("1d", zone, last, last + 1))
        return list(spans(query.bucket, zone, first, day.end))

    def _series(
        self,
        query: SeriesQuery,
        sensor: Sensor,
        one: SensorMeasure,
        stored: Sequence[tuple[Span, int, list[Mapping[str, str]]]],
        told: Sequence[Span] | None,
    ) -> dict[str, Any]:
        """Return one series; `told`: the spans that another service may ask for, small counts withheld."""
        readings = {
            span: read(parts, step, span.end - span.start, one.key, sensor.interval_s) for span, step, parts in stored
        }
        hidden = self._hidden(readings) if told is not None else frozenset[Span]()
        what, now_s = SERIES[query.measure].what, self.clock()
        points = [_point(span, readings[span], what, span in hidden, now_s) for span in told or readings]
        named = {"channel": one.channel or None, "class": one.class_name, "direction": one.direction}
        return {"sensor": sensor.id, **{k: v for k, v in named.items() if v is not None}, "points": points}

    def _hidden(self, readings: Mapping[Span, Reading]) -> frozenset[Span]:
        """Return the slots that others are not told: all of a day with a small count at this step, or not over yet.

        If only the small ones were left out, the day's total would tell them.
        """
        zone, now_s = self.settings.timezone, self.clock()
        days = {span: floor("1d", zone, span.start) for span in readings}
        small = {
            days[span]
            for span, reading in readings.items()
            if reading.value is not None and 0 < reading.value < self.settings.small_count
        }
        return frozenset(
            span for span, day in days.items() if day in small or next(spans("1d", zone, day, day + 1)).end > now_s
        )


def _applies(query: SeriesQuery, who: Principal) -> None:
    if not who.may("sensors:read"):
        raise Refusal("not-allowed", f"{who.actor} has no scope sensors:read")
    wrong = [name for name in ("camera", "line", "zone", "place") if getattr(query, name) is not None]
    if wrong:
        faults = tuple(("query", name, f"does not apply to {query.measure}, which sensors measure") for name in wrong)
        raise Refusal("invalid-request", "; ".join(f"{name} {text}" for _, name, text in faults), faults)


def _asked(one: SensorMeasure, query: SeriesQuery) -> bool:
    return (
        one.measure == SERIES[query.measure].measure
        and query.class_name in (None, one.class_name)
        and query.direction in (None, one.direction)
    )


def _point(span: Span, reading: Reading, what: str, withheld: bool, now_s: float) -> dict[str, Any]:
    value = {"figure": reading.value, "min": reading.low, "max": reading.high}[what]
    status = reading.status
    if status == "not_observed":
        value = None
    elif withheld:
        value, status = None, "suppressed"
    quality = {
        "values_expected": reading.expected,
        "values_received": reading.received,
        "late": reading.late,
        "sealed": reading.sealed and span.end <= now_s,
    }
    start = datetime.fromtimestamp(span.start, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "start": start,
        "value": value,
        "status": status,
        "coverage": reading.coverage,
        "quality": quality,
    }


def _page(query: SeriesQuery, series: list[dict[str, Any]], cursor: str | None) -> dict[str, Any]:
    unit = MEASURES[SERIES[query.measure].measure].unit
    return {"measure": query.measure, "unit": unit, "bucket": query.bucket, "series": series, "next": cursor}


def _too_large(n: int, limit: int) -> Refusal:
    text = f"asks for {n} points; expected {limit} at most: a shorter range, longer buckets or one sensor"
    return Refusal("range-too-large", text)
