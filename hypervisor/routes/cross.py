"""/v1/cross: series beside each other."""

import asyncio
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from hypervisor.access.guard import needs
from hypervisor.access.principal import Principal
from hypervisor.catalogue import ROWS
from hypervisor.context import Context, Ctx
from hypervisor.cross.model import Crossed, Named, Offer, Offers, Question
from hypervisor.cross.nearby import Nearby, nearby
from hypervisor.cross.offers import MOST_OFFERS, of_place, of_series
from hypervisor.days_off import days_off
from hypervisor.history.door import past_of
from hypervisor.places.model import Place
from hypervisor.problems import Refusal, responses
from hypervisor.query import Asked, Id, known_only
from hypervisor.routes.places import places_of
from hypervisor.routes.versions import refuse_faults
from hypervisor.sensors.keys import KEPT_S
from hypervisor.sensors.ledger import Ledger
from hypervisor.sensors.measures import MEASURES as SENSED

if TYPE_CHECKING:
    from hypervisor.cross.reading import Read

router = APIRouter(
    prefix="/v1/cross",
    tags=["cross-analysis"],
    dependencies=[Depends(known_only)],
    responses=responses("invalid-request", "redis-away"),
)
Reader = Annotated[Principal, needs("flows:read")]
QUARTER_S, HOUR_S, DAY_S = 900, 3600, 86_400


class NearbyQuery(Asked):
    """Beside what: cameras, or a place; of none the distance is not known."""

    camera: list[Id] = Field(default_factory=list, max_length=50, description="cameras; the nearest of them counts")
    place: Id | None = Field(default=None, description="a place: its own position, else those of its cameras")


@router.get("/series", operation_id="listCrossable", summary="What can be laid beside what")
async def list_crossable(context: Ctx, who: Reader) -> Offers:
    """Every measure of every place, camera and sensor of which anything is known, both ways together; 2,000 at most."""
    names = {one.id: one.name for one in (await context.feed.cameras()).values()}
    sensors = {one.id: one.value.name for one in await Ledger(context.store, context.clock).sensors.listed()}
    offers = dict[str, Offer]()
    for asked in await past_of(context).known():
        if asked.camera and not who.sees(asked.camera):
            continue
        for offer in of_series(asked, names, sensors):
            offers.setdefault(offer.named.model_dump_json(), offer)
    places = [one.value for one in await places_of(context).listed()]
    made = [
        offer
        for place in places
        if all(who.sees(one) for one in place.cameras)
        for offer in of_place(place, list(offers.values()))
    ]
    return Offers(items=tuple([*made, *offers.values()][:MOST_OFFERS]))


@router.get("/nearby", operation_id="listNearby", summary="Sensors beside a place", responses=responses("not-found"))
async def list_nearby(context: Ctx, who: Reader, query: Annotated[NearbyQuery, Query()]) -> Nearby:
    """Every sensor with its distance; where a position is not known, nothing is said to be near."""
    cameras = await context.feed.cameras()
    positions = [cameras[one].location if one in cameras and who.sees(one) else None for one in query.camera]
    if query.place is not None:
        place = {one.id: one.value for one in await places_of(context).listed()}.get(query.place)
        if place is None or not all(who.sees(one) for one in place.cameras):
            raise Refusal("not-found", f"place {query.place!r} is unknown here")
        own = [(place.location[0], place.location[1])] if place.location else []
        positions += own or [cameras[one].location if one in cameras else None for one in place.cameras]
    sensors = [one.value for one in await Ledger(context.store, context.clock).sensors.listed()]
    return nearby(
        positions,
        [(one.id, one.name or one.id, [each.measure for each in one.measures], one.location) for one in sensors],
    )


@router.post("", operation_id="cross", summary="Lay series beside each other")
async def cross(context: Ctx, who: Reader, body: Question) -> Crossed:
    """How closely they go together and how much later, how little is known of it, and what each has of its own.

    It says what goes with what, and never why.
    """
    from hypervisor.cross.reading import read

    places = {one.id: one.value for one in await places_of(context).listed()}
    refuse_faults([*await _faults(context, who, body, places)])
    zone = ZoneInfo(context.settings.timezone)
    first, last = (one.astimezone(zone).date() for one in (body.from_, body.to))
    off = await asyncio.to_thread(days_off, context.settings, first, last)
    found = await read(past_of(context), body, places, {one.day: one.kind for one in off})
    return await asyncio.to_thread(_crossed, body, found, zone)


def _crossed(body: Question, found: "Read", zone: ZoneInfo) -> Crossed:
    from hypervisor.cross.engine import crossed

    try:
        return crossed(body, found, zone)
    except ValueError as error:
        raise Refusal("invalid-request", str(error), (("body", "to", str(error)),)) from None


async def _faults(context: Context, who: Principal, body: Question, places: dict[str, Place]) -> list[tuple[str, str]]:
    known = {one.camera for one in await past_of(context).known()} | set(await context.feed.cameras())
    listed = await Ledger(context.store, context.clock).sensors.listed()
    sensors = {one.id for one in listed}
    sensors |= {one.sensor for one in await past_of(context).known()}
    faults = [*_quarter_faults(context, body), *_rare(body, {one.id: one.value.interval_s for one in listed}, "sensor")]
    finest = {one.id: one.min_step_s for one in (await context.feed.cameras()).values()}
    faults += _rare(body, finest, "camera")
    for n, one in enumerate(body.series):
        seen = _seen(who, one, places)
        faults += [
            (f"series.{n}.{name}", text) for name, text in _of_one(one, known if seen else set(), sensors, places)
        ]
    weather = body.removed.weather
    if weather is not None and weather not in sensors:
        faults.append(("removed.weather", f"sensor {weather!r} is unknown here"))
    return faults


def _quarter_faults(context: Context, body: Question) -> Iterator[tuple[str, str]]:
    """Yield that quarters of an hour are not kept for so long."""
    days = min(context.settings.quarters_d, KEPT_S[QUARTER_S] / DAY_S)
    oldest = datetime.fromtimestamp(context.clock() - days * DAY_S, UTC)
    if body.step == "15m" and body.from_ < oldest:
        kept = f"15-minute values are kept for {days:g} days, since {oldest:%Y-%m-%dT%H:%MZ}"
        yield "from", f"{kept}; asked from {body.from_:%Y-%m-%dT%H:%MZ}; expected a later start, or step 1h"


def _rare(body: Question, finest_s: Mapping[str, int], what: Literal["camera", "sensor"]) -> Iterator[tuple[str, str]]:
    """Yield series whose own step is longer than the one that all are to be brought to."""
    for n, one in enumerate(body.series):
        name = getattr(one, what)
        if body.step == "15m" and finest_s.get(name or "", 0) > QUARTER_S:
            own = finest_s[name]
            wanted = "1h" if own <= HOUR_S else "1d"
            text = f"{what} {name!r} tells a value every {own} s, the step is {QUARTER_S} s; expected step {wanted}"
            yield f"series.{n}.{what}", text


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
