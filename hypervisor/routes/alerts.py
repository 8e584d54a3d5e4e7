"""/v1/alerts: what rules found."""

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.alerts.model import Alert
from hypervisor.context import Context, Ctx
from hypervisor.problems import Refusal, responses
from hypervisor.query import known_only, link_next
from hypervisor.routes.asked import AlertsQuery
from hypervisor.routes.versions import ETAG, LINK, page_of, tagged
from hypervisor.store.documents import Documents
from hypervisor.strict import Body, Id

router = APIRouter(
    prefix="/v1/alerts", tags=["alerts"], dependencies=[Depends(known_only)], responses=responses("redis-away")
)
Reader = Annotated[Principal, needs("alerts:read")]


class AlertPage(Body):
    """Alerts, the newest first."""

    items: list[Alert]
    next: str | None


def alerts_of(context: Context) -> Documents[Alert]:
    """Return the collection."""
    return Documents(context.store, "alerts", Alert)


def may_see(principal: Principal, alert: Alert) -> bool:
    """Tell whether an alert may be shown: of the own service or shared with it, and of cameras that it may see."""
    is_ones = principal.belongs(alert.service) or principal.service in alert.shared_with
    return is_ones and principal.hears("alert.opened") and all(principal.sees(one) for one in alert.cameras)


@router.get(
    "",
    operation_id="listAlerts",
    summary="Alerts of the own service, and those shared with it",
    responses=responses("invalid-request") | {200: {"headers": LINK}},
)
async def list_alerts(
    context: Ctx, principal: Reader, request: Request, response: Response, query: Annotated[AlertsQuery, Query()]
) -> AlertPage:
    """Open ones, unless `state` says otherwise; the newest first."""
    tag = "open" if query.state == "open" else "" if principal.may("admin") else f"service:{principal.service}"
    page = await page_of(alerts_of(context), tag, query.cursor, query.limit, _wanted(principal, query))
    response.headers.update(link_next(request, page.next))
    return AlertPage(items=[one.value for one in page.items], next=page.next)


@router.get(
    "/{alert}",
    operation_id="getAlert",
    summary="One alert",
    responses=responses("invalid-request", "not-found") | {200: {"headers": ETAG}},
)
async def get_alert(
    context: Ctx, principal: Reader, response: Response, alert: Annotated[Id, Path(description="id of an alert")]
) -> Alert:
    """What was found, from when until when, and in which case it is."""
    kept = await alerts_of(context).get(alert)
    if kept is None or not may_see(principal, kept.value):
        raise Refusal("not-found", f"alert {alert!r} is unknown")
    tagged(response, kept.version)
    return kept.value


def _wanted(principal: Principal, query: AlertsQuery) -> Callable[[Alert], bool]:
    def wanted(alert: Alert) -> bool:
        return (
            may_see(principal, alert)
            and query.state in ("all", alert.state)
            and query.service in (None, alert.service)
            and query.place in (None, alert.place)
            and query.rule in (None, alert.rule)
            and _among(query, alert)
            and query.within(alert.began, alert.closed_at)
        )

    return wanted


def _among(query: AlertsQuery, alert: Alert) -> bool:
    return (
        (not query.severity or alert.severity in query.severity)
        and (not query.kind or alert.kind in query.kind)
        and (not query.camera or any(one in alert.cameras for one in query.camera))
    )
