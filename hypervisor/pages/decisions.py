"""`/decisions`: indicators, recommendations, series beside each other, experiments; one page with four tabs."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from hypervisor.access.cookies import root_of
from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.pages.shell import page
from hypervisor.pages.words import decisions, trials

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, dependencies=[needs("flows:read")])
Reader = Annotated[Principal, needs("flows:read")]
WORDS = {**decisions.WORDS, **trials.WORDS}
PARTS = ("indicators", "recommendations", "cross", "experiments")


@router.get("/decisions")
def enter(request: Request) -> RedirectResponse:
    """Lead to the first tab."""
    return RedirectResponse(f"{root_of(request)}/{PARTS[0]}", 303)


@router.get("/indicators")
@router.get("/recommendations")
@router.get("/cross")
@router.get("/experiments")
def show(request: Request, who: Reader) -> HTMLResponse:
    """Return a tab, named by the last part of the path."""
    part = request.url.path.rpartition("/")[2]
    return page(request, who, "decisions.html", WORDS, part=part, parts=PARTS)
