"""Counts as CSV: a plain table, and the three files of the French national schema.

The national schema (etalab/schema-comptage-mobilites, site, channel and measure, v0.2) has one channel for each class
and way. In `measure` a count of 0 says that the slot was watched and nobody passed, an empty one that it was not
counted, and the row is there in both cases. It has no word for a withheld count: such slots are left out of `measure`
and listed in `suppressed`, a fourth file with the same columns but the count, so neither reading is wrong.
"""

import csv
import io
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypervisor.exports.counts import WAYS, Export, Row
from hypervisor.exports.suppression import TOTAL
from hypervisor.spans import FINEST_S
from pipeline.observation import CameraDescription, LineDescription

COLUMNS = ("camera", "line", "class", "direction", "start", "end", "value", "status", "coverage")
SITE = (
    *("site_id", "parent_site_id", "site_name", "fr_insee_code", "xlong", "ylat", "external_ids"),
    "infrastructure_type",
)
CHANNEL = (
    *("channel_id", "channel_provider_id", "site_provider_id", "site_id", "mobility_type", "comment"),
    *("counter_transmission_type", "publication_transmission_type", "counter_type", "direction"),
    *("provider_direction_code", "provider_direction_name", "data_provider_name", "temporality"),
    *("started_at", "ended_at", "last_updated_at", "time_step", "provider_portal_url"),
)
MEASURE = ("channel_id", "counter_id", "start_datetime", "end_datetime", "count")
SUPPRESSED = MEASURE[:-1]

MOBILITY: Mapping[str, str] = {
    "person": "PEDESTRIAN",
    "pedestrian": "PEDESTRIAN",
    "bicycle": "BIKE",
    "cyclist": "BIKE",
    "e_scooter": "E-SCOOTER",
    "motorcycle": "TWO WHEELS MOTORIZED",
    "horse": "HORSE-RIDER",
    "car": "CAR",
    "van": "VAN",
    "bus": "BUS",
    "truck": "TRUCK",
    "tram": "TRAMWAY",
    "train": "TRAMWAY",
}
"""Class → mobility_type; others are UNDEFINED."""

LINES_AT_ONCE = 500


async def plain(rows: AsyncIterator[Row]) -> AsyncIterator[bytes]:
    """Yield counts as a table; a total has `all` and `both`."""
    async for chunk in _lines(COLUMNS, rows, _plain):
        yield chunk


async def measure(rows: AsyncIterator[Row], cameras: Mapping[str, CameraDescription]) -> AsyncIterator[bytes]:
    """Yield `measure.csv`: a partly watched slot was not counted, because the schema cannot say how much of it was."""

    def told(row: Row) -> Sequence[object] | None:
        if row.status == "suppressed":
            return None
        return (*_slot(row, cameras), row.value if row.status == "observed" else None)

    async for chunk in _lines(MEASURE, rows, told):
        yield chunk


async def suppressed(rows: AsyncIterator[Row], cameras: Mapping[str, CameraDescription]) -> AsyncIterator[bytes]:
    """Yield the slots whose count is withheld."""

    def told(row: Row) -> Sequence[object] | None:
        return _slot(row, cameras) if row.status == "suppressed" else None

    async for chunk in _lines(SUPPRESSED, rows, told):
        yield chunk


def site(cameras: Iterable[CameraDescription]) -> str:
    """Return `site.csv`: one site a line of a camera."""
    found = []
    for camera, line in _placed(cameras):
        latitude, longitude = camera.location or (0.0, 0.0)
        name = f"{camera.name or camera.id}, {line.name or line.id}"
        found.append([site_id(camera, line), "", name, "", f"{longitude:.6f}", f"{latitude:.6f}", "", "OTHER"])
    return _text(SITE, found)


def channel(cameras: Iterable[CameraDescription], asked: Export, provider: str) -> str:
    """Return `channel.csv`: one channel for each class and way."""
    found = []
    for camera, line in _placed(cameras):
        for class_name in line.classes:
            for way in WAYS:
                told = {
                    "channel_id": channel_id(camera.id, line.id, class_name, way),
                    "channel_provider_id": f"{line.id}:{class_name}:{way}",
                    "site_provider_id": camera.id,
                    "site_id": site_id(camera, line),
                    "mobility_type": MOBILITY.get(class_name, "UNDEFINED"),
                    "counter_transmission_type": "REMOTE TRANSMISSION",
                    "publication_transmission_type": "API",
                    "counter_type": "VIDEO SENSOR",
                    "provider_direction_name": way_name(line, way),
                    "data_provider_name": provider,
                    "temporality": "PERMANENT",
                    "time_step": max(FINEST_S[asked.step], camera.min_step_s),
                }
                found.append([told.get(name, "") for name in CHANNEL])
    return _text(CHANNEL, found)


def site_id(camera: CameraDescription, line: LineDescription) -> str:
    """Return the id of a line's site."""
    return f"{camera.id}.{line.id}"


def channel_id(camera: str, line: str, class_name: str, way: str) -> str:
    """Return the id of a channel."""
    return f"{camera}.{line}.{class_name}.{way}"


def way_name(line: LineDescription, way: str) -> str:
    """Return what a way is called."""
    names: dict[str, str] = {str(key): name for key, name in line.directions.items()}
    return names.get(way) or way


def _placed(cameras: Iterable[CameraDescription]) -> Iterator[tuple[CameraDescription, LineDescription]]:
    """Yield the lines of cameras that have a location: a site without coordinates is none."""
    return ((camera, line) for camera in cameras if camera.location is not None for line in camera.lines)


def _slot(row: Row, cameras: Mapping[str, CameraDescription]) -> tuple[object, ...]:
    zone = ZoneInfo(cameras[row.camera].timezone)
    moments = (datetime.fromtimestamp(at, zone).isoformat() for at in (row.start, row.end))
    return (channel_id(row.camera, row.line, row.class_name, row.direction), row.camera, *moments)


def _plain(row: Row) -> Sequence[object]:
    start, end = (datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") for at in (row.start, row.end))
    names = (row.camera, row.line, row.class_name or "all", row.direction or "both")
    assert TOTAL == ""
    return (*names, start, end, row.value, row.status, row.coverage)


async def _lines(
    columns: Sequence[str], rows: AsyncIterator[Row], told: Callable[[Row], Sequence[object] | None]
) -> AsyncIterator[bytes]:
    waiting: list[Sequence[object]] = [columns]
    async for row in rows:
        line = told(row)
        if line is not None:
            waiting.append(line)
        if len(waiting) >= LINES_AT_ONCE:
            yield csv_of(waiting)
            waiting = []
    yield csv_of(waiting)


def _text(columns: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    return csv_of([columns, *lines]).decode()


def csv_of(lines: Iterable[Sequence[object]]) -> bytes:
    """Return lines as CSV (UTF-8); no cell of it is a formula in a spreadsheet."""
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows([[_safe(cell) for cell in line] for line in lines])
    return buffer.getvalue().encode()


def _safe(cell: object) -> object:
    """Keep a name from being a formula where a table is opened in a spreadsheet."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
