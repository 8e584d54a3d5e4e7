"""/v1/cameras and what belongs to one camera."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path

from hypervisor.access.guard import needs
from hypervisor.cameras import all_cameras, shown
from hypervisor.context import Ctx
from hypervisor.problems import responses
from hypervisor.query import Id, known_only
from hypervisor.series import find_camera
from hypervisor.wire import Camera, CameraList, LineList, ZoneList

router = APIRouter(
    prefix="/v1/cameras",
    tags=["cameras"],
    dependencies=[needs("flows:read"), Depends(known_only)],
    responses=responses("invalid-request", "redis-away"),
)
CameraId = Annotated[Id, Path(description="id of a camera")]


@router.get("", operation_id="listCameras", summary="All cameras and how they are")
async def list_cameras(context: Ctx) -> CameraList:
    """A camera whose worker has not reported for 10 seconds is shown as failed: it never looks as if it ran."""
    return CameraList(items=await all_cameras(context.feed, context.clock(), context.settings.silent_after_s))


@router.get("/{camera}", operation_id="getCamera", summary="One camera", responses=responses("not-found"))
async def get_camera(context: Ctx, camera: CameraId) -> Camera:
    """How one camera is, and what is known of its configuration."""
    description = find_camera(await context.feed.cameras(), camera)
    told = await context.feed.states([camera])
    return shown(description, told.get(camera), context.clock(), context.settings.silent_after_s)


@router.get("/{camera}/lines", operation_id="listLines", summary="Its lines", responses=responses("not-found"))
async def list_lines(context: Ctx, camera: CameraId) -> LineList:
    """Points are fractions 0..1 of width and height. `forward` goes from the left hand to the right hand of who
    stands at `from` and looks towards `to`."""
    return LineList(items=list(find_camera(await context.feed.cameras(), camera).lines))


@router.get("/{camera}/zones", operation_id="listZones", summary="Its zones", responses=responses("not-found"))
async def list_zones(context: Ctx, camera: CameraId) -> ZoneList:
    """Points are fractions 0..1 of width and height, in order."""
    return ZoneList(items=list(find_camera(await context.feed.cameras(), camera).zones))
