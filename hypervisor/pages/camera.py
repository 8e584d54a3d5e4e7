"""`/cameras/{camera}`: one camera, its figures and, where its purpose allows it, its picture."""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.pages.shell import page
from hypervisor.pages.words import camera as words
from hypervisor.query import Id

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, dependencies=[needs()])


@router.get("/cameras/{camera}")
def show(
    request: Request,
    who: Annotated[Principal, needs()],
    camera: Annotated[Id, Path(description="id of a camera")],
) -> HTMLResponse:
    """Return a camera's page; it says itself when there is no such camera."""
    return page(request, who, "camera.html", words.WORDS, {"camera": camera}, camera=camera)
