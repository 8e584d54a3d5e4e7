"""The answer of /v1/series: which series, over which window, out of which buckets."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from hypervisor import figures
from hypervisor.catalogue import ROWS, Key, Row
from hypervisor.feed import Bucket, BucketName, Feed
from hypervisor.problems import Refusal
from hypervisor.query import SeriesQuery
from hypervisor.settings import Settings
from hypervisor.spans import FINEST_S, Span, cut, floor, spans
from pipeline.observation import CameraDescription

DEFAULT_BUCKETS = 60


class Window(NamedTuple):
    """The range of bucket starts, half-open, epoch seconds."""

    from_s: float
    to_s: float


class Part(NamedTuple):
    """What is asked of one camera."""

    camera: CameraDescription
    grid: Sequence[Span]
    keys: tuple[Key, ...]


@dataclass(frozen=True, slots=True)
class SeriesReader:
    """Answers one kind of question; everything it needs is passed in."""

    feed: Feed
    settings: Settings
    clock: Callable[[], float]

    async def page(self, query: SeriesQuery) -> dict[str, Any]:
        """Return one page in the form of `wire.SeriesPage`.

        Raises:
            Refusal: what is asked does not exist, is forbidden, or too much.
        """
        parts, cursor = await self.parts(query)
        series: list[dict[str, Any]] = []
        for part in parts:
            cells = await self.cells(query, part.camera, part.grid if part.keys else ())
            series += [_series(query, part.camera.id, key, cells) for key in part.keys]
        return answer(query, series, cursor)

    async def parts(self, query: SeriesQuery) -> tuple[list["Part"], str | None]:
        """Return what belongs on one page, camera by camera, and where the next one begins.

        Raises:
            Refusal: what is asked does not exist, is forbidden, or too much.
        """
        cameras = chosen(await self.feed.cameras(), query)
        window, after = await self.window(query, list(cameras.values()))
        parts: list[Part] = []
        points = 0
        for camera, description in cameras.items():
            if camera <= after:
                continue
            grid = self.grid(query, description, window)
            wanted = tuple(keys_of(description, query))
            points += len(grid) * len(wanted)
            if points > self.settings.max_points_page:
                if any(part.keys for part in parts) or not wanted:
                    return parts, f"{round(window.from_s * 1000)}~{round(window.to_s * 1000)}~{after}"
                raise Refusal("range-too-large", too_many(points, self.settings.max_points_page))
            parts.append(Part(description, grid, wanted))
            after = camera
        return parts, None

    async def cells(self, query: SeriesQuery, camera: CameraDescription, grid: Sequence[Span]) -> list["Cell"]:
        """Read the buckets of a grid."""
        sources = {span: span.sources(query.bucket) for span in grid}
        names = [BucketName(camera.id, step, start) for step, starts in sources.values() for start in starts]
        stored = await self.feed.buckets(names)
        now_s = self.clock()
        return [
            Cell.of(
                span,
                [stored.get(BucketName(camera.id, step, start)) for start in starts],
                camera.purpose == "statistics",
                now_s,
            )
            for span, (step, starts) in sources.items()
        ]

    def grid(self, query: SeriesQuery, description: CameraDescription, window: Window) -> tuple[Span, ...]:
        """Return the buckets of a window, cut as the camera's clocks cut them."""
        length_s = FINEST_S[query.bucket]
        n = (window.to_s - window.from_s) / length_s
        # Days are read as 24 hours each, so their number is bounded by what has to be read.
        limit = min(self.settings.max_points, self.settings.max_points_page * 3600 // max(length_s, 3600))
        if n > limit + 1:
            raise Refusal("range-too-large", too_many(round(n), limit))
        return cut(query.bucket, description.timezone, *window)

    async def window(self, query: SeriesQuery, cameras: Sequence[CameraDescription]) -> tuple[Window, str]:
        """Return the window, and the camera after which this page begins."""
        if query.cursor is not None:
            from_ms, to_ms, after = query.cursor.split("~")
            return Window(int(from_ms) / 1000, int(to_ms) / 1000), after
        zone = cameras[0].timezone if cameras else "UTC"
        to_s = query.to.timestamp() if query.to else await self._default_to(query, cameras, zone)
        back_s = (DEFAULT_BUCKETS - 1) * FINEST_S[query.bucket]
        if query.from_:
            from_s = query.from_.timestamp()
        else:
            # From the middle of the last bucket, so that a change of the clocks does not reach the wrong day.
            last = floor(query.bucket, zone, to_s - 0.001)
            from_s = floor(query.bucket, zone, last + FINEST_S[query.bucket] / 2 - back_s)
        if from_s >= to_s:
            raise Refusal("invalid-request", "the range is empty", (("query", "from", "is not before to"),))
        return Window(from_s, to_s), ""

    async def _default_to(self, query: SeriesQuery, cameras: Sequence[CameraDescription], zone: str) -> float:
        """Return now, or the end of the newest bucket if it lies ahead, or a whole window back (a recording)."""
        now_s = self.clock()
        length_s = FINEST_S[query.bucket]
        newest = await self.feed.newest([camera.id for camera in cameras], min(length_s, 3600))
        if newest is None:
            return now_s
        end_s = next(spans(query.bucket, zone, floor(query.bucket, zone, newest), newest + 1)).end
        return end_s if end_s > now_s or end_s <= now_s - DEFAULT_BUCKETS * length_s else now_s


@dataclass(frozen=True, slots=True)
class Cell:
    """One bucket of the grid with what is true of all series of a camera in it."""

    start: str  # RFC 3339
    bucket: Bucket
    status: str
    coverage: float
    quality: dict[str, Any]

    def value(self, row: Row, key: Key) -> float | int | None:
        """Return the figure of a series; None where there is none, or it is withheld."""
        return row.read(self.bucket, key) if self.status in ("observed", "partial") else None

    @staticmethod
    def of(span: Span, parts: Sequence[Bucket | None], sealed_only: bool, now_s: float) -> "Cell":
        """Make a cell out of the stored buckets of a span; `sealed_only` withholds the others."""
        present = [part for part in parts if part]
        kept = [part for part in present if part.get("q|sealed")] if sealed_only else present
        bucket = figures.merge(kept or present)
        covered = figures.coverage(bucket, span.end - span.start)
        quality = figures.quality(bucket)
        quality["sealed"] = quality["sealed"] and (parts[-1] is not None or span.end <= now_s)
        # Of what nobody watched there is nothing to withhold: a camera that was paused has no figures.
        status = "suppressed" if present and not kept and covered > 0 else figures.status(covered)
        start = datetime.fromtimestamp(span.start, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return Cell(start, bucket, status, round(covered, 4), quality)


def chosen(cameras: dict[str, CameraDescription], query: SeriesQuery) -> dict[str, CameraDescription]:
    """Return the cameras that are asked for, after checking that everything named exists and is allowed."""
    if query.camera is not None:
        cameras = {query.camera: find_camera(cameras, query.camera)}
    row = ROWS[query.measure]
    wrong = ["zone" if row.subject == "line" else "line", *([] if row.directed else ["direction"]), "sensor"]
    faults = tuple(
        ("query", name, f"does not apply to {query.measure}") for name in wrong if getattr(query, name) is not None
    )
    if faults:
        raise Refusal("invalid-request", "; ".join(f"{name} {text}" for _, name, text in faults), faults)
    places = [place for camera in cameras.values() for place in row.places(camera)]
    known(row.subject, query.line or query.zone, [place for place, _ in places])
    known("class", query.class_name, [name for _, classes in places for name in classes])
    forbid_step(cameras.values(), query.bucket)
    return cameras


def find_camera(cameras: dict[str, CameraDescription], camera: str) -> CameraDescription:
    """Return a camera's description, or refuse with the names there are."""
    known("camera", camera, list(cameras))
    return cameras[camera]


def forbid_step(cameras: Any, bucket: str) -> None:
    """Refuse buckets finer than a camera's purpose allows."""
    for camera in cameras:
        if camera.purpose == "statistics" and FINEST_S[bucket] < camera.min_step_s:
            raise Refusal(
                "purpose-forbids-step",
                f"camera {camera.id!r} (purpose statistics) gives no total finer than {camera.min_step_s} s; "
                f"asked for {bucket}",
            )


def keys_of(description: CameraDescription, query: SeriesQuery) -> Iterator[Key]:
    """Yield every configured series of a camera that the query lets through."""
    row = ROWS[query.measure]
    wanted = query.line or query.zone
    for place, classes in row.places(description):
        for class_name in classes:
            for direction in row.ways(description, place):
                if (
                    wanted in (None, place)
                    and query.class_name in (None, class_name)
                    and query.direction in (None, direction)
                ):
                    yield Key(place, class_name, direction)


def answer(query: SeriesQuery, series: list[dict[str, Any]], cursor: str | None) -> dict[str, Any]:
    """Return the outer form of a page."""
    return {
        "measure": query.measure,
        "unit": ROWS[query.measure].unit,
        "bucket": query.bucket,
        "series": series,
        "next": cursor,
    }


def _series(query: SeriesQuery, camera: str, key: Key, cells: Sequence[Cell]) -> dict[str, Any]:
    row = ROWS[query.measure]
    points = [
        {
            "start": cell.start,
            "value": cell.value(row, key),
            "status": cell.status,
            "coverage": cell.coverage,
            "quality": cell.quality,
        }
        for cell in cells
    ]
    return {"camera": camera, **row.names(key), "points": points}


def known(what: str, asked: str | None, names: Sequence[str]) -> None:
    """Refuse a name that does not exist, with those there are."""
    if asked is not None and asked not in names:
        there_are = ", ".join(dict.fromkeys(names)) or "none"
        raise Refusal("not-found", f"{what} {asked!r} is unknown here; there are: {there_are}")


def too_many(n: int, limit: int) -> str:
    """Return the sentence that refuses so many points."""
    return f"asks for {n} points; expected {limit} at most: a shorter range, longer buckets, one camera or one line"
