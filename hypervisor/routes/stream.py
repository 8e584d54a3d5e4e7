"""/v1/stream: server-sent events with exact resume."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from fastapi.responses import StreamingResponse
from fastapi.sse import format_sse_event

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.context import Context, Ctx
from hypervisor.events import Wanted
from hypervisor.feed import FeedAway, Position
from hypervisor.hub import Reader
from hypervisor.notices import bus_position
from hypervisor.problems import Refusal, responses
from hypervisor.query import StreamQuery, known_only
from hypervisor.series import find_camera
from hypervisor.store.values import StoreAway
from hypervisor.wire import StreamGap

router = APIRouter(prefix="/v1", tags=["events"], dependencies=[Depends(known_only)])

EXAMPLE = """retry: 2000
id: 1769904000000-0@

event: crossing
data: {"id":"parvis-nord:f-3ac1e09b:42","camera_id":"parvis-nord","kind":"crossing","subject":"entree",\
"observed_at":"2026-02-01T00:00:00.250Z","value":1.0,"unit":"crossing",\
"detail":{"class":"person","direction":"forward"}}
id: 1769904000250-0@parvis-nord

"""


class EventStream(StreamingResponse):
    """An event stream that ends when its reader is gone.

    Not FastAPI's own: that logs a traceback for every reader that hangs up while events wait (fastapi/fastapi#15824).
    """

    media_type = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Opened:
    """A stream that may begin: all that can be refused has been checked."""

    reader: Reader
    gap: StreamGap | None


async def _opened(
    context: Ctx,
    who: Annotated[Principal, needs("flows:read")],
    query: Annotated[StreamQuery, Query()],
    last_event_id: Annotated[
        str | None,
        Header(description="the `id` of the last event seen; browsers send it by themselves when they reconnect"),
    ] = None,
) -> AsyncIterator[Opened]:
    """Join the hub for the time of the request."""
    cameras = await context.feed.cameras()
    for camera in query.camera:
        find_camera(cameras, camera)
    after = _resume_point(last_event_id)
    wanted = Wanted(frozenset(query.camera), frozenset(query.kind), who)
    reader = await context.hub.join(wanted, after)
    try:
        gap = await _gap(context, wanted, after) if after else None
        with context.watch.over(who, reader.end):
            yield Opened(reader, gap)
    finally:
        context.hub.leave(reader)


async def _gap(context: Context, wanted: Wanted, after: Position) -> StreamGap | None:
    """Return what may be missing after a resume point; None: nothing."""
    lost = await context.feed.trimmed(wanted.among(await context.feed.cameras()), after)
    messages = await context.store.bus_trimmed(bus_position(after))
    return StreamGap(after=str(after), cameras=list(lost), messages=messages) if lost or messages else None


@router.get(
    "/stream",
    operation_id="streamEvents",
    summary="What is told, live",
    response_class=EventStream,
    responses=responses("invalid-request", "not-found", "redis-away", "too-many-streams")
    | {
        200: {
            "description": "event names are the kinds of observations and messages, and `stream.gap`",
            "content": {"text/event-stream": {"example": EXAMPLE}},
        }
    },
)
async def stream_events(context: Ctx, opened: Annotated[Opened, Depends(_opened)]) -> StreamingResponse:
    """Follow everything, or some cameras and kinds. With `Last-Event-ID` nothing is lost and nothing comes twice;
    `stream.gap` says so if what was missed is no longer kept. A reader that does not keep up is cut off; so is one
    whose key is revoked. A browser sends its session, anything else may use a ticket (`/v1/tickets`)."""
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # the second: proxies must not hold it back
    return EventStream(_sent(context, opened), headers=headers)


async def _sent(context: Context, opened: Opened) -> AsyncIterator[bytes]:
    reader = opened.reader
    # An id without data makes a browser remember it: even one that reconnects before the first event resumes.
    yield format_sse_event(retry=context.settings.retry_ms, id=str(reader.after))
    if opened.gap is not None:
        yield format_sse_event(event="stream.gap", data_str=opened.gap.model_dump_json())
    try:
        async for delivery in context.hub.catch_up(reader):
            yield delivery.frame
            await asyncio.sleep(0)  # so that a reader who hangs up is noticed though more is waiting
    except (FeedAway, StoreAway):
        return  # the reader comes back with the id of the last event it got
    while True:
        try:
            live = await reader.next(context.settings.heartbeat_s)
        except TimeoutError:
            # The id moves on though nothing was wanted, so that a quiet stream never resumes from far back.
            yield format_sse_event(comment="nothing new", id=str(context.hub.reached(reader)))
            continue
        if live is None:
            return
        yield b"".join(one.frame for one in (live, *reader.waiting()))
        await asyncio.sleep(0)


def _resume_point(last_event_id: str | None) -> Position | None:
    if not last_event_id:
        return None
    try:
        return Position.parse(last_event_id)
    except ValueError as error:
        detail = f"{last_event_id[:80]!r} {error}"
        raise Refusal("invalid-request", detail, (("header", "Last-Event-ID", str(error)),)) from None
