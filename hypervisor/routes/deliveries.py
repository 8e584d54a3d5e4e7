"""What became of deliveries: the log of attempts, replays, dead letters."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response
from starlette.requests import Request

from hypervisor.access.principal import Principal
from hypervisor.context import Context, Ctx
from hypervisor.delivery import wire
from hypervisor.problems import responses
from hypervisor.query import known_only, link_next
from hypervisor.routes.subscriptions import Reader, SubscriptionId, Writer, desk_of

router = APIRouter(
    prefix="/v1/subscriptions/{subscription}",
    tags=["subscriptions"],
    dependencies=[Depends(known_only)],
    responses=responses("invalid-request", "not-authenticated", "not-allowed", "not-found", "redis-away"),
)
DEAD_AT_ONCE = 1000


class Paged:
    """An answer that may have a next page."""

    def __init__(self, request: Request, response: Response) -> None:
        self._request, self._response = request, response

    def next(self, after: str | None) -> None:
        """Say where the next page is."""
        self._response.headers.update(link_next(self._request, after))


@router.get("/deliveries", operation_id="listDeliveries", summary="The delivery log")
async def list_deliveries(
    context: Ctx,
    who: Reader,
    answer: Annotated[Paged, Depends()],
    subscription: SubscriptionId,
    query: Annotated[wire.LogQuery, Query()],
) -> wire.AttemptList:
    """Attempts, newest first: the last 2,000, for 30 days."""
    await desk_of(context).find(who, subscription)
    found = await context.queue.log(subscription, query.cursor, query.limit + 1)
    after = found[query.limit - 1][0] if len(found) > query.limit else None
    answer.next(after)
    lines = (json.loads(text) for _, text in found[: query.limit])
    known = wire.Attempt.model_fields.keys()
    items = [wire.Attempt.model_validate({name: one.get(name) for name in known}) for one in lines]
    return wire.AttemptList(items=items, next=after)


@router.post(
    "/replay",
    operation_id="replayDeliveries",
    summary="Deliver again",
    status_code=202,
    responses=responses("range-too-large"),
)
async def replay_deliveries(context: Ctx, who: Writer, subscription: SubscriptionId, body: wire.Replay) -> wire.Done:
    """Deliver one event of the log again, or all that matches of a span, if it is still kept. The ids are the same as
    before: a receiver that drops repeats takes only what it has lost."""
    desk = desk_of(context)
    kept = await desk.find(who, subscription)
    if body.id is not None:
        return wire.Done(done=await desk.replay_one(who, kept, body.id))
    assert body.from_ is not None
    end_s = body.to.timestamp() if body.to else context.clock()
    return wire.Done(done=await desk.replay_span(who, kept, (body.from_.timestamp(), end_s)))


@router.get("/dead-letters", operation_id="listDeadLetters", summary="What was given up")
async def list_dead_letters(
    context: Ctx,
    who: Reader,
    answer: Annotated[Paged, Depends()],
    subscription: SubscriptionId,
    query: Annotated[wire.DeadQuery, Query()],
) -> wire.DeadLetterList:
    """Events that ten attempts could not deliver, or that found 10,000 others waiting; newest first, 5,000 at most, for
    30 days."""
    await desk_of(context).find(who, subscription)
    before = None
    if query.cursor is not None:
        at_s, _, name = query.cursor.partition("~")
        before = (float(at_s), name)
    found = await context.queue.dead(subscription, before, query.limit + 1)
    last = found[query.limit - 1] if len(found) > query.limit else None
    after = f"{last.at_s!r}~{last.id}" if last else None
    answer.next(after)
    items = [wire.dead_view(one, json.loads(one.body)["event"]) for one in found[: query.limit] if one.body]
    return wire.DeadLetterList(items=items, next=after)


@router.post("/dead-letters/replay", operation_id="replayDeadLetters", summary="Deliver dead letters again")
async def replay_dead_letters(context: Ctx, who: Writer, subscription: SubscriptionId, body: wire.Chosen) -> wire.Done:
    """Queue them at the end of their lanes, with all attempts before them again."""
    return await _undead(context, who, subscription, body, replay=True)


@router.post("/dead-letters/drop", operation_id="dropDeadLetters", summary="Drop dead letters")
async def drop_dead_letters(context: Ctx, who: Writer, subscription: SubscriptionId, body: wire.Chosen) -> wire.Done:
    """Delete them for good."""
    return await _undead(context, who, subscription, body, replay=False)


async def _undead(context: Context, who: Principal, subscription: str, body: wire.Chosen, *, replay: bool) -> wire.Done:
    desk = desk_of(context)
    kept = await desk.find(who, subscription)
    ids = body.ids or await context.queue.oldest_dead(subscription, DEAD_AT_ONCE)
    return wire.Done(done=await desk.undead(who, kept, ids, replay))
