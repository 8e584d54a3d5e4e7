"""/v1/indicators/kept: what was reckoned by schedule, with its trend and whether it changed."""

import csv
import io
from datetime import UTC, datetime, timedelta
from pathlib import Path as Folder
from typing import Annotated, NamedTuple

from fastapi import APIRouter, Depends, Path, Query, Response
from pydantic import Field

from hypervisor.access.principal import LOCAL, Principal
from hypervisor.context import Context, Ctx
from hypervisor.history.door import past_of
from hypervisor.indicators.kept.periods import Step
from hypervisor.indicators.kept.wire import KeptList, KeptSeries
from hypervisor.indicators.library import Library
from hypervisor.indicators.scoping import Ground, Spot, scope_of
from hypervisor.problems import Refusal, responses
from hypervisor.query import Asked, Moment, known_only
from hypervisor.routes.indicators import IndicatorsQuery, Reader, chosen, library_of
from hypervisor.strict import Id

BACK_D = {"day": 92, "week": 371, "month": 731}
COLUMNS = ("indicator", "name_fr", "name_en", "place", "camera", "step", "first", "from", "to", "value", "low", "high",
           "unit", "coverage", "n", "definition", "why_fr", "why_en")  # fmt: skip
OF_KEPT = responses("not-found")

router = APIRouter(
    prefix="/v1/indicators",
    tags=["indicators"],
    dependencies=[Depends(known_only)],
    responses=responses("invalid-request", "redis-away", "state-conflict"),
)


class SpotQuery(Asked):
    """Where, how often and since when."""

    step: Step = Field(default="week", description="day, week (from Monday) or month, in local time")
    place: Id | None = Field(default=None, description="of one place; without place and camera: of everything")
    camera: Id | None = Field(default=None, description="of one camera, where the schedule has cameras")
    from_: Moment | None = Field(
        default=None,
        alias="from",
        description="periods that begin on this day or later; without: 92 days, a year of weeks, two of months",
    )


class KeptQuery(SpotQuery, IndicatorsQuery):
    """Which values."""

    indicator: list[Id] = Field(default=[], max_length=100, description="only these; without: all")


class _Found(NamedTuple):
    library: Library
    items: list[KeptSeries]
    withheld: list[str]


@router.get("/kept", operation_id="listKeptIndicators", summary="Values by day, week or month", responses=OF_KEPT)
async def list_kept(context: Ctx, who: Reader, query: Annotated[KeptQuery, Query()]) -> KeptList:
    """What `parvis history keep` reckoned once each period was over, with the change to the one before."""
    library = await library_of(context)
    found = await _read(context, who, query, chosen(library, query, query.indicator))
    return KeptList(step=query.step, place=query.place, camera=query.camera, items=found.items, withheld=found.withheld)


@router.get(
    "/kept.csv",
    operation_id="exportKeptIndicators",
    summary="The same as a table",
    response_class=Response,
    responses=OF_KEPT | {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def export_kept(context: Ctx, who: Reader, query: Annotated[KeptQuery, Query()]) -> Response:
    """As `/v1/indicators/kept`, a row an indicator and period."""
    library = await library_of(context)
    found = await _read(context, who, query, chosen(library, query, query.indicator))
    name = {"Content-Disposition": f'attachment; filename="parvis-indicators-{query.step}.csv"'}
    return Response(_table(found, query), media_type="text/csv; charset=utf-8", headers=name)


@router.get(
    "/{indicator}/values", operation_id="getKeptIndicator", summary="One indicator over time", responses=OF_KEPT
)
async def get_kept(
    context: Ctx,
    who: Reader,
    indicator: Annotated[Id, Path(description="id of an indicator")],
    query: Annotated[SpotQuery, Query()],
) -> KeptList:
    """As `/v1/indicators/kept`, of one."""
    library = await library_of(context)
    if indicator not in library.all:
        raise Refusal("not-found", f"indicator {indicator!r} is unknown")
    found = await _read(context, who, query, [indicator])
    return KeptList(step=query.step, place=query.place, camera=query.camera, items=found.items, withheld=found.withheld)


async def _read(context: Context, who: Principal, query: SpotQuery, ids: list[str]) -> _Found:
    from hypervisor.indicators.kept.files import ValueFiles  # only here: it loads DuckDB
    from hypervisor.indicators.kept.reading import Wish, is_shown, kept_series

    library, spot = await library_of(context), Spot(query.place, query.camera)
    known = await past_of(context).known()
    ground = Ground(context.feed, context.store, context.clock)
    mine, _ = await scope_of(ground, who, spot, known)
    whole, _ = await scope_of(ground, LOCAL, spot, known)
    is_whole = query.place is None and query.camera is None
    if (is_whole and who.cameras is not None) or set(mine.cameras) != set(whole.cameras):
        raise Refusal("not-found", "values of everything are made of cameras that you may not see; ask for a place")
    shown = [one for one in ids if is_shown(library.all[one], who, mine, whole)]
    text = next((f"{kind}/{name}" for kind, name in (("place", query.place), ("camera", query.camera)) if name), "")
    since = query.from_ or datetime.fromtimestamp(context.clock(), UTC) - timedelta(days=BACK_D[query.step])
    files = ValueFiles(context.settings.history_dir or Folder("/nonexistent"))
    wish = Wish(text, query.step, shown, since.date())
    items = await kept_series(files, library, wish) if shown else []
    return _Found(library, items, [one for one in ids if one not in shown])


def _table(found: _Found, query: SpotQuery) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for series in found.items:
        name = found.library.all[series.indicator].indicator.name
        for one in series.points:
            why = ("", "") if one.why is None else (one.why.fr, one.why.en)
            when = (query.step, one.first, one.from_.isoformat(), one.to.isoformat())
            figures = (one.value, one.low, one.high, series.unit, one.coverage, one.n, one.definition)
            writer.writerow([series.indicator, name.fr, name.en, query.place, query.camera, *when, *figures, *why])
    return out.getvalue()
