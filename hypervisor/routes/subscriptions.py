"""/v1/subscriptions: what a service wants to be told, and by which channel."""

import os
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Response
from starlette.requests import Request

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.context import Context, Ctx
from hypervisor.delivery import wire
from hypervisor.delivery.desk import Desk, owner
from hypervisor.delivery.directory import Making
from hypervisor.delivery.model import ChangedSubscription, NewSubscription, Subscription
from hypervisor.problems import responses
from hypervisor.query import known_only, link_next
from hypervisor.routes.versions import ETAG, LINK, IfMatch, page_of, same, tagged
from hypervisor.store.documents import Kept

router = APIRouter(
    prefix="/v1/subscriptions",
    tags=["subscriptions"],
    dependencies=[Depends(known_only)],
    responses=responses("invalid-request", "not-authenticated", "not-allowed", "redis-away"),
)
Reader = Annotated[Principal, needs("subscriptions:read")]
Writer = Annotated[Principal, needs("subscriptions:write")]
SubscriptionId = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$", description="id of a subscription")]
CHANGES = ("match-required", "changed-since")
WEEK_S = 7 * 86_400.0


def desk_of(context: Context) -> Desk:
    """Return the desk of this application."""
    making = Making(context.clock, os.urandom)
    return Desk((context.feed, context.store), context.queue, making, context.settings.site)


async def _view(context: Context, kept: Kept[Subscription]) -> wire.SubscriptionView:
    counts = await context.queue.counts([kept.id])
    return wire.SubscriptionView(**wire.view(kept.id, kept.value, counts[kept.id]))


@router.get(
    "",
    operation_id="listSubscriptions",
    summary="Subscriptions",
    responses={200: {"headers": LINK}},
)
async def list_subscriptions(
    context: Ctx,
    who: Reader,
    request: Request,
    response: Response,
    query: Annotated[wire.ListQuery, Query()],
) -> wire.SubscriptionList:
    """Those of the own service, newest first, with what waits and what was given up; for `admin` those of all."""
    tag = "" if "admin" in who.scopes else f"service:{who.service}"
    documents = desk_of(context).directory.documents
    page = await page_of(documents, tag, query.cursor, query.limit, lambda one: who.belongs(one.service))
    counts = await context.queue.counts([one.id for one in page.items])
    response.headers.update(link_next(request, page.next))
    items = [wire.SubscriptionView(**wire.view(one.id, one.value, counts[one.id])) for one in page.items]
    return wire.SubscriptionList(items=items, next=page.next)


@router.post(
    "",
    operation_id="createSubscription",
    summary="Make a subscription",
    status_code=201,
    responses=responses("state-conflict") | {201: {"headers": ETAG}},
)
async def create_subscription(
    context: Ctx, who: Writer, response: Response, body: NewSubscription
) -> wire.MadeSubscription:
    """Events from now on are delivered, within a second of this answer. A webhook's answer holds its signing secret,
    this once."""
    desk = desk_of(context)
    kept = await desk.make(who, body, await desk.world())
    counts = await context.queue.counts([kept.id])
    tagged(response, kept.version)
    response.headers["Cache-Control"] = "no-store"  # so no note of an idempotency key keeps the secret either
    secret = kept.value.secrets[0].text if kept.value.secrets else None
    return wire.MadeSubscription(**wire.view(kept.id, kept.value, counts[kept.id]), secret=secret)


@router.post("/preview", operation_id="previewSubscription", summary="What would have matched")
async def preview_subscription(context: Ctx, who: Reader, body: wire.Asking) -> wire.Preview:
    """Try a filter on what is still kept of a span: without one, of the last week."""
    service = owner(who, body.service)
    now_s = context.clock()
    span_s = _span(body.from_, body.to, now_s - WEEK_S, now_s)
    found = await desk_of(context).preview(who, body.filter, service, span_s)
    return wire.Preview.model_validate(
        {
            "from": wire.moment(span_s[0]),
            "to": wire.moment(span_s[1]),
            "looked_at": found.looked.entries,
            "complete": found.looked.complete,
            "matched": found.matched,
            "by_kind": found.by_kind,
            "examples": found.examples,
        }
    )


@router.get(
    "/{subscription}",
    operation_id="getSubscription",
    summary="One subscription",
    responses=responses("not-found") | {200: {"headers": ETAG}},
)
async def get_subscription(
    context: Ctx, who: Reader, response: Response, subscription: SubscriptionId
) -> wire.SubscriptionView:
    """What it asks for, and how its deliveries stand."""
    kept = await desk_of(context).find(who, subscription)
    tagged(response, kept.version)
    return await _view(context, kept)


@router.patch(
    "/{subscription}",
    operation_id="changeSubscription",
    summary="Change a subscription",
    responses=responses("not-found", *CHANGES) | {200: {"headers": ETAG}},
)
async def change_subscription(
    context: Ctx,
    who: Writer,
    response: Response,
    subscription: SubscriptionId,
    body: ChangedSubscription,
    if_match: IfMatch = None,
) -> wire.SubscriptionView:
    """Change its name, filter or address; what is left out stays. What waits already goes to the new address."""
    desk = desk_of(context)
    kept = same(await desk.find(who, subscription), if_match)
    kept = await desk.change(who, kept, body, await desk.world())
    tagged(response, kept.version)
    return await _view(context, kept)


@router.delete(
    "/{subscription}",
    operation_id="deleteSubscription",
    summary="Delete a subscription",
    status_code=204,
    responses=responses("not-found", *CHANGES),
)
async def delete_subscription(
    context: Ctx, who: Writer, subscription: SubscriptionId, if_match: IfMatch = None
) -> None:
    """Delete it with all that waits, its log and its dead letters."""
    desk = desk_of(context)
    kept = same(await desk.find(who, subscription), if_match)
    await desk.remove(who, kept)


@router.post(
    "/{subscription}/pause",
    operation_id="pauseSubscription",
    summary="Pause",
    responses=responses("not-found", "state-conflict"),
)
async def pause_subscription(context: Ctx, who: Writer, subscription: SubscriptionId) -> wire.SubscriptionView:
    """Deliver nothing until it is resumed; events wait meanwhile, 10,000 at most."""
    return await _put(context, who, subscription, paused=True)


@router.post(
    "/{subscription}/resume",
    operation_id="resumeSubscription",
    summary="Resume",
    responses=responses("not-found", "state-conflict"),
)
async def resume_subscription(context: Ctx, who: Writer, subscription: SubscriptionId) -> wire.SubscriptionView:
    """Go on with what waits, one that was disabled too; what waited for another try is tried at once."""
    return await _put(context, who, subscription, paused=False)


@router.post(
    "/{subscription}/test",
    operation_id="testSubscription",
    summary="Send a test",
    status_code=202,
    responses=responses("not-found", "state-conflict"),
)
async def test_subscription(context: Ctx, who: Writer, subscription: SubscriptionId) -> dict[str, str]:
    """Queue an event of kind `subscription.test`, whatever the filter; the delivery log tells what became of
    its `id`."""
    desk = desk_of(context)
    return {"id": await desk.test(who, await desk.find(who, subscription))}


@router.post(
    "/{subscription}/secrets",
    operation_id="rotateSecret",
    summary="A new signing secret",
    status_code=201,
    responses=responses("not-found", "state-conflict"),
)
async def rotate_secret(context: Ctx, who: Writer, response: Response, subscription: SubscriptionId) -> wire.NewSecret:
    """Sign with a new secret, told this once, and with the one before, until that is retired."""
    desk = desk_of(context)
    kept, text = await desk.rotate(who, await desk.find(who, subscription))
    response.headers["Cache-Control"] = "no-store"
    return wire.NewSecret(secret=text, secrets=len(kept.value.secrets))


@router.delete(
    "/{subscription}/secrets",
    operation_id="retireSecret",
    summary="Retire the older secret",
    status_code=204,
    responses=responses("not-found", "state-conflict", *CHANGES),
)
async def retire_secret(context: Ctx, who: Writer, subscription: SubscriptionId, if_match: IfMatch = None) -> None:
    """Sign with the newest secret only."""
    desk = desk_of(context)
    kept = same(await desk.find(who, subscription), if_match)
    await desk.retire(who, kept)


async def _put(context: Context, who: Principal, subscription: str, paused: bool) -> wire.SubscriptionView:
    desk = desk_of(context)
    reason = f"paused by {who.actor}" if paused else None
    await desk.put(who, await desk.find(who, subscription), "paused" if paused else "active", reason)
    return await _view(context, await desk.find(who, subscription))


def _span(from_: datetime | None, to: datetime | None, first_s: float, last_s: float) -> tuple[float, float]:
    begin = from_.timestamp() if from_ else first_s
    return begin, to.timestamp() if to else last_s
