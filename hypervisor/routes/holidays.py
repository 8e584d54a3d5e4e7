"""/v1/holidays: the days that are unlike their weekday here."""

import asyncio
from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.context import Ctx
from hypervisor.days_off import days_off
from hypervisor.problems import Refusal, responses
from hypervisor.query import Asked, known_only
from hypervisor.strict import Bilingual, Body, Many

router = APIRouter(
    prefix="/v1/holidays",
    tags=["experiments"],
    dependencies=[Depends(known_only)],
    responses=responses("invalid-request"),
)
Reader = Annotated[Principal, needs("flows:read")]
MOST_DAYS = 1600


class HolidaysQuery(Asked):
    """Which days."""

    from_: date = Field(alias="from", strict=False, description="the first local day")
    to: date = Field(strict=False, description="the last local day")


class Holiday(Body):
    """One day off."""

    day: date
    kind: Literal["public", "calendar"]
    name: Bilingual


class Holidays(Body):
    """Days off, in order."""

    items: Many[Holiday]
    next: None = None


@router.get("", operation_id="listHolidays", summary="Days that are unlike their weekday")
async def list_holidays(context: Ctx, who: Reader, query: Annotated[HolidaysQuery, Query()]) -> Holidays:
    """Public holidays and days of calendars, as `site.holidays` names them; none where it names none."""
    if not 0 <= (query.to - query.from_).days < MOST_DAYS or not 1900 <= query.from_.year < 2200:
        text = f"expected a day after `from`, {MOST_DAYS} days later at most, between 1900 and 2199"
        raise Refusal("invalid-request", text, (("query", "to", text),))
    found = await asyncio.to_thread(days_off, context.settings, query.from_, query.to)
    items = (Holiday(day=one.day, kind=one.kind, name=Bilingual(fr=one.fr, en=one.en)) for one in found)
    return Holidays(items=tuple(items))
