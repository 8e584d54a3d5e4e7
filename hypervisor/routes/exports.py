"""/v1/exports: open data, small counts withheld whoever asks."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response, StreamingResponse
from pydantic import Field
from pydantic_core import to_json

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.context import Context, Ctx
from hypervisor.exports import datex, geojson, parquet, tables
from hypervisor.exports.counts import Export, Row, Step, rows
from hypervisor.problems import Refusal, responses
from hypervisor.query import Asked, Id, Moment, known_only
from hypervisor.sensors.ledger import Ledger
from hypervisor.series import find_camera, known
from hypervisor.settings import Settings
from pipeline.observation import CameraDescription

DAY_S = 86_400

router = APIRouter(
    prefix="/v1/exports",
    tags=["open data"],
    dependencies=[Depends(known_only)],
    responses=responses("invalid-request", "redis-away", "not-authenticated", "not-allowed", "too-many-requests"),
)
Reader = Annotated[Principal, needs("exports:read")]


class CountsQuery(Asked):
    """What counts may be asked for."""

    camera: list[Id] = Field(default=[], max_length=100, description="only these cameras")
    from_: Moment | None = Field(default=None, alias="from", description="days that begin at or after it; without: 7")
    to: Moment | None = Field(default=None, description="days that begin before it; without: now")
    bucket: Step = Field(default="1h", description="finest slot; a day with small counts comes in longer ones")


class TableQuery(CountsQuery):
    """What the plain table may be asked for."""

    totals: bool = Field(default=False, description="totals of classes (`all`) and ways (`both`) as well")


Counts = Annotated[CountsQuery, Query()]
NATIONAL = ("site", "channel", "measure", "suppressed")
DATEX = ("site-table", "measured-data")
NationalFile = Annotated[Id, Path(description="site, channel, measure or suppressed")]
Publication = Annotated[Id, Path(description="site-table or measured-data")]


def _media(media_type: str) -> dict[int | str, dict[str, object]]:
    return {200: {"content": {media_type: {"schema": {"type": "string", "format": "binary"}}}}}


@router.get(
    "/counts.csv",
    operation_id="exportCounts",
    summary="Counts as a table",
    response_class=Response,
    responses=_media("text/csv") | responses("not-found", "range-too-large"),
)
async def export_counts(context: Ctx, who: Reader, query: Annotated[TableQuery, Query()]) -> Response:
    """Whole days that are over, every line × class × way. `suppressed` is not `not_observed`, and neither is 0."""
    cameras, asked = await _asked(context, query, totals=query.totals)
    return _stream(tables.plain(_rows(context, cameras, asked)), "text/csv; charset=utf-8", "parvis-counts.csv")


@router.get(
    "/counts.parquet",
    operation_id="exportParquet",
    summary="Counts as Parquet",
    response_class=Response,
    responses=_media(parquet.MEDIA_TYPE) | responses("not-found", "range-too-large"),
)
async def export_parquet(context: Ctx, who: Reader, query: Annotated[TableQuery, Query()]) -> Response:
    """The same rows as `counts.csv`, with types."""
    cameras, asked = await _asked(context, query, totals=query.totals)
    return await parquet.answer(
        lambda folder: parquet.write(tables.plain(_rows(context, cameras, asked)), folder), "parvis-counts.parquet"
    )


@router.get(
    "/comptage-mobilites/{file}.csv",
    operation_id="exportNationalCounts",
    summary="Files of the French national count schema",
    response_class=Response,
    responses=_media("text/csv") | responses("not-found", "range-too-large"),
)
async def export_national(context: Ctx, who: Reader, file: NationalFile, query: Counts) -> Response:
    """`site`, `channel` and `measure` of etalab/schema-comptage-mobilites, and `suppressed`: the slots that `measure`
    leaves out because their count is withheld. Cameras without a location are left out: a site needs coordinates."""
    cameras, asked = await _asked(context, query)
    known("file", file, NATIONAL)
    named = {camera.id: camera for camera in cameras if camera.location is not None}
    name = f"comptagemobilites_{file}_{context.settings.export_name}.csv"
    if file == "site":
        return _file(tables.site(named.values()), name)
    if file == "channel":
        return _file(tables.channel(named.values(), asked, context.settings.export_name), name)
    counts = _rows(context, list(named.values()), asked)
    told = tables.measure if file == "measure" else tables.suppressed
    return _stream(told(counts, named), "text/csv; charset=utf-8", name)


@router.get(
    "/datex2/{publication}.xml",
    operation_id="exportDatex",
    summary="DATEX II v3: measured data, and the table of its sites",
    response_class=Response,
    responses=_media("application/xml") | responses("not-found", "range-too-large"),
)
async def export_datex(context: Ctx, who: Reader, publication: Publication, query: Counts) -> Response:
    """Vehicles per hour, of whole days that are over. What was not observed or is withheld has no element."""
    cameras, asked = await _asked(context, query)
    known("publication", publication, DATEX)
    named = {camera.id: camera for camera in cameras}
    # The version of the table changes with the cameras' configuration, so data and table fit together.
    version = str(1 + sum(int(camera.revision[:6], 16) for camera in cameras) % 10**6)
    told = datex.Publication(context.clock(), version, creator=context.settings.export_name)
    name = f"{context.settings.export_name}-{publication}.xml"
    if publication == "site-table":
        return _file(datex.site_table(cameras, told).decode(), name, "application/xml")
    data = datex.measured_data(_rows(context, cameras, asked), named, told)
    return _stream(data, "application/xml; charset=utf-8", name)


@router.get(
    "/places.geojson",
    operation_id="exportPlaces",
    summary="Where cameras and shared sensors are",
    response_class=Response,
    responses={200: {"content": {"application/geo+json": {"schema": {"type": "object"}}}}},
)
async def export_places(context: Ctx, who: Reader) -> Response:
    """Points; lines and zones are properties of their camera. Cameras without a location are left out."""
    sensors = await Ledger(context.store, context.clock).sensors.listed(limit=context.settings.max_sensors)
    shared = [one.value for one in sensors if one.value.shared]
    found = geojson.collection((await context.feed.cameras()).values(), shared)
    return Response(to_json(found), media_type="application/geo+json")


def _rows(context: Context, cameras: list[CameraDescription], asked: Export) -> AsyncIterator[Row]:
    return rows(context.feed, cameras, asked, context.clock())


async def _asked(
    context: Context, query: CountsQuery, *, totals: bool = False
) -> tuple[list[CameraDescription], Export]:
    there_are = await context.feed.cameras()
    cameras = [find_camera(there_are, camera) for camera in query.camera] or list(there_are.values())
    to_s = query.to.timestamp() if query.to else context.clock()
    from_s = query.from_.timestamp() if query.from_ else to_s - 8 * DAY_S
    if from_s >= to_s:
        raise Refusal("invalid-request", "the range is empty", (("query", "from", "is not before to"),))
    settings: Settings = context.settings
    if to_s - from_s > settings.export_days * DAY_S:
        days = round((to_s - from_s) / DAY_S)
        raise Refusal("range-too-large", f"asks for {days} days; expected {settings.export_days} at most")
    return cameras, Export(from_s, to_s, query.bucket, settings.small_count, totals)


def _stream(chunks: AsyncIterator[bytes], media_type: str, name: str) -> Response:
    return StreamingResponse(chunks, media_type=media_type, headers=_named(name))


def _file(text: str, name: str, media_type: str = "text/csv; charset=utf-8") -> Response:
    return Response(text, media_type=media_type, headers=_named(name))


def _named(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}
