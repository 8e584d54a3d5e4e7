"""/v1/health, /v1/models, /v1/privacy: what an administrator looks at; and one's own password."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Request, Response
from fastapi.responses import PlainTextResponse
from pydantic import Field

from hypervisor.access.form import begun
from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.access.wire import Body
from hypervisor.administration.health import HealthTold, health_of
from hypervisor.administration.models import ModelList, models_of
from hypervisor.administration.register import Register, item_of, item_of_description, looks_of
from hypervisor.cameras import all_cameras
from hypervisor.context import Context, Ctx
from hypervisor.privacy import documents
from hypervisor.privacy.facts import Answerable, Facts
from hypervisor.problems import Refusal, responses
from hypervisor.query import known_only
from pipeline.config_faults import ConfigError
from pipeline.config_file import LoadedSite, load_config

router = APIRouter(
    prefix="/v1",
    tags=["administration"],
    dependencies=[Depends(known_only)],
    responses=responses("invalid-request", "redis-away"),
)
ADMIN = [needs("admin")]
TEXT: dict[int | str, dict[str, Any]] = {200: {"content": {"text/markdown": {"schema": {"type": "string"}}}}}
MARKDOWN = "text/markdown; charset=utf-8"


class PasswordBody(Body):
    """A new password of one's own."""

    old: str = Field(max_length=1024, description="the one that holds now")
    new: str = Field(min_length=12, max_length=1024, description="12 characters at least")


@router.get("/health", operation_id="readHealth", summary="How the parts are", dependencies=ADMIN)
async def read_health(context: Ctx) -> HealthTold:
    """The server of the figures, this process, the processes of rules and deliveries, what waits, the disk."""
    return await health_of(context, _now(context))


@router.get("/models", operation_id="listModels", summary="The models in use", dependencies=ADMIN)
async def list_models(context: Ctx) -> ModelList:
    """Licence and sha256 of each, the cameras that use it, where it runs for them, and what a look costs there."""
    cameras = await all_cameras(context.feed, context.clock(), context.settings.silent_after_s)
    return models_of(await context.feed.models(), cameras)


@router.get("/privacy", operation_id="readPrivacyRegister", summary="The privacy register", dependencies=ADMIN)
async def read_privacy(context: Ctx) -> Register:
    """Of each camera what for, on what ground, what is kept where and for how long; and who looked at pictures.

    Legal bases and retention stand in the configuration: `parvis serve --config`."""
    loaded = await _loaded(context)
    if isinstance(loaded, LoadedSite):
        items = [item_of(loaded.site, one) for one in loaded.site.cameras]
    else:
        items = [item_of_description(one) for one in (await context.feed.cameras()).values()]
    fault = str(loaded).partition("\n")[0] if isinstance(loaded, ConfigError) else None
    return Register(configured=loaded is not None, fault=fault, items=items, looks=await looks_of(context.store))


@router.get(
    "/privacy/{document}.md",
    operation_id="readPrivacyDocument",
    summary="The register or the public notice, as a document",
    response_class=Response,
    responses=TEXT | responses("not-found", "state-conflict"),
    dependencies=ADMIN,
)
async def read_document(
    context: Ctx,
    document: Annotated[Literal["register", "notice-fr", "notice-en"], Path(description="which document")],
) -> Response:
    """As `parvis privacy register` writes it: what only the controller can say is left open, and marked."""
    loaded = await _loaded(context)
    if loaded is None:
        raise Refusal("not-found", "no configuration is known here; expected parvis serve --config")
    if isinstance(loaded, ConfigError):
        raise Refusal("state-conflict", str(loaded))
    facts = Facts.of(loaded.site, Answerable())
    made_on = _now(context).date().isoformat()
    text = documents.record(facts, made_on) if document == "register" else _notice(document, facts)
    name = f'attachment; filename="{document}.md"'
    return PlainTextResponse(text, headers={"Content-Disposition": name}, media_type=MARKDOWN)


@router.put(
    "/me/password",
    operation_id="changeMyPassword",
    summary="Change one's own password",
    status_code=204,
    responses=responses("not-allowed", "state-conflict", "changed-since"),
)
async def change_my_password(
    context: Ctx, who: Annotated[Principal, needs()], request: Request, body: PasswordBody
) -> Response:
    """For a member who signed in here, and knows the old one. All other sessions end; this one goes on, by a new
    cookie. Five wrong old passwords lock the name as at the sign-in."""
    if who.kind != "member":
        raise Refusal("not-allowed", f"{who.actor} has no password")
    signed_in = await context.sessions.change_password(who.id, body.old, body.new)
    return begun(request, Response(status_code=204), signed_in, context.clock())


def _notice(document: str, facts: Facts) -> str:
    return documents.notice_fr(facts) if document == "notice-fr" else documents.notice_en(facts)


def _now(context: Context) -> datetime:
    return datetime.fromtimestamp(context.clock(), UTC)


async def _loaded(context: Context) -> LoadedSite | ConfigError | None:
    """Return the configuration as its file is now, its fault, or None if no file is known."""
    path = context.settings.config_file
    if path is None:
        return None
    try:
        return await asyncio.to_thread(load_config, path)
    except ConfigError as error:
        return error
