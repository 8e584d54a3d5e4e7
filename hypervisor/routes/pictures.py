"""What cameras show, where their purpose allows it; and what else the pipeline does on demand: recounting, probing."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, field_validator

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.context import Context, Ctx
from hypervisor.pictures import asking
from hypervisor.pictures.viewers import BOUNDARY, Viewer
from hypervisor.problems import Refusal, responses
from hypervisor.query import Id, known_only
from hypervisor.series import find_camera
from hypervisor.store.values import Act, Commit
from pipeline.asks import Probed, Recounted, Taken
from pipeline.config_shown import shown_source
from pipeline.places import LineConfig, ZoneConfig

router = APIRouter(
    prefix="/v1",
    tags=["pictures"],
    dependencies=[Depends(known_only)],
    responses=responses("invalid-request", "not-allowed", "redis-away", "pipeline-away"),
)
CameraId = Annotated[Id, Path(description="id of a camera")]
Writer = Annotated[Principal, needs("config:write")]
Viewing = Annotated[Principal, needs("evidence:read")]
PRIVATE = {"Cache-Control": "no-store"}
LIVE_TYPE = f"multipart/x-mixed-replace; boundary={BOUNDARY}"
MOST_PLACES = 100


def _header(description: str, kind: str) -> dict[str, Any]:
    return {"description": description, "schema": {"type": kind}}


JPEG: dict[str, Any] = {
    "content": {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}},
    "headers": {
        "X-Parvis-Time": _header("when the newest picture in it was taken", "string"),
        "X-Parvis-Frames": _header("of how many pictures it is made", "integer"),
        "X-Parvis-Seconds": _header("time from the first to the last of these, seconds", "number"),
    },
}


class Proposed(BaseModel):
    """Lines and zones as they would be written in the configuration: all of them, changed or not."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines: tuple[LineConfig, ...] = Field(default=(), max_length=MOST_PLACES, description="all lines of the camera")
    zones: tuple[ZoneConfig, ...] = Field(default=(), max_length=MOST_PLACES, description="all zones of the camera")

    @field_validator("lines", "zones")
    @classmethod
    def _named_once(cls, places: tuple[LineConfig, ...] | tuple[ZoneConfig, ...]) -> tuple[Any, ...]:
        ids = [place.id for place in places]
        for number, one in enumerate(ids):
            if one in ids[:number]:
                raise ValueError(f"{number}.id: {one!r} is used twice; expected unique ids")
        return places


class SourceBody(BaseModel):
    """A source to try."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: str = Field(
        min_length=1,
        max_length=2000,
        description="as in the configuration: file, folder, `rtsp://`, `http(s)://` or device index",
        examples=["rtsp://camera.example/stream1"],
    )


@router.get(
    "/cameras/{camera}/still",
    operation_id="getStill",
    summary="A picture to draw lines and zones on",
    response_class=Response,
    responses=responses("not-found", "too-early", "redis-away", "pipeline-away") | {200: JPEG},
)
async def get_still(context: Ctx, who: Writer, camera: CameraId) -> Response:
    """The median of some seconds, in which people and vehicles are gone or made of patches; blurred besides under
    `statistics`. It is as large as the camera's pictures, 1920 px at most. The first request begins to gather
    pictures: it is answered with 503 `too-early`, and `Retry-After` says when to come again. Each look is in the audit
    log."""
    find_camera(await context.feed.cameras(), camera)
    taken, picture = await asking.still(context.line, camera)
    await _note(context, who, "still.view", camera)
    return _shown(taken, picture)


@router.get(
    "/cameras/{camera}/snapshot",
    operation_id="getSnapshot",
    summary="What it shows now",
    response_class=Response,
    responses=responses("not-found", "not-allowed", "purpose-forbids-image") | {200: JPEG},
)
async def get_snapshot(context: Ctx, who: Viewing, camera: CameraId) -> Response:
    """The latest picture, people and vehicles made of patches. Only under `operations`; each look is in the audit
    log."""
    await _refuse_statistics(context, camera)
    taken, picture = await asking.snapshot(context.line, camera)
    await _note(context, who, "snapshot.view", camera)
    return _shown(taken, picture)


async def _viewer(context: Ctx, who: Viewing, camera: CameraId) -> AsyncIterator[Viewer]:
    """Watch for the time of the request."""
    await _refuse_statistics(context, camera)
    viewer = await context.viewers.join(camera)
    try:
        await _note(context, who, "live.view", camera)
        with context.watch.over(who, viewer.end):
            yield viewer
    finally:
        context.viewers.leave(camera, viewer)


@router.get(
    "/cameras/{camera}/live",
    operation_id="watchLive",
    summary="What it shows, live",
    response_class=StreamingResponse,
    responses=responses("not-found", "not-allowed", "purpose-forbids-image", "too-many-streams", "pipeline-away")
    | {
        200: {
            "description": "parts of type `image/jpeg`, each with `X-Parvis-Time`, and `X-Parvis-Boxes`: what was "
            "seen, `[[left, top, right, bottom, class], …]` in fractions of width and height",
            "content": {"multipart/x-mixed-replace": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def watch_live(context: Ctx, viewer: Annotated[Viewer, Depends(_viewer)]) -> StreamingResponse:
    """Five pictures a second at most, people and vehicles made of patches, for as long as the request lasts. Only
    under `operations`; its begin is in the audit log. Who is slow misses pictures. It ends with the key, and when the
    pipeline goes away."""
    headers = {**PRIVATE, "X-Accel-Buffering": "no"}
    return StreamingResponse(_parts(context, viewer), media_type=LIVE_TYPE, headers=headers)


async def _parts(context: Context, viewer: Viewer) -> AsyncIterator[bytes]:
    shown = b""
    while True:
        try:
            part = await viewer.next(context.settings.heartbeat_s)
        except TimeoutError:
            part = shown  # nothing moves: the same again, so that a reader who hangs up is noticed
        if part is None:
            yield f"--{BOUNDARY}--\r\n".encode()
            return
        shown = part
        yield part


@router.post(
    "/cameras/{camera}/recount",
    operation_id="recountCamera",
    summary="The last minutes, counted with other lines and zones",
    responses=responses("not-found", "too-early", "redis-away", "pipeline-away"),
)
async def recount_camera(context: Ctx, who: Writer, response: Response, camera: CameraId, body: Proposed) -> Recounted:
    """Both what is configured and what is proposed, counted over the same span: the last 15 minutes that the pipeline
    holds in its memory, or under `statistics` the last whole `min_step_s`. Nothing is changed by it."""
    find_camera(await context.feed.cameras(), camera)
    response.headers.update(PRIVATE)
    return await asking.recounted(context.line, camera, body.lines, body.zones)


@router.post(
    "/sources/probe",
    operation_id="probeSource",
    summary="Try a source before it is saved",
    responses=responses("too-early", "redis-away", "pipeline-away"),
)
async def probe_source(context: Ctx, who: Writer, response: Response, body: SourceBody) -> Probed:
    """Opened by the machine that runs the pipeline, where relative paths begin at the configuration file. A source
    that shows nothing is an answer, too: `ok` is false and `error` says why. In the audit log, without passwords."""
    act = Act(who.actor, who.service, "source.probe", "sources", context.clock(), {"source": shown_source(body.source)})
    await context.store.commit(Commit(acts=[act]))
    response.headers.update(PRIVATE)
    return await asking.probed(context.line, body.source)


async def _refuse_statistics(context: Context, camera: str) -> None:
    description = find_camera(await context.feed.cameras(), camera)
    if description.purpose == "statistics":
        raise Refusal(
            "purpose-forbids-image", f"camera {camera!r} is there for statistics: no picture leaves its worker"
        )


async def _note(context: Context, who: Principal, action: str, camera: str) -> None:
    """Note a look; what is not noted is not shown."""
    act = Act(who.actor, who.service, action, f"cameras/{camera}", context.clock())
    await context.store.commit(Commit(acts=[act]))


def _shown(taken: Taken, picture: bytes) -> Response:
    about = {
        "X-Parvis-Time": taken.at.isoformat(),
        "X-Parvis-Frames": str(taken.frames),
        "X-Parvis-Seconds": str(taken.seconds),
    }
    return Response(picture, media_type="image/jpeg", headers=PRIVATE | about)
