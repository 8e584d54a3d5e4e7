"""/v1/overview: all cameras at a glance."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from hypervisor.access.guard import needs
from hypervisor.context import Ctx
from hypervisor.glance import GlancePage
from hypervisor.problems import responses
from hypervisor.query import Asked, Id, known_only
from hypervisor.series import find_camera

router = APIRouter(prefix="/v1", tags=["figures"], dependencies=[needs("flows:read"), Depends(known_only)])


class OverviewQuery(Asked):
    """What /v1/overview may be asked."""

    camera: list[Id] = Field(default=[], max_length=100, description="only these cameras; all without")


@router.get(
    "/overview",
    operation_id="readOverview",
    summary="The day so far and the last hour of every camera, in short",
    responses=responses("invalid-request", "not-found", "redis-away"),
)
async def read_overview(context: Ctx, query: Annotated[OverviewQuery, Query()]) -> GlancePage:
    """For a wall of cameras in one answer; /v1/series has every figure in full. A camera without any figures for two
    days or more, whose newest lie elsewhere (a recording), shows its own last day: `day` says which."""
    there_are = await context.feed.cameras()
    chosen = [find_camera(there_are, camera) for camera in dict.fromkeys(query.camera)] or list(there_are.values())
    return await context.glances.page(context.feed, chosen, context.clock())
