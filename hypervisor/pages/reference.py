"""`/docs`: the API's reference, without any other host."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.pages.shell import page
from hypervisor.reference import render

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse, dependencies=[needs()])


@router.get("/docs")
def docs(request: Request, who: Annotated[Principal, needs()]) -> HTMLResponse:
    """Return the reference."""
    document = request.app.openapi()
    about = Markup(escape(document["info"]["description"]))
    return page(request, who, "docs.html", {}, about=about, reference=Markup(render(document)))
