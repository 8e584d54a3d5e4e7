"""/v1/cases: what is done about alerts. What changes a case is in `hypervisor.routes.case_acts`."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field, model_validator

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.alerts.model import Alert
from hypervisor.cases.life import Deed, done, message, moment, sooner
from hypervisor.cases.model import Case, live_tag, tags_of
from hypervisor.context import Context, Ctx
from hypervisor.history.archive import AllCases
from hypervisor.places.check import missing
from hypervisor.problems import Refusal, responses
from hypervisor.query import known_only, link_next
from hypervisor.routes.alerts import AlertPage, alerts_of
from hypervisor.routes.asked import CaseAlertsQuery, CaseFilter, CasesQuery
from hypervisor.routes.places import places_of
from hypervisor.routes.versions import ETAG, LINK, MOST_SCANNED, made_id, owner_of, page_of, refuse_faults, tagged
from hypervisor.rules.model import Severity
from hypervisor.rules.names import world_of
from hypervisor.store.documents import Documents, Kept
from hypervisor.store.values import NEW, Act, Commit
from hypervisor.strict import Bilingual, Body, Id, Text

router = APIRouter(
    prefix="/v1/cases", tags=["cases"], dependencies=[Depends(known_only)], responses=responses("redis-away")
)
Reader = Annotated[Principal, needs("cases:read")]
Writer = Annotated[Principal, needs("cases:write")]
CaseId = Annotated[Id, Path(description="id of a case")]
Comment = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")]
"""Lines of text."""


class CasePage(Body):
    """Cases, the newest first."""

    items: list[Case]
    next: str | None


class CaseCounts(Body):
    """How many cases there are."""

    open: int
    acknowledged: int
    resolved: int
    overdue: int = Field(description="of those that are not resolved")
    complete: bool = Field(description="false: there are more than one look takes in, and these are the newest ones")


class NewCase(Body):
    """A case that somebody opens, without an alert."""

    title: Text
    topic: Id = "flow"
    place: Id | None = Field(default=None, description="its ground: a place, or a camera")
    camera: Id | None = None
    zone: Id | None = Field(default=None, description="a zone or line of the camera")
    severity: Severity = "medium"
    comment: Comment | None = None
    due_s: float | None = Field(default=None, ge=60, le=2_678_400, description="to be resolved within, seconds")
    service: Id | None = Field(default=None, description="its owner; without: the key's service")

    @model_validator(mode="after")
    def _somewhere(self) -> "NewCase":
        if (self.place is None) == (self.camera is None):
            raise ValueError("place: expected either a place or a camera")
        if self.zone is not None and self.camera is None:
            raise ValueError("zone: belongs to a camera; expected one beside it")
        return self

    @property
    def where(self) -> str:
        """Return its ground, as alerts of it name it."""
        if self.place is not None:
            return f"place/{self.place}"
        return f"camera/{self.camera}/{self.zone}" if self.zone else f"camera/{self.camera}"


def cases_of(context: Context) -> AllCases:
    """Return the collection: those in the store, and those that moved into history."""
    return AllCases(context.store, context.settings.history_dir)


def may_see(principal: Principal, case: Case) -> bool:
    """Tell whether a case may be shown: of the own service or shared with it, and of cameras that it may see."""
    is_ones = principal.belongs(case.service) or principal.service in case.shared_with
    return is_ones and principal.hears("case.opened") and all(principal.sees(one) for one in case.cameras)


async def find_case(context: Context, principal: Principal, case: str) -> Kept[Case]:
    """Return a case that may be seen.

    Raises:
        Refusal: if there is none; one that is not shared does not exist for other services.
    """
    kept = await cases_of(context).get(case)
    if kept is None or not may_see(principal, kept.value):
        raise Refusal("not-found", f"case {case!r} is unknown")
    return kept


@router.get(
    "",
    operation_id="listCases",
    summary="Cases of the own service, and those shared with it",
    responses=responses("invalid-request") | {200: {"headers": LINK}},
)
async def list_cases(
    context: Ctx, principal: Reader, request: Request, response: Response, query: Annotated[CasesQuery, Query()]
) -> CasePage:
    """Those that are not resolved, unless `state` says otherwise; the newest first.

    Resolved cases that moved into history are among them: nobody has to know where a case lies.
    """
    is_live = "resolved" not in query.state
    tag = "live" if is_live else "" if principal.may("admin") else f"service:{principal.service}"
    fits = _wanted(principal, query, context.clock())

    def wanted(case: Case) -> bool:
        return case.state in query.state and fits(case)

    page = await page_of(cases_of(context), tag, query.cursor, query.limit, wanted)
    response.headers.update(link_next(request, page.next))
    return CasePage(items=[one.value for one in page.items], next=page.next)


@router.post(
    "",
    operation_id="createCase",
    summary="Open a case by hand",
    status_code=201,
    responses=responses("invalid-request", "state-conflict", "not-allowed") | {201: {"headers": ETAG}},
)
async def create_case(context: Ctx, principal: Writer, response: Response, body: NewCase) -> Case:
    """Alerts of its ground and topic, of the service's rules, join it. There can be one at a time."""
    now_s, owner = context.clock(), owner_of(principal, body.service)
    await _refuse_unknown(context, principal, body)
    live = await cases_of(context).listed(live_tag(owner, body.where, body.topic), limit=1)
    if live:
        raise Refusal("state-conflict", f"case {live[0].id!r} of that ground and topic is open already")
    place = (await _cameras(context, body)) if body.place else (body.camera or "",)
    case = Case(
        id=made_id(now_s, None),
        title=Bilingual(fr=body.title, en=body.title),
        service=owner,
        origin=owner,
        topic=body.topic,
        where=body.where,
        place=body.place,
        cameras=place,
        severity=body.severity,
        opened_at=moment(now_s),
        updated_at=moment(now_s),
        due_at=sooner(None, now_s, body.due_s),
    )
    case = done(case, Deed("opened", principal.actor, principal.service, now_s, comment=body.comment))
    change = cases_of(context).change(case.id, case, at_s=now_s, expect=NEW, tags=tags_of(case))
    act = Act(principal.actor, principal.service, "case.create", f"cases/{case.id}", now_s)
    await context.store.commit(Commit([change], [message(case)], [act]))
    tagged(response, 1)
    return case


@router.get(
    "/counts",
    operation_id="countCases",
    summary="How many cases there are, by state",
    responses=responses("invalid-request"),
)
async def count_cases(context: Ctx, principal: Reader, query: Annotated[CaseFilter, Query()]) -> CaseCounts:
    """The same filters as for the list, for all states at once; of each kind the newest 2,000 are looked at.

    Cases that moved into history are counted if a period is asked about (`from` or `to`).
    """
    now_s = context.clock()
    fits = _wanted(principal, query, now_s)
    tag = "" if principal.may("admin") else f"service:{principal.service}"

    def over(case: Case) -> bool:
        return case.state == "resolved" and fits(case)

    live = await page_of(cases_of(context), "live", None, MOST_SCANNED, fits)
    is_dated = query.from_ is not None or query.to is not None  # else files would be read for every look at a page
    documents = cases_of(context) if is_dated else Documents(context.store, "cases", Case)
    past = await page_of(documents, tag, None, MOST_SCANNED, over)
    states = [one.value.state for one in live.items]
    return CaseCounts(
        open=states.count("open"),
        acknowledged=states.count("acknowledged"),
        resolved=len(past.items),
        overdue=sum(_is_overdue(one.value, now_s) for one in live.items),
        complete=live.next is None and past.next is None,
    )


@router.get(
    "/{case}",
    operation_id="getCase",
    summary="One case",
    responses=responses("invalid-request", "not-found") | {200: {"headers": ETAG}},
)
async def get_case(context: Ctx, principal: Reader, response: Response, case: CaseId) -> Case:
    """With its whole timeline: who did what, and when."""
    kept = await find_case(context, principal, case)
    tagged(response, kept.version)
    return kept.value


@router.get(
    "/{case}/alerts",
    operation_id="listAlertsOfCase",
    summary="The alerts of a case",
    responses=responses("invalid-request", "not-found") | {200: {"headers": LINK}},
)
async def list_alerts_of_case(
    context: Ctx,
    principal: Reader,
    request: Request,
    response: Response,
    case: CaseId,
    query: Annotated[CaseAlertsQuery, Query()],
) -> AlertPage:
    """Whoever sees the case sees its alerts, the newest first."""
    await find_case(context, principal, case)

    def seen(alert: Alert) -> bool:
        return all(principal.sees(one) for one in alert.cameras)

    page = await page_of(alerts_of(context), f"case:{case}", query.cursor, query.limit, seen)
    response.headers.update(link_next(request, page.next))
    return AlertPage(items=[one.value for one in page.items], next=page.next)


async def _refuse_unknown(context: Context, principal: Principal, body: NewCase) -> None:
    world = await world_of(context.feed, context.store, principal)
    if body.place is not None:
        refuse_faults(
            [("place", missing("place", body.place, list(world.places)))] if body.place not in world.places else []
        )
        return
    camera = world.cameras.get(body.camera or "")
    if camera is None:
        refuse_faults([("camera", missing("camera", body.camera or "", list(world.cameras)))])
        return
    parts = [*(one.id for one in camera.zones), *(one.id for one in camera.lines)]
    refuse_faults([("zone", missing("zone or line", body.zone, parts))] if body.zone and body.zone not in parts else [])


async def _cameras(context: Context, body: NewCase) -> tuple[str, ...]:
    kept = await places_of(context).get(body.place or "")
    return kept.value.cameras if kept is not None else ()


def _wanted(principal: Principal, query: CaseFilter, now_s: float) -> Callable[[Case], bool]:
    def wanted(case: Case) -> bool:
        return (
            may_see(principal, case)
            and query.service in (None, case.service)
            and query.place in (None, case.place)
            and query.topic in (None, case.topic)
            and query.assigned_to in (None, case.assigned_to)
            and query.shared in (None, case.service != principal.service)
            and (not query.overdue or _is_overdue(case, now_s))
            and _among(query, case)
            and query.within(case.opened_at, case.resolved_at)
        )

    return wanted


def _is_overdue(case: Case, now_s: float) -> bool:
    return case.due_at is not None and case.state != "resolved" and case.due_at.timestamp() < now_s


def _among(query: CaseFilter, case: Case) -> bool:
    is_there = not query.camera or any(one in case.cameras for one in query.camera)
    return is_there and (not query.severity or case.severity in query.severity)
