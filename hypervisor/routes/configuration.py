"""/v1/config: the cameras as the configuration file has them. The file stays the truth: what is changed here is written
into it, and `parvis run` follows."""

import asyncio
from contextlib import suppress
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Path, Response

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.configuring import proposal as proposals
from hypervisor.configuring.desk import Deed, change, file_of, version_asked
from hypervisor.configuring.file import ConfigFile, Snapshot
from hypervisor.configuring.proposal import Proposal, cameras_in, document, told, with_camera
from hypervisor.configuring.wire import (
    CameraAnswer,
    CameraBody,
    Changed,
    Check,
    Checked,
    Configuration,
    Followed,
    Note,
    SiteAnswer,
    SiteBody,
)
from hypervisor.context import Context, Ctx
from hypervisor.feed import FeedAway
from hypervisor.problems import Refusal, responses
from hypervisor.query import Id, known_only
from hypervisor.routes.versions import ETAG, IfMatch
from pipeline.config import revision_of
from pipeline.config_file import LoadedSite, warnings
from pipeline.config_shown import shown_value, shown_yaml

router = APIRouter(
    prefix="/v1/config",
    tags=["configuration"],
    dependencies=[Depends(known_only)],
    responses=responses("no-configuration", "invalid-request"),
)
Editor = Annotated[Principal, needs("config:write")]
CameraId = Annotated[Id, Path(description="id of a camera in the file")]
Camera = Annotated[CameraBody, Body()]
PRIVATE = {"Cache-Control": "no-store"}
READ: dict[int | str, dict[str, object]] = {200: {"headers": ETAG}}
MADE: dict[int | str, dict[str, object]] = {201: {"headers": ETAG}}
DAMAGED = responses("no-configuration", "configuration-damaged")
WRITES = responses(
    *("no-configuration", "configuration-damaged", "configuration-unwritable", "state-conflict"),
    *("changed-since", "match-required", "redis-away"),
)


@router.get("", operation_id="getConfiguration", summary="The configuration file", responses=READ)
async def get_configuration(context: Ctx, who: Editor, response: Response) -> Configuration:
    """As it is now. Where it cannot be used, `faults` says why; `/v1/config/versions` has what could be restored."""
    file = file_of(context, who)
    now = await asyncio.to_thread(file.read)
    tagged(response, now)
    return await asyncio.to_thread(_told, file, now, await _followed(context))


@router.put("/site", operation_id="changeSite", summary="Name and time zone of the site", responses=WRITES | READ)
async def change_site(
    context: Ctx, who: Editor, body: SiteBody, response: Response, if_match: IfMatch = None
) -> SiteAnswer:
    """Members that are left out stay as they are."""
    file, given = file_of(context, who), proposals.sound(body.model_dump(exclude_none=True))

    def think(before: Snapshot) -> Proposal:
        wanted = document(before)
        wanted["site"] = {**wanted["site"], **given}
        return proposals.proposal(file, before, wanted)

    asked = version_asked(if_match)
    made, after = await change(context, file, asked, think, Deed(who, "site.change", "config/site"))
    tagged(response, after)
    return SiteAnswer(version=after.version, site=document(after)["site"], diff=made.diff)


@router.post("/check", operation_id="checkCamera", summary="Think a change through", responses=DAMAGED)
async def check_camera(context: Ctx, who: Editor, body: Check, response: Response) -> Checked:
    """What would become of the file if this camera were saved; nothing is written. A camera whose id the file does not
    have is a new one."""
    camera_id = body.camera.get("id")
    file = file_of(context, who, camera_id if isinstance(camera_id, str) else None)
    response.headers.update(PRIVATE)

    def think() -> Checked:
        made = with_camera(file, file.read(), body.camera)
        notes = ([Note.of(one) for one in found] for found in (made.faults, made.warnings))
        faults, doubts = notes
        return Checked(faults=faults, warnings=doubts, diff=made.diff)

    return await asyncio.to_thread(think)


@router.post("/cameras", operation_id="addCamera", summary="Add a camera", status_code=201, responses=WRITES | MADE)
async def add_camera(
    context: Ctx, who: Editor, camera: Camera, response: Response, if_match: IfMatch = None
) -> Changed:
    """It is written at the end of the file. `If-Match` is looked at where it is given."""
    file, camera_id = file_of(context, who), str(camera.get("id", ""))[:63]

    def think(before: Snapshot) -> Proposal:
        if any(one["id"] == camera_id for one in cameras_in(before)):
            raise Refusal("state-conflict", f"camera {camera_id!r} exists already")
        return with_camera(file, before, camera)

    asked = None if if_match is None else version_asked(if_match)
    made, after = await change(context, file, asked, think, Deed(who, "camera.add", f"config/cameras/{camera_id}"))
    return changed(response, after, made, camera_id)


@router.get(
    "/cameras/{camera}",
    operation_id="getConfiguredCamera",
    summary="One camera of the file",
    responses=DAMAGED | responses("not-found") | READ,
)
async def get_camera(context: Ctx, who: Editor, camera: CameraId, response: Response) -> CameraAnswer:
    """As it is written; what it leaves out has its default (docs/configuration.md)."""
    file = file_of(context, who, camera)
    now = await asyncio.to_thread(file.read)
    number = known(now, camera)
    tagged(response, now)
    doubts = [one for one in _warnings(now.loaded, number) if not one.field.startswith("cameras.")]
    found = shown_value(cameras_in(now)[number])
    return CameraAnswer(version=now.version, camera=found, warnings=doubts)


@router.put(
    "/cameras/{camera}",
    operation_id="changeCamera",
    summary="Change a camera",
    responses=WRITES | responses("not-found") | READ,
)
async def change_camera(
    context: Ctx, who: Editor, camera: CameraId, body: Camera, response: Response, if_match: IfMatch = None
) -> Changed:
    """All of it is replaced; comments, order and other cameras stay to the byte. An address that comes back with `***`
    stays as it is."""
    file, asked = file_of(context, who, camera), version_asked(if_match)
    if body.get("id", camera) != camera:
        fault = f"is another than the path's; expected {camera!r}"
        raise Refusal("invalid-request", f"id: {fault}", (("body", "id", fault),))

    def think(before: Snapshot) -> Proposal:
        known(before, camera)
        return with_camera(file, before, {"id": camera, **body})

    deed = Deed(who, "camera.change", f"config/cameras/{camera}")
    made, after = await change(context, file, asked, think, deed)
    return changed(response, after, made, camera)


@router.delete(
    "/cameras/{camera}",
    operation_id="removeCamera",
    summary="Take a camera out of the file",
    status_code=204,
    responses=WRITES | responses("not-found"),
)
async def remove_camera(context: Ctx, who: Editor, camera: CameraId, if_match: IfMatch = None) -> None:
    """Its figures stay as long as they are kept."""
    file, asked = file_of(context, who, camera), version_asked(if_match)

    def think(before: Snapshot) -> Proposal:
        known(before, camera)
        wanted = document(before)
        wanted["cameras"] = [one for one in wanted["cameras"] if one["id"] != camera]
        return proposals.proposal(file, before, wanted)

    await change(context, file, asked, think, Deed(who, "camera.remove", f"config/cameras/{camera}"))


def tagged(response: Response, now: Snapshot) -> None:
    """Write the file's version where clients look for it; nobody in between keeps an answer."""
    response.headers.update({"ETag": f'"{now.version}"', **PRIVATE})


def known(now: Snapshot, camera: str) -> int:
    """Return which camera of the file has an id.

    Raises:
        Refusal: if none has.
    """
    ids = [one["id"] for one in cameras_in(now)]
    if camera not in ids:
        raise Refusal("not-found", f"camera {camera!r} is not in the configuration")
    return ids.index(camera)


def changed(response: Response, after: Snapshot, made: Proposal, camera: str) -> Changed:
    """Return a camera as it is after a change."""
    tagged(response, after)
    found = shown_value(cameras_in(after)[known(after, camera)])
    doubts = [Note.of(one) for one in made.warnings]
    return Changed(version=after.version, camera=found, warnings=doubts, diff=made.diff)


def _told(file: ConfigFile, now: Snapshot, followed: Followed | None) -> Configuration:
    loaded = now.loaded
    written: dict[str, Any] = {} if loaded is None else shown_value(document(now))
    return Configuration(
        version=now.version,
        revision=None if loaded is None else revision_of(loaded.site),
        file=file.path.name,
        yaml=shown_yaml(now.text),
        site=written.get("site"),
        cameras=written.get("cameras", []),
        followed=followed,
        faults=[Note.of(one) for one in told(now.faults)],
        warnings=_warnings(loaded),
    )


def _warnings(loaded: LoadedSite | None, number: int | None = None) -> list[Note]:
    return [] if loaded is None else [Note.of(one) for one in told(warnings(loaded), number)]


async def _followed(context: Context) -> Followed | None:
    with suppress(FeedAway):  # the file can be read all the same
        state = await context.feed.configuration()
        if state is not None:
            return Followed(revision=state.revision, since=state.since, fault=state.fault)
    return None
