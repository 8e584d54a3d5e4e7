"""/v1/sensors: which sensors there are, whose they are, and how they are."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Path, Query, Request, Response
from pydantic import Field

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.context import Context, Ctx
from hypervisor.ending import end
from hypervisor.problems import Refusal, responses
from hypervisor.query import Asked, Id, known_only, link_next
from hypervisor.routes.versions import CURSOR, ETAG, LINK, IfMatch, page_of, same, tagged
from hypervisor.sensors.ledger import Last, Ledger
from hypervisor.sensors.measures import MEASURES
from hypervisor.sensors.model import Sensor, SensorBody
from hypervisor.sensors.sealing import seal
from hypervisor.sensors.wire import LastValue, SensorList, SensorShown
from hypervisor.store.documents import Kept
from hypervisor.store.values import NEW, Act, Change, Commit, Conflict

SILENT_AFTER = 3  # intervals
CHANGES = responses("match-required", "changed-since")


@asynccontextmanager
async def _sealing(app: FastAPI) -> AsyncIterator[None]:
    """Seal buckets as long as the application serves; several processes may, each bucket is sealed once."""
    context: Context = app.state.context
    task = asyncio.create_task(seal(Ledger(context.store, context.clock)))
    yield
    await end(task)


class SensorQuery(Asked):
    """What /v1/sensors may be asked."""

    cursor: str | None = Field(default=None, pattern=CURSOR, description="`next` of an answer")
    limit: int = Field(default=100, ge=1, le=1000, description="items on a page, at most")


router = APIRouter(
    prefix="/v1/sensors",
    tags=["sensors"],
    dependencies=[Depends(known_only)],
    responses=responses("invalid-request", "redis-away", "not-authenticated", "not-allowed", "too-many-requests"),
    lifespan=_sealing,
)
SensorId = Annotated[Id, Path(description="id of a sensor")]
Reader = Annotated[Principal, needs("sensors:read")]
Writer = Annotated[Principal, needs("sensors:write")]


@router.get("", operation_id="listSensors", summary="The sensors that may be read", responses={200: {"headers": LINK}})
async def list_sensors(
    context: Ctx, request: Request, response: Response, who: Reader, page: Annotated[SensorQuery, Query()]
) -> SensorList:
    """Sensors of the own service, and those that others share."""
    ledger = Ledger(context.store, context.clock)
    found = await page_of(ledger.sensors, "", page.cursor, page.limit, lambda sensor: sensor.readable_by(who))
    response.headers.update(link_next(request, found.next))
    return SensorList(items=await _shown(ledger, found.items, context.clock(), who), next=found.next)


@router.post(
    "",
    operation_id="registerSensor",
    summary="Register a sensor",
    status_code=201,
    responses=responses("state-conflict") | {201: {"headers": ETAG}},
)
async def register_sensor(context: Ctx, response: Response, who: Writer, body: SensorBody) -> SensorShown:
    """It is the service's own. Others may read it unless `shared` is false."""
    ledger = Ledger(context.store, context.clock)
    now_s = context.clock()
    sensor = Sensor(**body.model_dump(), service=who.service, registered_at=datetime.fromtimestamp(round(now_s), UTC))
    await _free(ledger, sensor)
    change = ledger.sensors.change(sensor.id, sensor, at_s=now_s, expect=NEW, tags=_tags(sensor))
    try:
        await context.store.commit(Commit([change], acts=[_act(who, "sensor.register", sensor.id, now_s)]))
    except Conflict:
        raise Refusal("state-conflict", f"sensor {sensor.id!r} exists already; change it with PUT") from None
    tagged(response, 1)
    response.headers["Location"] = f"/v1/sensors/{sensor.id}"
    return (await _shown(ledger, [Kept(sensor.id, 1, sensor, 0)], now_s, who))[0]


@router.get(
    "/{sensor}",
    operation_id="getSensor",
    summary="One sensor",
    responses=responses("not-found") | {200: {"headers": ETAG}},
)
async def get_sensor(context: Ctx, response: Response, who: Reader, sensor: SensorId) -> SensorShown:
    """What it measures, how it is, and its newest values."""
    ledger = Ledger(context.store, context.clock)
    kept = await find(ledger, who, sensor)
    tagged(response, kept.version)
    return (await _shown(ledger, [kept], context.clock(), who))[0]


@router.put(
    "/{sensor}",
    operation_id="changeSensor",
    summary="Change a sensor",
    responses=responses("not-found", "state-conflict") | CHANGES | {200: {"headers": ETAG}},
)
async def change_sensor(
    context: Ctx, response: Response, who: Writer, sensor: SensorId, body: SensorBody, if_match: IfMatch = None
) -> SensorShown:
    """What it told before stays as it was: another interval or unit holds from now on."""
    ledger = Ledger(context.store, context.clock)
    kept = await find(ledger, who, sensor, to_write=True)
    if body.id != sensor:
        raise Refusal("invalid-request", "id: differs from the path", (("body", "id", f"expected {sensor!r}"),))
    now_s = context.clock()
    changed = Sensor(**body.model_dump(), service=kept.value.service, registered_at=kept.value.registered_at)
    await _free(ledger, changed)
    version = same(kept, if_match).version
    change = ledger.sensors.change(sensor, changed, at_s=now_s, expect=version, tags=_tags(changed))
    await context.store.commit(Commit([change], acts=[_act(who, "sensor.change", sensor, now_s)]))
    tagged(response, version + 1)
    return (await _shown(ledger, [Kept(sensor, version + 1, changed, 0)], now_s, who))[0]


@router.delete(
    "/{sensor}",
    operation_id="removeSensor",
    summary="Remove a sensor",
    status_code=204,
    responses=responses("not-found") | CHANGES,
)
async def remove_sensor(context: Ctx, who: Writer, sensor: SensorId, if_match: IfMatch = None) -> None:
    """It takes no values any more, and its figures cannot be read. They end with their retention."""
    ledger = Ledger(context.store, context.clock)
    kept = await find(ledger, who, sensor, to_write=True)
    change: Change = ledger.sensors.removal(sensor, same(kept, if_match).version)
    await context.store.commit(Commit([change], acts=[_act(who, "sensor.remove", sensor, context.clock())]))


async def find(ledger: Ledger, who: Principal, sensor: str, *, to_write: bool = False) -> Kept[Sensor]:
    """Return a sensor that may be read or, if asked, written.

    Raises:
        Refusal: there is none for who asks; whether there is one for others is not told.
    """
    kept = await ledger.sensors.get(sensor)
    if kept is None or not (kept.value.owned_by(who) if to_write else kept.value.readable_by(who)):
        raise Refusal("not-found", f"sensor {sensor!r} is unknown here")
    return kept


async def _free(ledger: Ledger, sensor: Sensor) -> None:
    """Refuse an entity that is another sensor's: one notification has one taker."""
    if sensor.entity is None:
        return
    takers = [one.id for one in await ledger.sensors.listed(f"entity:{sensor.entity}") if one.id != sensor.id]
    if takers:
        raise Refusal("state-conflict", f"entity {sensor.entity} is another sensor's already")


async def _shown(ledger: Ledger, kept: Sequence[Kept[Sensor]], now_s: float, who: Principal) -> list[SensorShown]:
    last = await ledger.last([one.id for one in kept])
    return [_with_state(one.value, last[one.id], now_s, one.value.owned_by(who)) for one in kept]


def _with_state(sensor: Sensor, last: dict[str, Last], now_s: float, own: bool) -> SensorShown:
    newest_s = max((one.came_ms / 1000 for one in last.values()), default=None)
    silent = newest_s is not None and now_s - newest_s > SILENT_AFTER * sensor.interval_s
    shown = [one for one in sensor.measures if own or not MEASURES[one.measure].people]  # a single count may be small
    known = [(one, last[one.key]) for one in shown if one.key in last]
    return SensorShown.model_validate(
        sensor.model_dump()
        | {
            "state": "new" if newest_s is None else "silent" if silent else "reporting",
            "last": [
                LastValue(
                    measure=one.measure,
                    channel=one.channel,
                    value=round(told.value, 6),
                    unit=MEASURES[one.measure].unit,
                    time=datetime.fromtimestamp(told.time_ms / 1000, UTC),
                    came_at=datetime.fromtimestamp(told.came_ms / 1000, UTC),
                )
                for one, told in known
            ],
        }
    )


def _tags(sensor: Sensor) -> tuple[str, ...]:
    named = {"service": sensor.service, "entity": sensor.entity, "device": sensor.device}
    return tuple(f"{name}:{value}" for name, value in named.items() if value)


def _act(who: Principal, action: str, sensor: str, now_s: float) -> Act:
    return Act(who.actor, who.service, action, f"sensors/{sensor}", now_s)
