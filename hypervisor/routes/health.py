"""/healthz, /readyz and /metrics."""

import os

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from hypervisor import metrics
from hypervisor.access.guard import needs
from hypervisor.cameras import all_cameras
from hypervisor.context import Context, Ctx
from hypervisor.delivery.directory import Directory, Making
from hypervisor.feed import FeedAway
from hypervisor.indicators.kept.telling import MARK, last_turn
from hypervisor.problems import responses
from hypervisor.query import known_only
from hypervisor.rules.lag import lag_of
from hypervisor.store.values import StoreAway
from hypervisor.wire import Camera, Health

router = APIRouter(tags=["operation"], dependencies=[Depends(known_only)], responses=responses("invalid-request"))


@router.get("/healthz", operation_id="healthz", summary="Is the process alive?", response_model_exclude_none=True)
async def healthz() -> Health:
    """Answer without asking anybody else."""
    return Health(status="alive")


@router.get(
    "/readyz",
    operation_id="readyz",
    summary="Can it answer questions?",
    responses=responses("redis-away"),
    response_model_exclude_none=True,
)
async def readyz(context: Ctx, request: Request) -> Health:
    """Answer `ready` if Redis answers; it recovers by itself once Redis is back. To who is known, `configuration` says
    what the pipeline follows: with a `fault` in the file it goes on as before, and is ready all the same."""
    await context.feed.ping()
    known = request.scope["principal"] is not None
    return Health(status="ready", configuration=await context.feed.configuration() if known else None)


@router.get(
    "/metrics",
    operation_id="metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    dependencies=[needs("metrics:read")],
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def read_metrics(context: Ctx) -> Response:
    """Answer in the text format; without Redis `parvis_redis_up` is 0, and cameras and deliveries are missing."""
    cameras: list[Camera] | None
    try:
        cameras = await all_cameras(context.feed, context.clock(), context.settings.silent_after_s)
        configuration = await context.feed.configuration()
        rules = await lag_of(context.feed, context.store)
        values = last_turn((await context.store.marks()).get(MARK))
        work = metrics.Work(rules, await _deliveries(context), values)
    except (FeedAway, StoreAway):
        cameras, configuration, work = None, None, metrics.Work()
    text = metrics.text(context.requests, cameras, len(context.hub), configuration, work)
    return Response(text, media_type=metrics.MEDIA_TYPE)


async def _deliveries(context: Context) -> metrics.Deliveries:
    """Return what waits to be delivered."""
    every = await Directory(context.store, Making(context.clock, os.urandom)).all()
    counts = await context.queue.counts(list(every))
    names = {(value.service, name): counts[name] for name, value in every.items()}
    return metrics.Deliveries(await context.queue.sizes(), names)
