"""/v1/cross: series beside each other."""

import asyncio
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.catalogue import ROWS
from hypervisor.context import Context, Ctx
from hypervisor.cross.model import Crossed, Named, Offer, Offers, Question
from hypervisor.history.door import past_of
from hypervisor.places.model import Place
from hypervisor.problems import Refusal, responses
from hypervisor.query import known_only
from hypervisor.routes.places import places_of
from hypervisor.routes.versions import refuse_faults
from hypervisor.sensors.ledger import Ledger
from hypervisor.sensors.measures import MEASURES as SENSED

if TYPE_CHECKING:
    from hypervisor.cross.reading import Read
    from hypervisor.history.past import Asked

router = APIRouter(
    prefix="/v1/cross",
    tags=["cross-analysis"],
    dependencies=[Depends(known_only)],
    responses=responses("invalid-request", "redis-away"),
)
Reader = Annotated[Principal, needs("flows:read")]
MOST_OFFERS = 2000


@router.get("/series", operation_id="listCrossable", summary="What can be laid beside what")
async def list_crossable(context: Ctx, who: Reader) -> Offers:
    """Every measure of every camera and sensor of which anything is known, both ways together; no more than 2,000."""
    names = {one.id: one.name for one in (await context.feed.cameras()).values()}
    sensors = {one.id: one.value.name for one in await Ledger(context.store, context.clock).sensors.listed()}
    offers = dict[str, Offer]()
    for asked in await past_of(context).known():
        if asked.camera and not who.sees(asked.camera):
            continue
        for offer in _offers(asked, names, sensors):
            offers.setdefault(offer.named.model_dump_json(), offer)
    return Offers(items=tuple(list(offers.values())[:MOST_OFFERS]))


@router.post("", operation_id="cross", summary="Lay series beside each other")
async def cross(context: Ctx, who: Reader, body: Question) -> Crossed:
    """How closely they go together and how much later, how little is known of it, and what each has of its own.

    It says what goes with what, and never why.
    """
    from hypervisor.cross.reading import read

    places = {one.id: one.value for one in await places_of(context).listed()}
    refuse_faults([*await _faults(context, who, body, places)])
    zone = ZoneInfo(context.settings.timezone)
    found = await read(past_of(context), body, places)
    return await asyncio.to_thread(_crossed, body, found, zone)


def _crossed(body: Question, found: "Read", zone: ZoneInfo) -> Crossed:
    from hypervisor.cross.engine import crossed

    try:
        return crossed(body, found, zone)
    except ValueError as error:
        raise Refusal("invalid-request", str(error), (("body", "to", str(error)),)) from None


async def _faults(context: Context, who: Principal, body: Question, places: dict[str, Place]) -> list[tuple[str, str]]:
    known = {one.camera for one in await past_of(context).known()} | set(await context.feed.cameras())
    sensors = {one.id for one in await Ledger(context.store, context.clock).sensors.listed()}
    sensors |= {one.sensor for one in await past_of(context).known()}
    faults = []
    for n, one in enumerate(body.series):
        seen = _seen(who, one, places)
        faults += [
            (f"series.{n}.{name}", text) for name, text in _of_one(one, known if seen else set(), sensors, places)
        ]
    weather = body.removed.weather
    if weather is not None and weather not in sensors:
        faults.append(("removed.weather", f"sensor {weather!r} is unknown here"))
    return faults


def _seen(who: Principal, one: Named, places: dict[str, Place]) -> bool:
    if one.camera is not None:
        return who.sees(one.camera)
    return one.place not in places or all(who.sees(camera) for camera in places[one.place].cameras)


def _of_one(one: Named, cameras: set[str], sensors: set[str], places: dict[str, Place]) -> Iterator[tuple[str, str]]:
    """Yield the faults of one series: name and text."""
    from hypervisor.cross.reading import has

    if one.camera is not None and one.camera not in cameras:
        yield "camera", f"camera {one.camera!r} is unknown here"
    if one.sensor is not None and one.sensor not in sensors:
        yield "sensor", f"sensor {one.sensor!r} is unknown here"
    place = None if one.place is None or not cameras else places.get(one.place)
    if one.place is not None and place is None:
        yield "place", f"place {one.place!r} is unknown here"
    if one.sensor is None and one.measure not in ROWS:
        yield "measure", f"{one.measure} is measured by sensors; expected a measure of cameras"
    elif one.sensor is not None and one.measure not in SENSED:
        yield "measure", f"{one.measure} is measured by cameras; expected a measure of sensors"
    elif place is not None and not has(place, one):
        yield "measure", f"place {one.place!r} has no {ROWS[one.measure].subject} for it"


def _offers(asked: "Asked", cameras: dict[str, str], sensors: dict[str, str]) -> Iterator[Offer]:
    """Yield a series of one line or zone, and the same of the whole camera."""
    from hypervisor.history.rows import unit_of

    if asked.measure not in ROWS and asked.measure not in SENSED:
        return
    where = sensors.get(asked.sensor) or asked.sensor if asked.sensor else cameras.get(asked.camera) or asked.camera
    for subject in dict.fromkeys((asked.subject, "")):
        named = Named(
            measure=asked.measure,
            camera=asked.camera or None,
            sensor=asked.sensor or None,
            subject=subject,
            class_name=asked.class_name,
        )
        yield Offer(named=named, where=where, unit=unit_of(asked.measure))
