"""`/`: all cameras at a glance."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.pages.shell import page
from hypervisor.pages.words import overview

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, dependencies=[needs()])


@router.get("/")
def show(request: Request, who: Annotated[Principal, needs()]) -> HTMLResponse:
    """Return the overview."""
    return page(request, who, "overview.html", overview.WORDS)
