"""`/admin`: who may do what, and how everything is; `/account`: one's own password."""

from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from hypervisor.access.guard import needs
from hypervisor.access.principal import SCOPES, Principal
from hypervisor.context import Ctx
from hypervisor.pages.shell import chosen_language, page
from hypervisor.pages.words import account, admin, faults
from hypervisor.problems import Refusal

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
TABS = MappingProxyType(
    {
        "people": "/admin",
        "keys": "/admin/keys",
        "cameras": "/admin/cameras",
        "sensors": "/admin/sensors",
        "models": "/admin/models",
        "privacy": "/admin/privacy",
        "health": "/admin/health",
        "audit": "/admin/audit",
    }
)
"""Tab → its path, in the order that they are shown in."""


@router.get("/admin")
def show_people(request: Request, who: Annotated[Principal, needs("admin")]) -> HTMLResponse:
    """Return services and members: the first tab."""
    return _tab(request, who, "people")


@router.get("/admin/{tab}")
def show_tab(request: Request, who: Annotated[Principal, needs("admin")], tab: str) -> HTMLResponse:
    """Return another tab."""
    if TABS.get(tab) != f"/admin/{tab}":
        raise Refusal("not-found", f"nothing is served at /admin/{tab}; there are: {', '.join(TABS.values())}")
    return _tab(request, who, tab)


@router.get("/account")
async def show_account(context: Ctx, request: Request, who: Annotated[Principal, needs()]) -> HTMLResponse:
    """Return one's own page."""
    own = await context.sessions.directory.members.get(who.id) if who.kind == "member" else None
    signs_in_here = own is not None and own.value.password is not None
    granted = sorted(who.scopes)
    return page(request, who, "account.html", account.WORDS, signs_in_here=signs_in_here, granted=granted)


def _tab(request: Request, who: Principal, tab: str) -> HTMLResponse:
    data = {"tab": tab, "allScopes": list(SCOPES), "said": faults.pairs(chosen_language(request))}
    return page(request, who, "admin.html", admin.WORDS, data, tab=tab, tabs=TABS)
