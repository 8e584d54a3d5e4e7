"""`/cases`: the inbox of a service, and one case."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.pages.shell import page
from hypervisor.pages.words import cases
from hypervisor.routes.cases import CaseId

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Reader = Annotated[Principal, needs("cases:read")]


@router.get("/cases")
def inbox(request: Request, who: Reader) -> HTMLResponse:
    """Return the inbox."""
    return page(request, who, "cases.html", cases.WORDS)


@router.get("/cases/{case}")
def one(request: Request, who: Reader, case: CaseId) -> HTMLResponse:
    """Return the page of a case; whether there is one is found out by its script, as by everybody else."""
    return page(request, who, "case.html", cases.WORDS, {"case": case})
