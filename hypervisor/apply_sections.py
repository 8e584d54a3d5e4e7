"""What a file for `parvis admin apply` can hold: one row a section, in the order in which they are read."""

import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel, Field

from hypervisor.access.kept import Service
from hypervisor.access.principal import LOCAL
from hypervisor.access.wire import ServiceBody
from hypervisor.delivery import signing
from hypervisor.delivery.desk import refuse_unknown
from hypervisor.delivery.matching import World as Named
from hypervisor.delivery.model import NewSubscription, Secret, Subscription
from hypervisor.delivery.rights import granted
from hypervisor.places.check import faults_of_place
from hypervisor.places.model import Place
from hypervisor.problems import Refusal
from hypervisor.rules.calendars import Calendar, faults_of_calendar
from hypervisor.rules.check import World, faults_of_rule
from hypervisor.rules.model import Rule
from hypervisor.rules.names import faults_of_sensor, known_sensor, unknown_services
from hypervisor.sensors.model import Sensor, SensorBody
from hypervisor.store.values import Store

Faults = list[tuple[str, str]]
"""The member at fault, dotted, and what is wrong with it."""


@dataclass(slots=True)
class Ground:
    """What things may name: what is kept, and what stands earlier in the file."""

    store: Store
    world: World
    services: set[str]
    now_s: float
    sensors: dict[str, Any] = field(default_factory=dict)  # of the file

    def know(self, section: str, item_id: str, value: Any) -> None:
        """Let later items name this one."""
        if section == "services":
            self.services.add(item_id)
        elif section == "places":
            self.world = replace(self.world, places={**self.world.places, item_id: value})
        elif section == "calendars":
            self.world = replace(self.world, calendars={**self.world.calendars, item_id: value.ics})
        elif section == "sensors":
            self.sensors[item_id] = value.model_dump(mode="json")


@dataclass(frozen=True, slots=True)
class Section:
    """One section: how its items are written and kept, how they are listed, and what is wrong with one."""

    collection: str
    form: type[BaseModel]  # as it stands in the file, without the id where `build` is given
    model: type[BaseModel]  # as it is kept
    faults: Callable[[Any, Ground], Awaitable[Faults]]
    build: Callable[[Any, Any, float], Any] | None = None  # from the form, what is kept (or None), and the moment
    tags: Callable[[Any], tuple[str, ...]] = lambda _: ()


class SensorItem(SensorBody):
    """A sensor in a file."""

    service: str | None = Field(default=None, description="the service that owns it; none: the machine's owner")


class SubscriptionItem(NewSubscription):
    """A subscription in a file."""

    service: str = Field(description="whose")


async def _of_service(value: Service, ground: Ground) -> Faults:
    return []


async def _of_calendar(value: Calendar, ground: Ground) -> Faults:
    return [*_owner(value.service, ground), *faults_of_calendar(value)]


async def _of_place(value: Place, ground: Ground) -> Faults:
    return list(faults_of_place(value, ground.world.cameras))


async def _of_sensor(value: Sensor, ground: Ground) -> Faults:
    found = [] if value.service is None else _owner(value.service, ground)
    if value.entity is not None:
        takers = await ground.store.listed("sensors", f"entity:{value.entity}", limit=2)
        found += [("entity", f"is sensor {one.id!r}'s already") for one in takers if one.id != value.id]
    return found


async def _of_rule(value: Rule, ground: Ground) -> Faults:
    found = [*_owner(value.service, ground), *faults_of_rule(value, ground.world)]
    strangers = [one for one in value.shared_with if one not in ground.services]
    found += await unknown_services(ground.store, strangers, "shared_with")
    if value.watch.kind == "sensor":
        known = ground.sensors.get(value.watch.sensor) or await known_sensor(ground.store, value.watch.sensor)
        found += faults_of_sensor(value, known)
    return found


async def _of_subscription(value: Subscription, ground: Ground) -> Faults:
    places = {name: frozenset(place.cameras) for name, place in ground.world.places.items()}
    found = _owner(value.service, ground)
    try:
        refuse_unknown(value.filter, Named(ground.world.cameras, places))
    except Refusal as error:
        found += [(name, f"{text}; expected one that is there") for _, name, text in error.errors]
    return found


def _owner(service: str, ground: Ground) -> Faults:
    return [] if service in ground.services else [("service", f"no service {service!r}; expected the id of one")]


def _service(form: ServiceBody, kept: Service | None, now_s: float) -> Service:
    return form.service()


def _sensor(form: SensorItem, kept: Sensor | None, now_s: float) -> Sensor:
    registered = kept.registered_at if kept is not None else datetime.fromtimestamp(round(now_s), UTC)
    return Sensor(**form.model_dump(), registered_at=registered)


def _subscription(form: SubscriptionItem, kept: Subscription | None, now_s: float) -> Subscription:
    """Return a subscription; a new webhook gets its first secret, which can be read by rotating it."""
    asked: dict[str, Any] = {"name": form.name, "service": form.service, "filter": form.filter, "channel": form.channel}
    if kept is not None:
        return kept.model_copy(update=asked)
    is_signed = form.channel.type == "webhook"
    secrets = [Secret(text=signing.new_secret(os.urandom), made_s=now_s)] if is_signed else []
    return Subscription(
        **asked, since_s=now_s, made_s=now_s, made_by=LOCAL.actor, grant=granted(LOCAL), secrets=secrets
    )


def _owned(value: Any) -> tuple[str, ...]:
    return (f"service:{value.service}",)


def _listed_sensor(value: Sensor) -> tuple[str, ...]:
    named = {"service": value.service, "entity": value.entity, "device": value.device}
    return tuple(f"{name}:{one}" for name, one in named.items() if one)


SECTIONS: Mapping[str, Section] = {
    "services": Section("services", ServiceBody, Service, _of_service, _service),
    "calendars": Section("calendars", Calendar, Calendar, _of_calendar),
    "places": Section("places", Place, Place, _of_place),
    "sensors": Section("sensors", SensorItem, Sensor, _of_sensor, _sensor, _listed_sensor),
    "rules": Section("rules", Rule, Rule, _of_rule, tags=_owned),
    "subscriptions": Section("subscriptions", SubscriptionItem, Subscription, _of_subscription, _subscription, _owned),
}
"""Section → what it is: what is named stands before what names it."""
