"""`/cameras/new` and `/cameras/{camera}/settings`: what a camera is, and whether its source works."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.pages.shell import chosen_language, page
from hypervisor.pages.words import camera_form, faults
from hypervisor.query import Id
from pipeline.config import CameraConfig, CameraRetention
from pipeline.config_shown import HIDDEN

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, dependencies=[needs("config:write")])
Editor = Annotated[Principal, needs("config:write")]
DEFAULTS = {
    "tracks_days": CameraRetention.model_fields["tracks_days"].default,
    "evidence_days": CameraRetention.model_fields["evidence_days"].default,
    "minutes": CameraConfig.model_fields["min_step_s"].default // 60,
}


@router.get("/cameras/new")
def show_new(request: Request, who: Editor) -> HTMLResponse:
    """Return an empty form."""
    return _form(request, who, None)


@router.get("/cameras/{camera}/settings")
def show_settings(request: Request, who: Editor, camera: Annotated[Id, Path()]) -> HTMLResponse:
    """Return the form of a camera; its script reads what the configuration has."""
    return _form(request, who, camera)


def _form(request: Request, who: Principal, camera: str | None) -> HTMLResponse:
    data = {"camera": camera, "hidden": HIDDEN, "said": faults.pairs(chosen_language(request))}
    return page(request, who, "camera_form.html", camera_form.WORDS, data, camera=camera, defaults=DEFAULTS)
