"""/v1/calendars: iCalendar texts that schedules of rules name."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.context import Context, Ctx
from hypervisor.problems import Refusal, responses
from hypervisor.query import known_only
from hypervisor.routes.versions import ETAG, IfMatch, made_id, owner_of, refuse_faults, same, tagged
from hypervisor.rules.calendars import Calendar, CalendarBody, faults_of_calendar
from hypervisor.store.documents import Documents, Kept
from hypervisor.store.values import NEW, Act, Change, Commit
from hypervisor.strict import Id

router = APIRouter(
    prefix="/v1/calendars", tags=["rules"], dependencies=[Depends(known_only)], responses=responses("redis-away")
)
Reader = Annotated[Principal, needs("alerts:read")]
Writer = Annotated[Principal, needs("rules:write")]
CalendarId = Annotated[Id, Path(description="id of a calendar")]


class NewCalendar(CalendarBody):
    """A calendar to keep."""

    id: Id | None = Field(default=None, description="without: one is made")
    service: Id | None = Field(default=None, description="who keeps it; without: the key's service")


class CalendarHead(BaseModel):
    """A calendar without its text."""

    model_config = ConfigDict(frozen=True)

    id: str
    service: str
    name: str
    bytes: int


class CalendarList(BaseModel):
    """All calendars, by id, without their texts."""

    model_config = ConfigDict(frozen=True)

    items: list[CalendarHead]
    next: None = None


def calendars_of(context: Context) -> Documents[Calendar]:
    """Return the collection."""
    return Documents(context.store, "calendars", Calendar)


@router.get("", operation_id="listCalendars", summary="All calendars", responses=responses("invalid-request"))
async def list_calendars(context: Ctx, principal: Reader) -> CalendarList:
    """Every service may name every calendar in the schedules of its rules."""
    kept = sorted((one.value for one in await calendars_of(context).listed()), key=lambda one: one.id)
    return CalendarList(
        items=[CalendarHead(id=one.id, service=one.service, name=one.name, bytes=len(one.ics)) for one in kept]
    )


@router.post(
    "",
    operation_id="createCalendar",
    summary="Keep a calendar",
    status_code=201,
    responses=responses("invalid-request", "state-conflict", "not-allowed") | {201: {"headers": ETAG}},
)
async def create_calendar(context: Ctx, principal: Writer, response: Response, body: NewCalendar) -> Calendar:
    """`ics` is the text of an iCalendar file, such as the school holidays that a ministry publishes."""
    now_s = context.clock()
    calendar = Calendar(
        name=body.name, ics=body.ics, id=made_id(now_s, body.id), service=owner_of(principal, body.service)
    )
    refuse_faults(list(faults_of_calendar(calendar)))
    if await calendars_of(context).get(calendar.id) is not None:
        raise Refusal("state-conflict", f"calendar {calendar.id!r} exists already")
    await _commit(
        context, principal, "create", calendars_of(context).change(calendar.id, calendar, at_s=now_s, expect=NEW)
    )
    tagged(response, 1)
    return calendar


@router.get(
    "/{calendar}",
    operation_id="getCalendar",
    summary="One calendar",
    responses=responses("invalid-request", "not-found") | {200: {"headers": ETAG}},
)
async def get_calendar(context: Ctx, principal: Reader, response: Response, calendar: CalendarId) -> Calendar:
    """With its text."""
    kept = await calendars_of(context).get(calendar)
    if kept is None:
        raise Refusal("not-found", f"calendar {calendar!r} is unknown")
    tagged(response, kept.version)
    return kept.value


@router.put(
    "/{calendar}",
    operation_id="replaceCalendar",
    summary="Change a calendar",
    responses=responses("invalid-request", "not-found", "not-allowed", "changed-since", "match-required")
    | {200: {"headers": ETAG}},
)
async def replace_calendar(
    context: Ctx,
    principal: Writer,
    response: Response,
    calendar: CalendarId,
    body: CalendarBody,
    if_match: IfMatch = None,
) -> Calendar:
    """Replace all of it; rules follow it within seconds."""
    kept = same(await _own(context, principal, calendar), if_match)
    value = Calendar(**body.model_dump(), id=calendar, service=kept.value.service)
    refuse_faults(list(faults_of_calendar(value)))
    change = calendars_of(context).change(calendar, value, at_s=context.clock(), expect=kept.version)
    await _commit(context, principal, "update", change)
    tagged(response, kept.version + 1)
    return value


@router.delete(
    "/{calendar}",
    operation_id="deleteCalendar",
    summary="Remove a calendar",
    status_code=204,
    responses=responses("invalid-request", "not-found", "not-allowed", "changed-since", "match-required"),
)
async def delete_calendar(context: Ctx, principal: Writer, calendar: CalendarId, if_match: IfMatch = None) -> None:
    """Rules that name it become `broken` and say so."""
    kept = same(await _own(context, principal, calendar), if_match)
    await _commit(context, principal, "delete", calendars_of(context).removal(calendar, kept.version))


async def _own(context: Context, principal: Principal, calendar: str) -> Kept[Calendar]:
    kept = await calendars_of(context).get(calendar)
    if kept is None:
        raise Refusal("not-found", f"calendar {calendar!r} is unknown")
    if not principal.belongs(kept.value.service):
        raise Refusal("not-allowed", f"calendar {calendar!r} is kept by service {kept.value.service!r}")
    return kept


async def _commit(context: Context, principal: Principal, verb: str, change: Change) -> None:
    act = Act(principal.actor, principal.service, f"calendar.{verb}", f"calendars/{change.id}", context.clock())
    await context.store.commit(Commit([change], acts=[act]))
