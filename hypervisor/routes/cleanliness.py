"""/v1/deposits and /v1/cleanliness."""

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic_core import to_json

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.cleanliness.evidence import Moment, picture
from hypervisor.cleanliness.listing import DepositLister, item
from hypervisor.cleanliness.outline import drawing
from hypervisor.cleanliness.reader import CleanlinessReader
from hypervisor.cleanliness.wire import CleanlinessPage, DepositItem, DepositPage
from hypervisor.context import Context, Ctx
from hypervisor.history.door import archive_of
from hypervisor.problems import Refusal, responses
from hypervisor.query import CleanlinessQuery, DepositsQuery, known_only, link_next
from hypervisor.routes.figures import LINK
from hypervisor.store.values import Act, Commit


async def _of_deposits(who: Annotated[Principal, needs("flows:read")]) -> None:
    """Let in who may hear of deposits."""
    if not who.hears("deposit"):
        raise Refusal("not-allowed", f"{who.actor} is not granted the kind deposit")


router = APIRouter(
    prefix="/v1",
    tags=["cleanliness"],
    dependencies=[Depends(_of_deposits), Depends(known_only)],
    responses=responses("invalid-request", "not-found", "redis-away"),
)
DepositId = Annotated[
    str, Path(pattern=r"^[a-z0-9][a-z0-9_-]{0,199}$", description="id of a deposit, as /v1/deposits gives it")
]
PRIVATE = {"Cache-Control": "no-store"}


def lister_of(context: Context) -> DepositLister:
    """Return what finds deposits, in Redis and in files."""
    return DepositLister(context.feed, context.clock, archive_of(context))


@router.get(
    "/deposits",
    operation_id="listDeposits",
    summary="Things that lie in zones, or did",
    response_model=DepositPage,
    responses={200: {"headers": LINK}},
)
async def list_deposits(context: Ctx, request: Request, query: Annotated[DepositsQuery, Query()]) -> Response:
    """Deposits, the newest first; under every purpose, because they are things. What was told of each is kept in one
    step with the stream, so nothing is missing though no hypervisor was running."""
    page = await lister_of(context).page(query)
    return Response(to_json(page), media_type="application/json", headers=link_next(request, page["next"]))


@router.get("/deposits/{deposit}", operation_id="getDeposit", summary="One deposit")
async def get_deposit(context: Ctx, deposit: DepositId) -> DepositItem:
    """A deposit with all that was told of it."""
    found, camera = await lister_of(context).one(deposit)
    return DepositItem.model_validate(item(found, camera, history=True))


@router.get(
    "/deposits/{deposit}/outline",
    operation_id="drawDeposit",
    summary="A deposit drawn, without a picture",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}},
)
async def draw_deposit(
    context: Ctx,
    deposit: DepositId,
    lang: Annotated[Literal["fr", "en"], Query(description="language of the title")] = "en",
) -> Response:
    """Its outline in its zone, on an empty ground: under every purpose."""
    found, camera = await lister_of(context).one(deposit)
    return Response(drawing(found, camera, lang), media_type="image/svg+xml")


@router.get(
    "/deposits/{deposit}/evidence/{moment}",
    operation_id="getEvidence",
    summary="A picture of a deposit's surroundings, without people",
    response_class=Response,
    responses=responses("invalid-request", "not-found", "no-evidence", "purpose-forbids-image", "redis-away")
    | {200: {"content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def get_evidence(
    context: Ctx,
    who: Annotated[Principal, needs("evidence:read")],
    deposit: DepositId,
    moment: Annotated[Moment, Path(description="`before` it came, `after`, or once it was `cleared`")],
) -> Response:
    """Only under `operations`, and while `retention.evidence_days` lasts. Each look is in the audit log."""
    found, camera = await lister_of(context).one(deposit)
    taken = await asyncio.to_thread(picture, found, camera, moment, context.settings.evidence_dir)
    act = Act(who.actor, who.service, "evidence.view", f"deposits/{found.id}/{moment}", context.clock())
    await context.store.commit(Commit(acts=[act]))  # what is not noted is not shown
    return Response(taken, media_type="image/jpeg", headers=PRIVATE)


@router.get(
    "/cleanliness",
    operation_id="readCleanliness",
    summary="Figures of cleanliness, by zone",
    response_model=CleanlinessPage,
    responses=responses("invalid-request", "not-found", "range-too-large", "redis-away"),
)
async def read_cleanliness(context: Ctx, query: Annotated[CleanlinessQuery, Query()]) -> Response:
    """Arrivals, time-to-clean, grades and more of every zone that is watched for deposits, each with how well it was
    watched and the smallest thing that can be seen there. Below 60 % of the time watched there are no figures."""
    page = await CleanlinessReader(context.feed, context.clock).page(query)
    return Response(to_json(page), media_type="application/json")
