"""/v1/indicators: figures that a city decides by, of a place and period, or why there are none."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Annotated, NamedTuple
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.context import Context, Ctx
from hypervisor.days_off import public_days
from hypervisor.history.door import archive_of, past_of
from hypervisor.indicators import kpi
from hypervisor.indicators.kept_facts import KeptFacts, Papers
from hypervisor.indicators.library import Library, kept_library
from hypervisor.indicators.model import Service, Value
from hypervisor.indicators.scoping import Ground, Spot, scope_of
from hypervisor.indicators.wire import IndicatorItem, IndicatorList, ValueList, item_of
from hypervisor.problems import Refusal, responses
from hypervisor.query import Asked, Moment, known_only
from hypervisor.strict import Id
from pipeline.config_faults import ConfigError

HOUR_S, DAY_S = 3600, 86_400
USUAL_DAYS, MOST_DAYS = 28, 400
NGSI_LD = "application/ld+json"

router = APIRouter(
    prefix="/v1/indicators",
    tags=["indicators"],
    dependencies=[Depends(known_only)],
    responses=responses("invalid-request", "redis-away", "state-conflict"),
)
Reader = Annotated[Principal, needs("flows:read")]
OF_VALUES = responses("not-found", "range-too-large")


class IndicatorsQuery(Asked):
    """Which indicators."""

    theme: Id | None = Field(default=None, description="only this theme")
    service: Service | None = Field(default=None, description="only those that this kind of service reads first")


class ValuesQuery(IndicatorsQuery):
    """Which values."""

    indicator: list[Id] = Field(default=[], max_length=100, description="only these; without: all")
    place: Id | None = Field(default=None, description="of one place; at most one of place, camera and sensor")
    camera: Id | None = Field(default=None, description="of one camera")
    sensor: Id | None = Field(default=None, description="of one sensor")
    from_: Moment | None = Field(
        default=None,
        alias="from",
        description="begin of the period, cut at full hours; without: 28 days before its end",
    )
    to: Moment | None = Field(default=None, description="its end; without: the last full hour")


Values = Annotated[ValuesQuery, Query()]


class _Found(NamedTuple):
    library: Library
    values: list[Value]
    where: kpi.Where
    period: tuple[datetime, datetime]


@router.get("", operation_id="listIndicators", summary="The library of indicators", responses=responses("not-found"))
async def list_indicators(context: Ctx, who: Reader, query: Annotated[IndicatorsQuery, Query()]) -> IndicatorList:
    """Each with its formula, what it needs, who measures it so, and what it does not say."""
    library = await library_of(context)
    items = [item_of(library, library.all[one]) for one in chosen(library, query, [])]
    return IndicatorList(items=items)


@router.get("/values", operation_id="listIndicatorValues", summary="Values of a period", responses=OF_VALUES)
async def list_values(context: Ctx, who: Reader, query: Values) -> ValueList:
    """Of one place, camera or sensor, or of all that may be seen. What cannot be computed says why."""
    found = await _computed(context, who, query)
    (begin, end), spot = found.period, (query.place, query.camera, query.sensor)
    named = dict(zip(("place", "camera", "sensor"), spot, strict=True))
    return ValueList.model_validate({"from": begin, "to": end, "items": found.values, **named})


@router.get(
    "/values.csv",
    operation_id="exportIndicatorValues",
    summary="Values as a table",
    response_class=Response,
    responses=OF_VALUES | {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def export_values(context: Ctx, who: Reader, query: Values) -> Response:
    """As `/v1/indicators/values`, a row an indicator."""
    found = await _computed(context, who, query)
    text = kpi.table(found.library, found.values, found.where, found.period)
    name = {"Content-Disposition": 'attachment; filename="parvis-indicators.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=name)


@router.get(
    "/values.jsonld",
    operation_id="exportIndicatorEntities",
    summary="Values as NGSI-LD entities",
    response_class=Response,
    responses=OF_VALUES | {200: {"content": {NGSI_LD: {"schema": {"type": "array", "items": {"type": "object"}}}}}},
)
async def export_entities(context: Ctx, who: Reader, query: Values) -> Response:
    """`KeyPerformanceIndicator` of the Smart Data Models, normalized; what cannot be computed is left out."""
    found = await _computed(context, who, query)
    now = datetime.fromtimestamp(context.clock(), UTC)
    made = kpi.entities(found.library, found.values, found.where, found.period, now)
    return Response(json.dumps(made, ensure_ascii=False), media_type=NGSI_LD)


@router.get("/{indicator}", operation_id="getIndicator", summary="One indicator", responses=responses("not-found"))
async def get_indicator(
    context: Ctx, who: Reader, indicator: Annotated[Id, Path(description="id of an indicator")]
) -> IndicatorItem:
    """What it says, how it is reckoned and what it does not say."""
    library = await library_of(context)
    if indicator not in library.all:
        raise Refusal("not-found", f"indicator {indicator!r} is unknown")
    return item_of(library, library.all[indicator])


async def library_of(context: Context) -> Library:
    """Return the library with the city's own indicators.

    Raises:
        Refusal: if the city's files have faults; it says which.
    """
    try:
        return await asyncio.to_thread(kept_library, context.settings.indicators_dir)
    except ConfigError as error:
        told = "; ".join(f"{one.file.name}:{one.line or 1}: {one.field}: {one.text}" for one in error.problems)
        raise Refusal("state-conflict", f"the city's indicators cannot be read: {told}") from None


def chosen(library: Library, query: IndicatorsQuery, ids: list[str]) -> list[str]:
    """Return the indicators that a query asks for, in the library's order.

    Raises:
        Refusal: if it names one, or a theme, that does not exist.
    """
    unknown = [one for one in ids if one not in library.all]
    if unknown:
        raise Refusal("not-found", f"indicator {unknown[0]!r} is unknown")
    if query.theme is not None and query.theme not in library.themes:
        raise Refusal("not-found", f"theme {query.theme!r} is unknown; there are: {', '.join(library.themes)}")
    return [
        name
        for name, one in library.all.items()
        if (not ids or name in ids)
        and query.theme in (None, one.theme)
        and query.service in (None, one.indicator.service)
    ]


async def _computed(context: Context, who: Principal, query: ValuesQuery) -> _Found:
    from hypervisor.indicators.compute import World, computed  # only here: it loads NumPy

    library = await library_of(context)
    wanted = [library.all[one] for one in chosen(library, query, query.indicator)]
    from_s, to_s = _period(context, query)
    past, spot = past_of(context), Spot(query.place, query.camera, query.sensor)
    known = await past.known()
    scope, location = await scope_of(Ground(context.feed, context.store, context.clock), who, spot, known)
    papers = Papers(context.store, from_s, archive_of(context))
    facts = KeptFacts(papers, context.feed, who, scope, from_s, to_s, library.parameters)
    zone = ZoneInfo(context.settings.timezone)
    holidays = await asyncio.to_thread(public_days, context.settings, from_s, to_s)
    values = await computed(wanted, World(past, facts, scope, from_s, to_s, zone, holidays))
    period = datetime.fromtimestamp(from_s, UTC), datetime.fromtimestamp(to_s, UTC)
    return _Found(library, values, kpi.Where(query.place, query.camera, query.sensor, location), period)


def _period(context: Context, query: ValuesQuery) -> tuple[int, int]:
    now_s = context.clock()
    to_s = min(query.to.timestamp() if query.to else now_s, now_s) // HOUR_S * HOUR_S
    from_s = query.from_.timestamp() // HOUR_S * HOUR_S if query.from_ else to_s - USUAL_DAYS * DAY_S
    if from_s >= to_s:
        text = "is not before to, or both lie ahead; expected a period of an hour at least"
        raise Refusal("invalid-request", "the period is empty", (("query", "from", text),))
    if to_s - from_s > MOST_DAYS * DAY_S:
        days = (to_s - from_s) / DAY_S
        raise Refusal("range-too-large", f"asks for {days:.0f} days; expected {MOST_DAYS} at most")
    return int(from_s), int(to_s)
