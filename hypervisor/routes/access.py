"""/v1/services, /v1/members, /v1/keys: who there is; /v1/me and /v1/tickets: who asks."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import Field

from hypervisor.access.directory import NewKey
from hypervisor.access.guard import needs
from hypervisor.access.kept import Member
from hypervisor.access.porter import COOKIE
from hypervisor.access.principal import Principal
from hypervisor.access.secrets import csrf_token
from hypervisor.access.wire import (
    CreatedKey,
    KeyItem,
    KeyList,
    Me,
    MemberBody,
    MemberItem,
    MemberList,
    NewKeyBody,
    NewMemberBody,
    NewServiceBody,
    ServiceBody,
    ServiceItem,
    ServiceList,
    TicketItem,
)
from hypervisor.context import Ctx
from hypervisor.problems import Refusal, responses
from hypervisor.query import Asked, Id, known_only, link_next
from hypervisor.routes.versions import CURSOR, ETAG, LINK, IfMatch, page_of, same, tagged

router = APIRouter(
    prefix="/v1",
    tags=["access"],
    dependencies=[Depends(known_only)],
    responses=responses("invalid-request", "redis-away"),
)
Known = Annotated[Principal, needs()]
Admin = Annotated[Principal, needs("admin")]
ServiceId = Annotated[Id, Path(description="id of a service")]
MemberId = Annotated[Id, Path(description="id of a member")]
KeyId = Annotated[Id, Path(description="id of a key: its middle part")]
CHANGES = responses("match-required", "changed-since")


class PageQuery(Asked):
    """Which page of a list."""

    cursor: str | None = Field(default=None, pattern=CURSOR, description="`next` of an answer")
    limit: int = Field(default=100, ge=1, le=1000, description="items on a page, at most")


Page = Annotated[PageQuery, Query()]
PRIVATE = {"Cache-Control": "no-store"}
PAGED: dict[int | str, dict[str, object]] = {200: {"headers": LINK}}
READ: dict[int | str, dict[str, object]] = {200: {"headers": ETAG}}
MADE: dict[int | str, dict[str, object]] = {201: {"headers": ETAG}}


@router.get("/me", operation_id="whoAmI", summary="Who asks, and what that one may do")
async def who_am_i(who: Known, request: Request, response: Response) -> Me:
    """Answer to everybody who is known, about themselves."""
    response.headers.update(PRIVATE)
    cookie = request.cookies.get(COOKIE) if who.kind == "member" else None
    return Me.of(who, csrf_token(cookie) if cookie else None)


@router.post(
    "/tickets",
    operation_id="createTicket",
    summary="A ticket for one event stream",
    status_code=201,
    responses=responses("not-allowed"),
)
async def create_ticket(context: Ctx, who: Annotated[Principal, needs("flows:read")], response: Response) -> TicketItem:
    """For programs whose event stream cannot send headers: valid for 60 seconds and once, on paths that end in
    `/stream`. The stream ends with the key or session that asked for the ticket."""
    response.headers.update(PRIVATE)
    ticket, expires_s = await context.sessions.ticket(who)
    return TicketItem(ticket=ticket, expires_at=datetime.fromtimestamp(expires_s, UTC))


@router.get("/services", operation_id="listServices", summary="The services of the city", responses=PAGED)
async def list_services(context: Ctx, who: Known, request: Request, response: Response, page: Page) -> ServiceList:
    """Everybody who is known sees who there is, to share cases with."""
    found = await page_of(context.sessions.directory.services, "", page.cursor, page.limit, lambda _: True)
    response.headers.update(link_next(request, found.next))
    return ServiceList(items=[ServiceItem.of(one) for one in found.items], next=found.next)


@router.post(
    "/services",
    operation_id="createService",
    summary="Make a service",
    status_code=201,
    responses=responses("state-conflict") | MADE,
)
async def create_service(context: Ctx, who: Admin, body: NewServiceBody, response: Response) -> ServiceItem:
    """A service owns keys, members, rules, subscriptions and cases."""
    kept = await context.sessions.directory.keep_service(who, body.id, body.service())
    tagged(response, kept.version)
    return ServiceItem.of(kept)


@router.get(
    "/services/{service}", operation_id="getService", summary="One service", responses=responses("not-found") | READ
)
async def get_service(context: Ctx, who: Known, service: ServiceId, response: Response) -> ServiceItem:
    """Everybody who is known sees it."""
    kept = await context.sessions.directory.known_service(service)
    tagged(response, kept.version)
    return ServiceItem.of(kept)


@router.put(
    "/services/{service}",
    operation_id="changeService",
    summary="Change a service",
    responses=responses("not-found") | CHANGES | READ,
)
async def change_service(
    context: Ctx, who: Admin, service: ServiceId, body: ServiceBody, response: Response, if_match: IfMatch = None
) -> ServiceItem:
    """Its id stays."""
    directory = context.sessions.directory
    version = same(await directory.known_service(service), if_match).version
    kept = await directory.keep_service(who, service, body.service(), version)
    tagged(response, kept.version)
    return ServiceItem.of(kept)


@router.delete(
    "/services/{service}",
    operation_id="removeService",
    summary="Remove a service",
    status_code=204,
    responses=responses("not-found", "state-conflict") | CHANGES,
)
async def remove_service(context: Ctx, who: Admin, service: ServiceId, if_match: IfMatch = None) -> None:
    """Only one without members and valid keys."""
    directory = context.sessions.directory
    await directory.remove_service(who, service, same(await directory.known_service(service), if_match).version)


@router.get("/members", operation_id="listMembers", summary="The people who sign in", responses=PAGED)
async def list_members(context: Ctx, who: Admin, request: Request, response: Response, page: Page) -> MemberList:
    """Never with passwords."""
    found = await page_of(context.sessions.directory.members, "", page.cursor, page.limit, lambda _: True)
    response.headers.update(link_next(request, found.next))
    return MemberList(items=[MemberItem.of(one) for one in found.items], next=found.next)


@router.post(
    "/members",
    operation_id="createMember",
    summary="Make a member",
    status_code=201,
    responses=responses("not-found", "state-conflict") | MADE,
)
async def create_member(context: Ctx, who: Admin, body: NewMemberBody, response: Response) -> MemberItem:
    """With a password, or with the name that the OpenID provider gives: one of the two."""
    if (body.password is None) == (body.subject is None):
        faults = (("body", "password", "expected a password, or a subject, and not both"),)
        raise Refusal("invalid-request", "password: expected a password, or a subject, and not both", faults)
    member = Member(
        name=body.name,
        service=body.service,
        grants=body.grants(),
        password=await _hashed(context, body.password),
        subject=body.subject,
    )
    kept = await context.sessions.directory.keep_member(who, body.id, member)
    tagged(response, kept.version)
    return MemberItem.of(kept)


@router.get(
    "/members/{member}", operation_id="getMember", summary="One member", responses=responses("not-found") | READ
)
async def get_member(context: Ctx, who: Admin, member: MemberId, response: Response) -> MemberItem:
    """Without the password."""
    kept = await context.sessions.directory.known_member(member)
    tagged(response, kept.version)
    return MemberItem.of(kept)


@router.put(
    "/members/{member}",
    operation_id="changeMember",
    summary="Change a member",
    responses=responses("not-found") | CHANGES | READ,
)
async def change_member(
    context: Ctx, who: Admin, member: MemberId, body: MemberBody, response: Response, if_match: IfMatch = None
) -> MemberItem:
    """All sessions of the member end: new rights, or a new password, hold from now on."""
    directory = context.sessions.directory
    before = same(await directory.known_member(member), if_match)
    changed = {"name": body.name, "service": body.service, "grants": body.grants(), "active": body.active}
    if body.password is not None:
        changed["password"] = await _hashed(context, body.password)
    kept = await directory.keep_member(who, member, before.value.model_copy(update=changed), before.version)
    tagged(response, kept.version)
    return MemberItem.of(kept)


@router.delete(
    "/members/{member}",
    operation_id="removeMember",
    summary="Remove a member",
    status_code=204,
    responses=responses("not-found") | CHANGES,
)
async def remove_member(context: Ctx, who: Admin, member: MemberId, if_match: IfMatch = None) -> None:
    """Sessions and open streams end with it."""
    directory = context.sessions.directory
    await directory.remove_member(who, member, same(await directory.known_member(member), if_match).version)


@router.get("/keys", operation_id="listKeys", summary="The keys, valid or not", responses=PAGED)
async def list_keys(context: Ctx, who: Admin, request: Request, response: Response, page: Page) -> KeyList:
    """Never with their texts."""
    found = await page_of(context.sessions.directory.keys, "", page.cursor, page.limit, lambda _: True)
    response.headers.update(link_next(request, found.next))
    now_s = context.clock()
    return KeyList(items=[KeyItem(**KeyItem.members_of(one, now_s)) for one in found.items], next=found.next)


@router.post(
    "/keys",
    operation_id="createKey",
    summary="Make a key",
    status_code=201,
    responses=responses("not-found", "state-conflict") | MADE,
)
async def create_key(context: Ctx, who: Admin, body: NewKeyBody, response: Response) -> CreatedKey:
    """The text of the key is in this answer and nowhere else. Two keys of one service and purpose may be valid at
    once: make the second, put it in place, revoke the first."""
    expires_s = body.expires_at.timestamp() if body.expires_at else None
    if expires_s is not None and expires_s <= context.clock():
        faults = (("body", "expires_at", "lies in the past"),)
        raise Refusal("invalid-request", "expires_at: lies in the past", faults)
    wanted = NewKey(body.service, body.purpose, body.grants(), expires_s)
    kept, text = await context.sessions.directory.create_key(who, wanted)
    tagged(response, kept.version)
    response.headers.update(PRIVATE)
    return CreatedKey(key=str(text), **KeyItem.members_of(kept, context.clock()))


@router.get("/keys/{key}", operation_id="getKey", summary="One key", responses=responses("not-found") | READ)
async def get_key(context: Ctx, who: Admin, key: KeyId, response: Response) -> KeyItem:
    """Without its text."""
    kept = await context.sessions.directory.known_key(key)
    tagged(response, kept.version)
    return KeyItem(**KeyItem.members_of(kept, context.clock()))


@router.delete(
    "/keys/{key}",
    operation_id="revokeKey",
    summary="Revoke a key",
    responses=responses("not-found") | CHANGES | READ,
)
async def revoke_key(context: Ctx, who: Admin, key: KeyId, response: Response, if_match: IfMatch = None) -> KeyItem:
    """For good, and at once; open streams end within a second or two. The key stays listed as revoked."""
    directory = context.sessions.directory
    same(await directory.known_key(key), if_match)
    kept = await directory.revoke_key(who, key)
    tagged(response, kept.version)
    return KeyItem(**KeyItem.members_of(kept, context.clock()))


async def _hashed(context: Ctx, password: str | None) -> str | None:
    """Return what is kept of a password: off the event loop, because it takes a moment on purpose."""
    return None if password is None else await asyncio.to_thread(context.sessions.passwords.hashed, password)
