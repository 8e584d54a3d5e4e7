"""The answer of /v1/cleanliness: which zones, over which period, out of which buckets and deposits."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil, floor
from typing import Any, NamedTuple

from hypervisor.cleanliness.deposits import Deposit
from hypervisor.cleanliness.texts import NOTES, REASONS, WATCH, both
from hypervisor.cleanliness.zone_figures import Ask, Cell, Watched, open_at, zone_figures
from hypervisor.feed import Bucket, BucketName, Feed
from hypervisor.problems import Refusal
from hypervisor.query import CleanlinessQuery
from hypervisor.series import find_camera, known
from pipeline import keys
from pipeline.measures import ALL_CLASSES
from pipeline.observation import CameraDescription, DepositsDescription, Observation, ZoneDescription

DAY_S = 86_400
DEFAULT_S = 7 * DAY_S
LONGEST_S = 92 * DAY_S
SMALL_ZONE_M2 = 20.0
READ_AT_ONCE = 200  # buckets


class Period(NamedTuple):
    """A period, cut at full buckets, epoch seconds."""

    from_s: int
    to_s: int
    step_s: int


@dataclass(frozen=True, slots=True)
class CleanlinessReader:
    """Answers one question; everything it needs is passed in."""

    feed: Feed
    clock: Callable[[], float]

    async def page(self, query: CleanlinessQuery) -> dict[str, Any]:
        """Return the answer in the form of `wire.CleanlinessPage`.

        Raises:
            Refusal: what is asked does not exist, or is too much.
        """
        cameras = watched_cameras(await self.feed.cameras(), query.camera, query.zone)
        period = await self._period(query, list(cameras.values()))
        deposits = await self.feed.deposits(list(cameras), period.from_s)
        watches = await self.feed.watches(list(cameras))
        rows: list[dict[str, Any]] = []
        for camera in cameras.values():
            buckets = await self._buckets(camera, period)
            found = [Deposit.of(camera.id, history) for history in deposits[camera.id]]
            for zone in camera.zones:
                if zone.deposits is not None and query.zone in (None, zone.id):
                    here = _Zone(camera, zone, zone.deposits, watches.get((camera.id, zone.id)))
                    mine = [one for one in found if one.zone == zone.id]
                    # on a thread: the first one loads SciPy, and many deposits take a while
                    rows.append(await asyncio.to_thread(_row, here, mine, buckets, period, query.service_level_h))
        _note_places(rows, await self.feed.cameras())
        return {"from": _iso(period.from_s), "to": _iso(period.to_s), "items": rows, "next": None}

    async def _period(self, query: CleanlinessQuery, cameras: Sequence[CameraDescription]) -> Period:
        now_s = self.clock()
        newest = await self.feed.newest([camera.id for camera in cameras], 3600)
        last_s = now_s if newest is None else max(now_s, newest + 3600)
        if query.to is not None:
            to_s = min(query.to.timestamp(), last_s)
        else:
            to_s = now_s if newest is None or now_s - DEFAULT_S < newest <= now_s else newest + 3600
        from_s = query.from_.timestamp() if query.from_ is not None else to_s - DEFAULT_S
        if from_s >= to_s:
            raise Refusal("invalid-request", "the period is empty", (("query", "from", "is not before to"),))
        if to_s - from_s > LONGEST_S + DAY_S:
            raise Refusal("range-too-large", f"asks for {(to_s - from_s) / DAY_S:.0f} days; expected 92 at most")
        finest_s = max((camera.min_step_s for camera in cameras), default=60)
        step_s = next(
            step_s
            for step_s, longest_s in ((60, 6 * 3600), (900, 8 * DAY_S), (3600, float("inf")))
            if step_s >= finest_s and to_s - from_s <= longest_s
        )
        return Period(floor(from_s / step_s) * step_s, ceil(to_s / step_s) * step_s, step_s)

    async def _buckets(self, camera: CameraDescription, period: Period) -> dict[int, Bucket]:
        """Return the buckets of a period by their start; under `statistics` only those that are sealed."""
        found: dict[int, Bucket] = {}
        starts = range(period.from_s, period.to_s, period.step_s)
        for first in range(0, len(starts), READ_AT_ONCE):
            names = [BucketName(camera.id, period.step_s, at) for at in starts[first : first + READ_AT_ONCE]]
            for name, bucket in (await self.feed.buckets(names)).items():
                if camera.purpose == "operations" or bucket.get("q|sealed"):
                    found[name.start] = {f: n for f, n in bucket.items() if f.startswith("g|")}
        return found


class _Zone(NamedTuple):
    """One zone, and all that is known of it beside figures."""

    camera: CameraDescription
    zone: ZoneDescription
    rules: DepositsDescription
    watch: Observation | None


def watched_cameras(
    cameras: dict[str, CameraDescription], camera: str | None, zone: str | None
) -> dict[str, CameraDescription]:
    """Return the cameras asked for that watch zones for deposits.

    Raises:
        Refusal: if the camera or the zone does not exist.
    """
    if camera is not None:
        cameras = {camera: find_camera(cameras, camera)}
    watched = {name: one for name, one in cameras.items() if any(zone.deposits for zone in one.zones)}
    known("zone", zone, [one.id for camera in watched.values() for one in camera.zones if one.deposits])
    return watched


def cells_of(zone: str, buckets: dict[int, Bucket], period: Period) -> list[Cell]:
    """Return how a zone was watched, bucket by bucket."""
    watched, dirty, size = (
        keys.gauge_field(name, zone, ALL_CLASSES, what)
        for name, what in (("deposits_watched", "ms"), ("dirty", "ms"), ("smallest", "max"))
    )
    return [
        Cell(
            start,
            start + period.step_s,
            min(bucket.get(watched, 0) / 1e6, period.step_s),  # thousandths × milliseconds
            bucket.get(dirty, 0) / 1e6,
            bucket[size] / 1000 if bucket.get(size) else None,
        )
        for start, bucket in sorted(buckets.items())
    ]


def _row(
    here: _Zone, deposits: Sequence[Deposit], buckets: dict[int, Bucket], period: Period, service_level_h: float | None
) -> dict[str, Any]:
    rules, camera = here.rules, here.camera
    level_h = service_level_h or rules.service_level_h
    ask = Ask(period.from_s, period.to_s, camera.timezone, rules.area_m2, level_h, camera.grades)
    cells = cells_of(here.zone.id, buckets, period)
    watched = Watched.of(cells, ask)
    until_s = watched.followed_until_s
    figures = zone_figures(deposits, cells, watched, ask)
    return {
        "camera": camera.id,
        "zone": here.zone.id,
        "name": here.zone.name,
        "place": rules.place,
        "primary": rules.primary in (None, f"{camera.id}/{here.zone.id}"),
        "also_seen_by": [],
        "area_m2": rules.area_m2,
        "watch": None if here.watch is None else _watch(here.watch),
        "smallest_cm": watched.smallest_cm,
        "coverage": round(watched.coverage, 4),
        "observed_h": round(watched.observed_h, 3),
        "followed_until": None if until_s is None else _iso(until_s),
        "open": open_at(deposits, period.to_s - 0.001),
        "figures": figures,
        "notes": [_note("macro")] + ([] if figures is not None else [_note("low_coverage")]) + _notes(rules),
    }


def _notes(rules: DepositsDescription) -> list[dict[str, str]]:
    if rules.area_m2 is None:
        return [_note("uncalibrated")]
    small = [_note("small_zone")] if rules.area_m2 < SMALL_ZONE_M2 else []
    return [_note("assumed_limits"), *small]


def _note_places(rows: Sequence[dict[str, Any]], cameras: dict[str, CameraDescription]) -> None:
    """Say at each zone who else sees its place, and where its figures do not count."""
    seen: dict[str, list[str]] = {}
    for camera in cameras.values():
        for zone in camera.zones:
            if zone.deposits is not None and zone.deposits.place is not None:
                seen.setdefault(zone.deposits.place, []).append(f"{camera.id}/{zone.id}")
    for row in rows:
        mine = f"{row['camera']}/{row['zone']}"
        row["also_seen_by"] = [one for one in seen.get(row["place"], []) if one != mine]
        if not row["primary"]:
            row["notes"].append(_note("not_primary"))


def _watch(told: Observation) -> dict[str, Any]:
    detail = told.detail
    state, reason = both(WATCH, str(detail["state"])), both(REASONS, str(detail["reason"]))
    return {
        "state": detail["state"],
        "reason": detail["reason"],
        "since": _iso(told.observed_at.timestamp()),
        "smallest_px": detail["smallest_px"],
        "smallest_cm": detail["smallest_cm"],
        "text": {"fr": f"{state['fr']} : {reason['fr']}", "en": f"{state['en']}: {reason['en']}"},
    }


def _note(code: str) -> dict[str, str]:
    return {"code": code, **NOTES[code]}


def _iso(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).isoformat().replace("+00:00", "Z")
