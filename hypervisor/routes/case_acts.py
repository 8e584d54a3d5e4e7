"""What people and services do to cases. Each deed is one commit: the case, its message and the audit log's line."""

import json
from typing import Any

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from hypervisor.access.directory import of_service
from hypervisor.access.principal import Principal
from hypervisor.cases.life import Deed, done, message, moment
from hypervisor.cases.model import MOST_COMMENTS, MOST_ENTRIES, Case, EntryKind, kept_s, live_tag, tags_of
from hypervisor.context import Context, Ctx
from hypervisor.problems import Refusal, responses
from hypervisor.query import known_only
from hypervisor.routes.cases import CaseId, Comment, Writer, cases_of, find_case
from hypervisor.routes.versions import ETAG, IfMatch, refuse_faults, same, tagged
from hypervisor.store.documents import Kept
from hypervisor.store.values import Act, Commit, Conflict
from hypervisor.strict import Body, Id

COMMENT_TRIES = 10
DEED: dict[str, Any] = {
    "responses": responses(
        "invalid-request", "not-found", "not-allowed", "state-conflict", "changed-since", "match-required"
    )
    | {200: {"headers": ETAG}}
}


router = APIRouter(
    prefix="/v1/cases", tags=["cases"], dependencies=[Depends(known_only)], responses=responses("redis-away")
)


class CaseNote(Body):
    """A deed that may be commented."""

    comment: Comment | None = None


class Assignment(CaseNote):
    """To whom a case is assigned."""

    member: Id | None = Field(description="a member of the owning service; null: to nobody")


class Sharing(CaseNote):
    """With whom a case is shared."""

    service: Id


class HandOver(CaseNote):
    """Whose a case becomes."""

    service: Id
    keep_sight: bool = Field(default=True, description="the service that hands it over still sees it")


class Said(Body):
    """A comment."""

    comment: Comment


async def _act(
    context: Context,
    principal: Principal,
    kept: Kept[Case],
    deed: Deed,
    changes: dict[str, Any],
    also: tuple[str, ...] = (),
) -> Kept[Case]:
    """Do a deed: keep it, tell it, and write it in the audit log."""
    case = done(kept.value, deed, **changes)
    change = cases_of(context).change(
        case.id, case, at_s=deed.time_s, expect=kept.version, tags=tags_of(case), kept_s=kept_s(case)
    )
    detail = {"to": deed.to} if deed.to else {}
    act = Act(principal.actor, principal.service, message(case).kind, f"cases/{case.id}", deed.time_s, detail)
    await context.store.commit(Commit([change], [message(case, also)], [act]))
    return Kept(case.id, kept.version + 1, case, kept.order)


async def _owned(context: Context, principal: Principal, case: str, if_match: str | None) -> Kept[Case]:
    """Return a case of the own service, in the version that is meant."""
    kept = await find_case(context, principal, case)
    if not principal.belongs(kept.value.service):
        raise Refusal(
            "not-allowed", f"case {case!r} is shared by service {kept.value.service!r}, which alone changes it"
        )
    await _refuse_past(context, kept.value)
    return same(kept, if_match)


async def _refuse_past(context: Context, case: Case) -> None:
    """Raise `Refusal` for a case that moved into history, where nothing changes."""
    if case.state == "resolved" and not await cases_of(context).is_live(case.id):
        raise Refusal("state-conflict", f"case {case.id!r} lies in history and is read only; open a new one")


class Assignable(Body):
    """A member of the owning service."""

    id: Id
    name: str


class AssignableList(Body):
    """To whom a case can be assigned, by name."""

    items: list[Assignable]
    next: None = None


@router.get(
    "/{case}/assignable", operation_id="listAssignable", summary="To whom a case can be assigned",
    responses=responses("invalid-request", "not-found", "not-allowed"),
)  # fmt: skip
async def list_assignable(context: Ctx, principal: Writer, case: CaseId) -> AssignableList:
    """Active members of the service that owns it: their ids and names, nothing else of them."""
    kept = await find_case(context, principal, case)
    if not principal.belongs(kept.value.service):
        raise Refusal("not-allowed", f"case {case!r} is assigned by service {kept.value.service!r} alone")
    members = await context.sessions.directory.members.listed(of_service(kept.value.service))
    found = [Assignable(id=one.id, name=one.value.name) for one in members if one.value.active]
    return AssignableList(items=sorted(found, key=lambda one: one.name))


def _deed(context: Context, principal: Principal, what: EntryKind, comment: str | None, to: str | None = None) -> Deed:
    return Deed(what, principal.actor, principal.service, context.clock(), comment=comment, to=to)


def _not(case: Case, *states: str) -> None:
    if case.state in states:
        raise Refusal("state-conflict", f"case {case.id!r} is {case.state}")


@router.post("/{case}/acknowledge", operation_id="acknowledgeCase", summary="Take up a case", **DEED)
async def acknowledge(
    context: Ctx, principal: Writer, response: Response, case: CaseId, body: CaseNote, if_match: IfMatch = None
) -> Case:
    """Say that somebody has seen it and will see to it."""
    kept = await _owned(context, principal, case, if_match)
    _not(kept.value, "acknowledged", "resolved")
    deed = _deed(context, principal, "acknowledged", body.comment)
    return _answer(response, await _act(context, principal, kept, deed, {"state": "acknowledged"}))


@router.post("/{case}/assign", operation_id="assignCase", summary="Assign a case", **DEED)
async def assign(
    context: Ctx, principal: Writer, response: Response, case: CaseId, body: Assignment, if_match: IfMatch = None
) -> Case:
    """Say who sees to it; `null` takes it back."""
    kept = await _owned(context, principal, case, if_match)
    _not(kept.value, "resolved")
    if body.member is not None:
        await _refuse_stranger(context, kept.value, body.member)
    deed = _deed(context, principal, "assigned", body.comment, body.member)
    return _answer(response, await _act(context, principal, kept, deed, {"assigned_to": body.member}))


@router.post(
    "/{case}/comments", operation_id="commentCase", summary="Comment on a case", status_code=201,
    responses=responses("invalid-request", "not-found", "state-conflict", "changed-since") | {201: {"headers": ETAG}},
)  # fmt: skip
async def comment(context: Ctx, principal: Writer, response: Response, case: CaseId, body: Said) -> Case:
    """Who owns it and who it is shared with may comment, without `If-Match`: comments do not contradict each other."""
    for attempt in range(COMMENT_TRIES):
        kept = await find_case(context, principal, case)
        await _refuse_past(context, kept.value)
        if len(kept.value.timeline) >= MOST_ENTRIES + MOST_COMMENTS:
            raise Refusal("state-conflict", f"case {case!r} has no room for another comment; open a new one")
        try:
            deed = _deed(context, principal, "commented", body.comment)
            return _answer(response, await _act(context, principal, kept, deed, {}))
        except Conflict:
            if attempt == COMMENT_TRIES - 1:
                raise
    raise AssertionError("the last attempt raises")


@router.post("/{case}/share", operation_id="shareCase", summary="Share a case", **DEED)
async def share(
    context: Ctx, principal: Writer, response: Response, case: CaseId, body: Sharing, if_match: IfMatch = None
) -> Case:
    """The other service sees it and its alerts, is told of them, and may comment."""
    kept = await _owned(context, principal, case, if_match)
    await _refuse_unknown_service(context, body.service)
    if body.service in (kept.value.service, *kept.value.shared_with):
        raise Refusal("state-conflict", f"service {body.service!r} sees case {case!r} already")
    shared = (*kept.value.shared_with, body.service)
    deed = _deed(context, principal, "shared", body.comment, body.service)
    return _answer(response, await _act(context, principal, kept, deed, {"shared_with": shared}))


@router.post("/{case}/unshare", operation_id="unshareCase", summary="Share a case no longer", **DEED)
async def unshare(
    context: Ctx, principal: Writer, response: Response, case: CaseId, body: Sharing, if_match: IfMatch = None
) -> Case:
    """The other service is told once more, and sees it no longer."""
    kept = await _owned(context, principal, case, if_match)
    if body.service not in kept.value.shared_with:
        raise Refusal("state-conflict", f"case {case!r} is not shared with service {body.service!r}")
    shared = tuple(one for one in kept.value.shared_with if one != body.service)
    deed = _deed(context, principal, "unshared", body.comment, body.service)
    return _answer(response, await _act(context, principal, kept, deed, {"shared_with": shared}, (body.service,)))


@router.post("/{case}/hand-over", operation_id="handOverCase", summary="Hand a case over", **DEED)
async def hand_over(
    context: Ctx, principal: Writer, response: Response, case: CaseId, body: HandOver, if_match: IfMatch = None
) -> Case:
    """The other service owns it from now on, and has to acknowledge it anew. Further alerts still join it."""
    kept = await _owned(context, principal, case, if_match)
    _not(kept.value, "resolved")
    await _refuse_unknown_service(context, body.service)
    before = kept.value.service
    if body.service == before:
        raise Refusal("state-conflict", f"service {before!r} owns case {case!r} already")
    others = dict.fromkeys((*kept.value.shared_with, *((before,) if body.keep_sight else ())))
    shared = tuple(one for one in others if one != body.service)
    changes = {"service": body.service, "shared_with": shared, "assigned_to": None, "state": "open"}
    deed = _deed(context, principal, "handed_over", body.comment, body.service)
    return _answer(response, await _act(context, principal, kept, deed, changes, (before,)))


@router.post("/{case}/resolve", operation_id="resolveCase", summary="Resolve a case", **DEED)
async def resolve(
    context: Ctx, principal: Writer, response: Response, case: CaseId, body: CaseNote, if_match: IfMatch = None
) -> Case:
    """It is over. Further alerts of its ground and topic open a new case."""
    kept = await _owned(context, principal, case, if_match)
    _not(kept.value, "resolved")
    deed = _deed(context, principal, "resolved", body.comment)
    changes = {"state": "resolved", "resolved_at": moment(deed.time_s)}
    return _answer(response, await _act(context, principal, kept, deed, changes))


@router.post("/{case}/reopen", operation_id="reopenCase", summary="Reopen a case", **DEED)
async def reopen(
    context: Ctx, principal: Writer, response: Response, case: CaseId, body: CaseNote, if_match: IfMatch = None
) -> Case:
    """It was not over. Refused while another case of its ground and topic is open."""
    kept = await _owned(context, principal, case, if_match)
    _not(kept.value, "open", "acknowledged")
    tag = live_tag(kept.value.origin, kept.value.where, kept.value.topic)
    live = await cases_of(context).listed(tag, limit=1)
    if live:
        raise Refusal("state-conflict", f"case {live[0].id!r} of its ground and topic is open")
    deed = _deed(context, principal, "reopened", body.comment)
    return _answer(response, await _act(context, principal, kept, deed, {"state": "open", "resolved_at": None}))


def _answer(response: Response, kept: Kept[Case]) -> Case:
    tagged(response, kept.version)
    return kept.value


async def _refuse_unknown_service(context: Context, service: str) -> None:
    if await context.store.get("services", service) is None:
        refuse_faults([("service", f"no service {service!r}; expected the id of one")])


async def _refuse_stranger(context: Context, case: Case, member: str) -> None:
    kept = await context.store.get("members", member)
    if kept is None or json.loads(kept.body).get("service") != case.service:
        refuse_faults([("member", f"no member {member!r}; expected one of service {case.service!r}")])
