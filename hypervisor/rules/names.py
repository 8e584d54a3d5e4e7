"""What a rule may name: looked up where it is kept, as far as its author may see it."""

import json
from collections.abc import Iterable
from typing import Any

from hypervisor.access.principal import Principal
from hypervisor.feed import Feed
from hypervisor.places.check import Fault, missing
from hypervisor.places.model import Place
from hypervisor.rules.calendars import Calendar
from hypervisor.rules.check import World, faults_of_rule
from hypervisor.rules.model import Rule
from hypervisor.store.documents import Documents
from hypervisor.store.values import Store


async def world_of(feed: Feed, store: Store, principal: Principal) -> World:
    """Return the cameras, places and calendars that somebody may name."""
    cameras = {one: camera for one, camera in (await feed.cameras()).items() if principal.sees(one)}
    places = await Documents(store, "places", Place).listed()
    calendars = await Documents(store, "calendars", Calendar).listed()
    seen = {one.id: one.value for one in places if all(principal.sees(camera) for camera in one.value.cameras)}
    return World(cameras, seen, {one.id: one.value.ics for one in calendars})


async def faults_for(context: Any, principal: Principal, rule: Rule) -> list[Fault]:
    """Return everything that a rule names and that does not exist for its author."""
    world = await world_of(context.feed, context.store, principal)
    found = list(faults_of_rule(rule, world))
    if rule.watch.kind == "camera" and not rule.watch.cameras and principal.cameras is not None:
        found.append(("watch.cameras", "is missing; expected the cameras that the key may see"))
    found += await unknown_services(context.store, rule.shared_with, "shared_with")
    return [*found, *await unknown_sensor(context.store, rule)]


async def unknown_services(store: Store, asked: Iterable[str], field: str) -> list[Fault]:
    """Return those that are no services."""
    names = list(asked)
    known = await store.many("services", names)
    return [
        (f"{field}.{n}", f"no service {name!r}; expected the id of one")
        for n, name in enumerate(names)
        if name not in known
    ]


async def unknown_sensor(store: Store, rule: Rule) -> list[Fault]:
    """Return why a rule's sensor cannot be watched."""
    if rule.watch.kind != "sensor":
        return []
    return faults_of_sensor(rule, await known_sensor(store, rule.watch.sensor))


async def known_sensor(store: Store, sensor: str) -> dict[str, Any] | None:
    """Return a sensor as it is kept."""
    kept = await store.get("sensors", sensor)
    return None if kept is None else dict(json.loads(kept.body))


def faults_of_sensor(rule: Rule, sensor: dict[str, Any] | None) -> list[Fault]:
    """Return why a rule cannot watch a sensor: it is not there, not for the rule's service, or measures else."""
    assert rule.watch.kind == "sensor"
    if sensor is None or not (sensor.get("service") in (None, rule.service) or sensor.get("shared")):
        return [("watch.sensor", f"no sensor {rule.watch.sensor!r}; expected one that the service may read")]
    measures = [str(one.get("measure")) for one in sensor.get("measures", ())]
    if measures and rule.watch.measure not in measures:
        return [("watch.measure", missing("measure", rule.watch.measure, measures))]
    return []
