"""Values of sensors coming in: JSON, tables, makers' messages, NGSI-LD notifications."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.context import Context, Ctx
from hypervisor.problems import Refusal, responses
from hypervisor.query import Id, known_only
from hypervisor.routes.sensors import SensorId, find
from hypervisor.sensors.adapters import ADAPTERS
from hypervisor.sensors.intake import Intake, IntakeReport
from hypervisor.sensors.ledger import Ledger
from hypervisor.sensors.notifications import Notification, raws_of
from hypervisor.sensors.values import Raw, Unreadable
from hypervisor.sensors.wire import Values, ValuesOfMany
from hypervisor.streamed import chunks, whole

TABLE_BYTES = 16 * 2**20
MESSAGE_BYTES = 256 * 2**10
NOTIFICATION_BYTES = 2**20

router = APIRouter(
    tags=["sensors"],
    dependencies=[Depends(known_only)],
    responses=responses("invalid-request", "redis-away", "not-authenticated", "not-allowed", "too-many-requests"),
)
Writer = Annotated[Principal, needs("sensors:write")]


def _body(media_type: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"requestBody": {"required": True, "description": description, "content": {media_type: {"schema": schema}}}}


@router.post("/v1/sensor-values", operation_id="sendValues", summary="Values of several sensors")
async def send_values(context: Ctx, who: Writer, body: ValuesOfMany) -> IntakeReport:
    """Good values are kept whatever comes with them; the report names what is wrong with the others. Sending them
    again is harmless: a value of the same sensor, measure and moment counts once."""
    intake = _intake(context, who)
    await intake.values(
        [Raw(n, v.sensor, v.measure, v.channel, v.time, v.value, v.unit) for n, v in enumerate(body.values, 1)]
    )
    return _told(intake)


@router.post(
    "/v1/sensor-values/table",
    operation_id="sendTable",
    summary="Values as a table (CSV)",
    responses=responses("not-found", "body-too-large"),
    openapi_extra=_body("text/csv", {"type": "string"}, "UTF-8, a header, one value a line; 16 MiB at most"),
)
async def send_table(
    context: Ctx,
    request: Request,
    who: Writer,
    sensor: Annotated[
        Id | None, Query(description="of this sensor; its `csv` says how the maker's table is read")
    ] = None,
) -> IntakeReport:
    """Columns: `sensor`, `measure`, `time`, `value`, and if wanted `channel`, `unit`. Bad lines are named and left out,
    good ones kept, also those above a line at which the upload broke off: send it again, each value counts once."""
    intake = _intake(context, who)
    of = (await find(Ledger(context.store, context.clock), who, sensor, to_write=True)).value if sensor else None
    try:
        await intake.table(chunks(request, TABLE_BYTES), of)
    except Unreadable as error:
        raise Refusal("invalid-request", str(error), (("body", "table", str(error)),)) from None
    return _told(intake)


@router.post(
    "/v1/sensors/{sensor}/values",
    operation_id="sendValuesOfSensor",
    summary="Values of one sensor",
    responses=responses("not-found"),
)
async def send_values_of_sensor(context: Ctx, who: Writer, sensor: SensorId, body: Values) -> IntakeReport:
    """One value or many; what is good is kept (see `/v1/sensor-values`)."""
    await find(Ledger(context.store, context.clock), who, sensor, to_write=True)
    intake = _intake(context, who)
    await intake.values(
        [Raw(n, sensor, v.measure, v.channel, v.time, v.value, v.unit) for n, v in enumerate(body.values, 1)]
    )
    return _told(intake)


@router.post(
    "/v1/sensors/{sensor}/payload",
    operation_id="sendPayload",
    summary="A message in the maker's format",
    responses=responses("not-found", "state-conflict", "body-too-large"),
    openapi_extra=_body("application/json", {"type": "object"}, "what the sensor's `adapter` reads; 256 KiB at most"),
)
async def send_payload(context: Ctx, request: Request, who: Writer, sensor: SensorId) -> IntakeReport:
    """Read by the adapter that the sensor names, so a gateway or network server can post here as it is."""
    kept = await find(Ledger(context.store, context.clock), who, sensor, to_write=True)
    if kept.value.adapter is None:
        raise Refusal("state-conflict", f"sensor {sensor!r} names no adapter; expected one of {', '.join(ADAPTERS)}")
    message = _json(await whole(request, MESSAGE_BYTES))
    try:
        raws = ADAPTERS[kept.value.adapter](message, kept.value, context.clock())
    except Unreadable as error:
        raise Refusal("invalid-request", str(error), (("body", "payload", str(error)),)) from None
    intake = _intake(context, who)
    await intake.values(raws)
    return _told(intake)


@router.post(
    "/ngsi-ld/v1/notifications",
    operation_id="receiveNotification",
    summary="NGSI-LD notification of a context broker",
    responses=responses("body-too-large"),
    openapi_extra=_body(
        "application/json",
        {"$ref": "#/components/schemas/Notification"},
        "a Notification (ETSI GS CIM 009), normalized, concise or simplified; application/ld+json as well",
    ),
)
async def receive_notification(
    context: Ctx,
    request: Request,
    who: Writer,
    subscription: Annotated[
        str | None,
        Query(alias="subscriptionId", max_length=512, description="as Orion-LD adds it; the body has it as well"),
    ] = None,
) -> IntakeReport:
    """Entities are found by the `entity` of registered sensors. A unit is the value's `unitCode`, else the one that
    the sensor is registered with; a moment is `observedAt`, else the entity's `dateObserved`."""
    found = _json(await whole(request, NOTIFICATION_BYTES))
    try:
        notification = Notification.read(found)
        raws = await raws_of(notification, Ledger(context.store, context.clock))
    except Unreadable as error:
        raise Refusal("invalid-request", str(error), (("body", "notification", str(error)),)) from None
    intake = _intake(context, who)
    await intake.values(raws)
    return _told(intake)


def _intake(context: Context, who: Principal) -> Intake:
    ledger = Ledger(context.store, context.clock)
    return Intake(ledger, context.clock, lambda sensor: sensor.owned_by(who))


def _told(intake: Intake) -> IntakeReport:
    """Return the report, or a problem where nothing was good: a sender that only looks at the status must notice."""
    report = intake.report()
    if report.received and report.refused == report.received:
        faults = tuple(("body", f"{one.item}.{one.name}", one.detail) for one in report.faults)
        first = report.faults[0]
        detail = f"none of {report.received} values can be kept; {first.item}: {first.name}: {first.detail}"
        raise Refusal("invalid-request", detail, faults)
    return report


def _json(text: bytes) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Refusal("invalid-request", "the body is no JSON", (("body", "", "is no JSON"),)) from None
