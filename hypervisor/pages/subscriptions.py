"""`/subscriptions`: what a service is told, by which channel, and what became of it."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.pages.shell import page
from hypervisor.pages.words import subscriptions
from hypervisor.routes.subscriptions import SubscriptionId

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Reader = Annotated[Principal, needs("subscriptions:read")]
Writer = Annotated[Principal, needs("subscriptions:write")]


@router.get("/subscriptions")
def listed(request: Request, who: Reader) -> HTMLResponse:
    """Return the list of subscriptions."""
    return page(request, who, "subscriptions.html", subscriptions.WORDS)


@router.get("/subscriptions/new")
def new(request: Request, who: Writer) -> HTMLResponse:
    """Return the form of a new subscription."""
    return _form(request, who, None)


@router.get("/subscriptions/{subscription}")
def one(request: Request, who: Reader, subscription: SubscriptionId) -> HTMLResponse:
    """Return a subscription, and how its deliveries stand."""
    return _form(request, who, subscription)


def _form(request: Request, who: Principal, subscription: str | None) -> HTMLResponse:
    data = {"subscription": subscription}
    can_write = who.may("subscriptions:write")
    return page(
        request, who, "subscription.html", subscriptions.WORDS, data, can_write=can_write, is_new=not subscription
    )
