"""Which cameras and sensors belong to a question, as far as who asks may see them."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from hypervisor.access.principal import Principal
from hypervisor.feed import Feed
from hypervisor.indicators.area import Scope
from hypervisor.places.model import Place
from hypervisor.problems import Refusal
from hypervisor.sensors.ledger import Ledger
from hypervisor.store.documents import Documents
from hypervisor.store.values import Store

if TYPE_CHECKING:
    from hypervisor.history.past import Asked

Location = tuple[float, float]


class Ground(NamedTuple):
    """Where everything is described."""

    feed: Feed
    store: Store
    clock: Callable[[], float]


class Spot(NamedTuple):
    """What is asked for: at most one of them."""

    place: str | None = None
    camera: str | None = None
    sensor: str | None = None


async def scope_of(
    ground: Ground, who: Principal, spot: Spot, remembered: Iterable["Asked"]
) -> tuple[Scope, Location | None]:
    """Return a scope and its location; `remembered` is what the history knows.

    Sensors of which only the history knows have no owner any more: they are shown to admins.

    Raises:
        Refusal: if it does not exist for who asks.
    """
    if sum(one is not None for one in spot) > 1:
        text = "is given beside another; expected one of place, camera and sensor"
        raise Refusal("invalid-request", "asks for several things", (("query", "place", text),))
    past, described = list(remembered), await ground.feed.cameras()
    cameras = tuple(
        one for one in dict.fromkeys([*described, *sorted({one.camera for one in past if one.camera})]) if who.sees(one)
    )
    kept = [one.value for one in await Ledger(ground.store, ground.clock).sensors.listed()]
    sensors = {one.id: one for one in kept if one.readable_by(who)}
    orphans = {one.sensor for one in past if one.sensor} - {one.id for one in kept} if who.may("admin") else set[str]()
    readable = tuple(dict.fromkeys([*sensors, *sorted(orphans)]))
    own = (*(one.id for one in sensors.values() if one.owned_by(who)), *sorted(orphans))
    if spot.place is not None:
        place = await _place(ground, who, spot.place)
        here = tuple(one.id for one in sensors.values() if one.place == place.id)
        location = (place.location[0], place.location[1]) if place.location else None
        return Scope(place.cameras, here, place, tuple(one for one in own if one in here)), location
    if spot.camera is not None:
        if spot.camera not in cameras:
            raise Refusal("not-found", f"camera {spot.camera!r} is unknown")
        return Scope((spot.camera,), ()), described[spot.camera].location if spot.camera in described else None
    if spot.sensor is not None:
        if spot.sensor not in readable:
            raise Refusal("not-found", f"sensor {spot.sensor!r} is unknown")
        mine = tuple(one for one in own if one == spot.sensor)
        return Scope((), (spot.sensor,), own_sensors=mine), (
            sensors[spot.sensor].location if spot.sensor in sensors else None
        )
    return Scope(cameras, readable, own_sensors=own), None


async def _place(ground: Ground, who: Principal, name: str) -> Place:
    kept = await Documents(ground.store, "places", Place).get(name)
    if kept is None or not all(who.sees(camera) for camera in kept.value.cameras):
        raise Refusal("not-found", f"place {name!r} is unknown")
    return kept.value
