"""/v1/series of a place: one series for each class and direction, out of the buckets of its cameras."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypervisor import figures
from hypervisor.catalogue import ROWS
from hypervisor.places.figure import NOTHING, Combined, Reading, Source, combine, how, read, sources_of_place
from hypervisor.places.model import Place
from hypervisor.problems import Refusal
from hypervisor.query import SeriesQuery
from hypervisor.series import Cell, SeriesReader, answer, forbid_step, known, too_many
from hypervisor.spans import Span
from pipeline.observation import CameraDescription


@dataclass(frozen=True, slots=True)
class PlaceReader:
    """Answers for one place."""

    place: Place
    reader: SeriesReader

    async def page(self, query: SeriesQuery) -> dict[str, Any]:
        """Return all of it on one page, in the form of `wire.SeriesPage`.

        Raises:
            Refusal: what is asked does not exist, is forbidden, or too much.
        """
        cameras = {one: camera for one, camera in (await self.reader.feed.cameras()).items() if one in self._cameras}
        _check(query, self.place, cameras)
        window, _ = await self.reader.window(query, list(cameras.values()))
        grid = self.reader.grid(query, next(iter(cameras.values())), window) if cameras else ()
        wanted = list(_wanted(self.place, cameras, query))
        n, most = len(grid) * len(wanted), self.reader.settings.max_points_page
        if n > most:
            raise Refusal("range-too-large", too_many(n, most))
        cells = (
            {camera.id: await self.reader.cells(query, camera, grid) for camera in cameras.values()} if wanted else {}
        )
        series = [self._series(query, cells, grid, *one) for one in wanted]
        return answer(query, series, None)

    @property
    def _cameras(self) -> tuple[str, ...]:
        return self.place.cameras

    def _series(
        self,
        query: SeriesQuery,
        cells: dict[str, list[Cell]],
        grid: Sequence[Span],
        names: dict[str, str],
        sources: list[Source],
    ) -> dict[str, Any]:
        combined = how(query.measure, self.place.semantics)
        points = [
            _point(query.measure, [(source, cells[source.camera][n]) for source in sources], span, combined)
            for n, span in enumerate(grid)
        ]
        return {"place": self.place.id, "combined": combined, **names, "points": points}


def _check(query: SeriesQuery, place: Place, cameras: dict[str, CameraDescription]) -> None:
    """Refuse what does not apply, or does not exist, at a place."""
    row = ROWS[query.measure]
    wrong = ["camera", "line", "zone", "cursor", *([] if row.directed else ["direction"])]
    faults = [("query", name, "does not apply to a place") for name in wrong if getattr(query, name) is not None]
    if row.to:
        faults.append(("query", "measure", f"{query.measure} is not given for places; expected another"))
    if faults:
        raise Refusal("invalid-request", "; ".join(f"{name} {text}" for _, name, text in faults), tuple(faults))
    keys = [key for one in sources_of_place(place, cameras, query.measure, None, None) for key in one.keys]
    known("class", query.class_name, sorted({key.class_name for key in keys}))
    forbid_step(cameras.values(), query.bucket)


def _wanted(
    place: Place, cameras: dict[str, CameraDescription], query: SeriesQuery
) -> list[tuple[dict[str, str], list[Source]]]:
    """Return each series by its class and direction, with what makes it."""
    every = [key for one in sources_of_place(place, cameras, query.measure, query.class_name, None) for key in one.keys]
    row = ROWS[query.measure]
    ways = [way for way in row_ways(row.directed) if query.direction in (None, way)]
    return [
        (
            {"class": name} | ({"direction": way} if way else {}),
            sources_of_place(place, cameras, query.measure, name, way or None),
        )
        for name in dict.fromkeys(key.class_name for key in every)
        for way in ways
    ]


def row_ways(directed: bool) -> tuple[str, ...]:
    """Return the ways in which a measure of a place is given."""
    return ("forward", "backward") if directed else ("",)


def _point(measure: str, parts: Sequence[tuple[Source, Cell]], span: Span, combined: Combined) -> dict[str, Any]:
    readings = [_reading(measure, source, cell, span) for source, cell in parts]
    whole = combine(readings, combined)
    bucket = figures.merge(cell.bucket for _, cell in parts)
    quality = figures.quality(bucket) | {"sealed": all(cell.quality["sealed"] for _, cell in parts)}
    shown = whole.value if whole.status in ("observed", "partial") else None
    value = round(shown, 3) if isinstance(shown, float) else shown
    return {
        "start": parts[0][1].start,
        "value": value,
        "status": whole.status,
        "coverage": round(whole.coverage, 4),
        "quality": quality,
    }


def _reading(measure: str, source: Source, cell: Cell, span: Span) -> Reading:
    if cell.status == "suppressed":
        return Reading(None, "suppressed", cell.coverage)
    return read(measure, source.keys, cell.bucket, span.end - span.start) if cell.bucket else NOTHING
