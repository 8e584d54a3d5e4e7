"""/v1/config/versions: what the configuration file held before, and how to get it back."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response

from hypervisor.configuring.desk import Deed, file_of, held, version_asked, write
from hypervisor.configuring.file import ConfigFile, Snapshot
from hypervisor.configuring.proposal import Proposal, diff_of, refuse, told
from hypervisor.configuring.wire import Note, Restored, VersionAnswer, VersionItem, VersionList
from hypervisor.context import Ctx
from hypervisor.problems import Refusal, responses
from hypervisor.query import known_only
from hypervisor.routes.configuration import PRIVATE, READ, WRITES, Editor, tagged
from hypervisor.routes.versions import IfMatch
from pipeline.config_shown import shown_yaml

router = APIRouter(
    prefix="/v1/config/versions",
    tags=["configuration"],
    dependencies=[Depends(known_only)],
    responses=responses("no-configuration", "invalid-request"),
)
VersionId = Annotated[str, Path(description="a version of the file", pattern=r"^[0-9a-f]{12}$")]


@router.get("", operation_id="listConfigurationVersions", summary="Versions of the configuration file")
async def list_versions(context: Ctx, who: Editor, response: Response) -> VersionList:
    """The newest first, the last 200; a change by hand is noted when the file is next read here."""
    file = file_of(context, who)
    response.headers.update(PRIVATE)
    await asyncio.to_thread(file.read)
    return VersionList(items=[VersionItem.of(one) for one in await asyncio.to_thread(file.versions.listed)])


@router.get(
    "/{version}",
    operation_id="getConfigurationVersion",
    summary="One version of the configuration file",
    responses=responses("not-found"),
)
async def get_version(context: Ctx, who: Editor, version: VersionId, response: Response) -> VersionAnswer:
    """With what restoring it would change."""
    file = file_of(context, who)
    response.headers.update(PRIVATE)

    def look() -> VersionAnswer:
        now, then = file.read(), _kept(file, version)
        faults = [Note.of(one) for one in told(then.faults)]
        diff = diff_of(now.text, then.text)
        return VersionAnswer(version=version, yaml=shown_yaml(then.text), diff=diff, faults=faults)

    return await asyncio.to_thread(look)


@router.post(
    "/{version}/restore",
    operation_id="restoreConfigurationVersion",
    summary="Restore a version of the configuration file",
    responses=WRITES | responses("not-found") | READ,
)
async def restore_version(
    context: Ctx, who: Editor, version: VersionId, response: Response, if_match: IfMatch = None
) -> Restored:
    """The file becomes what it was, to the byte, passwords included; also where it has faults now. `If-Match` names the
    version that it has now."""
    file, asked = file_of(context, who), version_asked(if_match)
    async with held(file, asked) as before:
        then = await asyncio.to_thread(_kept, file, version)
        refuse(Proposal(before, then.text, then.loaded, told(then.faults), []))
        after = await write(context, file, before, then.data, Deed(who, "restore", f"config/versions/{version}"))
    tagged(response, after)
    return Restored(version=after.version, diff=diff_of(before.text, after.text))


def _kept(file: ConfigFile, version: str) -> Snapshot:
    data = file.versions.read(version)
    if data is None:
        raise Refusal("not-found", f"version {version} is not kept")
    return file.checked(data)
