"""/v1/series, /v1/heatmap and /v1/events."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic_core import to_json

from hypervisor import series_file, series_table
from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.context import Context, Ctx
from hypervisor.events import event_page
from hypervisor.exports import parquet
from hypervisor.heatmap import read_heat
from hypervisor.places.series import PlaceReader
from hypervisor.problems import responses
from hypervisor.query import EventQuery, HeatmapQuery, SeriesFileQuery, SeriesQuery, known_only, link_next
from hypervisor.routes.places import find_place
from hypervisor.sensors.measures import SERIES as SENSOR_SERIES
from hypervisor.sensors.series import SensorSeries
from hypervisor.series import SeriesReader, find_camera
from hypervisor.wire import EventPage, HeatmapPage, SeriesPage

router = APIRouter(prefix="/v1", dependencies=[needs("flows:read"), Depends(known_only)])
LINK = {"Link": {"description": "RFC 8288, rel=next; absent on the last page", "schema": {"type": "string"}}}
REFUSED = responses(
    "invalid-request", "range-too-large", "not-found", "purpose-forbids-step", "redis-away", "not-allowed"
)
"""What is answered to who asks for series in vain, in whatever form."""


@router.get(
    "/series",
    operation_id="readSeries",
    tags=["figures"],
    summary="Counts, occupancy, dwell, and figures of sensors over time",
    response_model=SeriesPage,
    responses=REFUSED | {200: {"headers": LINK, "content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def read_series(
    context: Ctx,
    request: Request,
    principal: Annotated[Principal, needs("flows:read")],
    query: Annotated[SeriesQuery, Query()],
) -> Response:
    """Measures of sensors need `sensors:read` besides.

    Every configured line × class × direction (zone × class) is listed: 0 means that nobody passed while the
    camera watched, null with `not_observed` that it did not watch. With `Accept: text/csv` the same figures come as a
    table, a point a line; its next page is in the `Link` header."""
    as_table = series_table.asked_for(request.headers.get("accept", ""))
    if not as_table and query.measure not in SENSOR_SERIES and query.place is None:
        reader = SeriesReader(context.feed, context.settings, context.clock)
        text, cursor = await context.points.page(reader, query)
        return Response(text, media_type="application/json", headers=_headers(request, cursor))
    page = await _page(context, principal, query)
    headers = _headers(request, page["next"])
    if as_table:
        return Response(series_table.table(page), media_type="text/csv; charset=utf-8", headers=headers)
    # The form is built by hand (it can hold 50,000 points); a test holds it against SeriesPage.
    return Response(to_json(page), media_type="application/json", headers=headers)


@router.get(
    "/series.parquet",
    operation_id="readSeriesFile",
    tags=["figures"],
    summary="The same series as one file",
    response_class=Response,
    responses=REFUSED | {200: {"content": {parquet.MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}}},
)
async def read_series_file(
    context: Ctx, principal: Annotated[Principal, needs("flows:read")], query: Annotated[SeriesFileQuery, Query()]
) -> Response:
    """The figures of `/v1/series` to the digit, all pages, as Parquet: a point a row, the columns of its table. Several
    cameras, and a second period to compare with, come one after the other."""
    return await parquet.answer(
        lambda folder: series_file.write(query, lambda one: _page(context, principal, one), folder),
        "parvis-series.parquet",
    )


async def _page(context: Context, principal: Principal, query: SeriesQuery) -> dict[str, Any]:
    reader = SeriesReader(context.feed, context.settings, context.clock)
    if query.measure in SENSOR_SERIES:
        return await SensorSeries(context.store, context.settings, context.clock).page(query, principal)
    if query.place is not None:
        return await PlaceReader((await find_place(context, principal, query.place)).value, reader).page(query)
    return await reader.page(query)


def _headers(request: Request, cursor: str | None) -> dict[str, str]:
    return link_next(request, cursor) | {"Vary": "Accept"}


@router.get(
    "/heatmap",
    operation_id="readHeatmap",
    tags=["figures"],
    summary="Where in a zone objects were for how long, and which way they went",
    response_model=HeatmapPage,
    responses=responses("invalid-request", "range-too-large", "not-found", "redis-away"),
)
async def read_heatmap(context: Ctx, query: Annotated[HeatmapQuery, Query()]) -> Response:
    """GeoJSON in fractions of the picture, from the buckets of hours. Under `statistics`, hours that are not
    over are withheld."""
    return Response(to_json(await read_heat(context, query)), media_type="application/json")


@router.get(
    "/events",
    operation_id="listEvents",
    tags=["events"],
    summary="What was told, oldest first",
    response_model_exclude_none=False,
    responses=responses("invalid-request", "not-found", "redis-away") | {200: {"headers": LINK}},
)
async def list_events(
    context: Ctx,
    request: Request,
    response: Response,
    query: Annotated[EventQuery, Query()],
    who: Annotated[Principal, needs("flows:read")],
) -> EventPage:
    """Page through what is retained. `last` of any page resumes here or, as `Last-Event-ID`, at /v1/stream without
    a gap. Under `statistics` there are sealed buckets and states only."""
    cameras = await context.feed.cameras()
    for camera in query.camera:
        find_camera(cameras, camera)
    page = await event_page(context.feed, query, context.settings.scan_max, who)
    response.headers.update(link_next(request, page.next))
    return page
