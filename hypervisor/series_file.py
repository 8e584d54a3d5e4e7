"""Series as one Parquet file: exactly the figures of /v1/series, all pages of all cameras and periods asked for."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from hypervisor import series_table
from hypervisor.exports import parquet
from hypervisor.problems import Refusal
from hypervisor.query import SeriesFileQuery, SeriesQuery

MOST_PAGES = 200
"""Of /v1/series in one file, tens of thousands of points each."""

COLUMNS = dict.fromkeys(series_table.COLUMNS, "VARCHAR") | {
    "start": "TIMESTAMPTZ",
    "value": "DOUBLE",  # counts are whole, means are not: one type for all measures
    "coverage": "DOUBLE",
}

Read = Callable[[SeriesQuery], Awaitable[Mapping[str, Any]]]
"""Reads one page."""


async def write(asked: SeriesFileQuery, read: Read, folder: Path) -> Path:
    """Write what was asked for into a folder; return the file.

    Raises:
        Refusal: as reading a page does, or if there are too many.
    """
    return await parquet.write(_table(questions(asked), read), folder, COLUMNS)


def questions(asked: SeriesFileQuery) -> list[SeriesQuery]:
    """Return what /v1/series is to be asked, one after the other.

    Raises:
        Refusal: if a second period has one end only.
    """
    if (asked.also_from is None) != (asked.also_to is None):
        name = "also_to" if asked.also_to is None else "also_from"
        raise Refusal("invalid-request", "half a period", (("query", name, "is missing; expected both or neither"),))
    same = asked.model_dump(by_alias=True, exclude={"camera", "also_from", "also_to"})
    periods = [{}, {"from": asked.also_from, "to": asked.also_to}] if asked.also_to else [{}]
    cameras: list[str | None] = list(asked.camera) or [None]
    return [
        SeriesQuery.model_validate({**same, **period, "camera": camera}) for period in periods for camera in cameras
    ]


async def _table(asked: list[SeriesQuery], read: Read) -> AsyncIterator[bytes]:
    waiting, pages = asked[::-1], 0
    while waiting:
        if pages == MOST_PAGES:
            raise Refusal("range-too-large", f"fills more than {MOST_PAGES} pages; expected less, or longer buckets")
        query = waiting.pop()
        page = await read(query)
        yield series_table.table(page, header=pages == 0)
        pages += 1
        if page["next"] is not None:
            waiting.append(query.model_copy(update={"cursor": page["next"]}))
