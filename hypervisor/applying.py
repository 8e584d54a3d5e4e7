"""What services own, out of a file: sections of things, all kept in one commit or none. `SECTIONS` is the table."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

from hypervisor.access.kept import Service
from hypervisor.access.principal import Principal
from hypervisor.feed import Feed
from hypervisor.places.check import faults_of_place
from hypervisor.places.model import Place
from hypervisor.rules.calendars import Calendar, faults_of_calendar
from hypervisor.rules.check import World, faults_of_rule
from hypervisor.rules.model import Rule
from hypervisor.rules.names import unknown_sensor, unknown_services, world_of
from hypervisor.store.documents import Documents
from hypervisor.store.values import Act, Change, Commit, Store
from hypervisor.strict import Body, Id

Place_ = tuple[str | int, ...]


class _Named(Body):
    """What has no id in its own document still needs one."""

    id: Id


class Fault(NamedTuple):
    """What is wrong, and where in the file: section, number of the item, member of it, …"""

    place: Place_
    text: str


class Refused(Exception):
    """A file that is not applied; nothing of it was kept."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.place}: {fault.text}" for fault in faults))
        self.faults = tuple(faults)


@dataclass(slots=True)
class Ground:
    """What things may name: what is kept, and what stands earlier in the file."""

    store: Store
    world: World
    services: set[str]

    def know(self, section: str, item_id: str, value: Any) -> None:
        """Let later items name this one."""
        if section == "services":
            self.services.add(item_id)
        elif section == "places":
            self.world = replace(self.world, places={**self.world.places, item_id: value})
        elif section == "calendars":
            self.world = replace(self.world, calendars={**self.world.calendars, item_id: value.ics})


Check = Callable[[Any, Ground], Awaitable[list[tuple[str, str]]]]


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the file: its documents, how they are listed, and what is wrong with one."""

    collection: str
    model: type[BaseModel]
    faults: Check
    tags: Callable[[Any], tuple[str, ...]] = lambda _: ()
    has_id: bool = True  # the document holds its own id


async def _of_service(value: Service, ground: Ground) -> list[tuple[str, str]]:
    return []


async def _of_calendar(value: Calendar, ground: Ground) -> list[tuple[str, str]]:
    return [*_owner(value.service, ground), *faults_of_calendar(value)]


async def _of_place(value: Place, ground: Ground) -> list[tuple[str, str]]:
    return list(faults_of_place(value, ground.world.cameras))


async def _of_rule(value: Rule, ground: Ground) -> list[tuple[str, str]]:
    found = [*_owner(value.service, ground), *faults_of_rule(value, ground.world)]
    strangers = [one for one in value.shared_with if one not in ground.services]
    found += await unknown_services(ground.store, strangers, "shared_with")
    return [*found, *await unknown_sensor(ground.store, value)]


def _owner(service: str, ground: Ground) -> list[tuple[str, str]]:
    return [] if service in ground.services else [("service", f"no service {service!r}; expected the id of one")]


def _owned(value: Any) -> tuple[str, ...]:
    return (f"service:{value.service}",)


SECTIONS: Mapping[str, Section] = {
    "services": Section("services", Service, _of_service, has_id=False),
    "calendars": Section("calendars", Calendar, _of_calendar),
    "places": Section("places", Place, _of_place),
    "rules": Section("rules", Rule, _of_rule, _owned),
}
"""Section → what it is, in the order in which they are read: what is named stands before what names it."""


class Done(NamedTuple):
    """What became of one item."""

    section: str
    id: str
    verb: str  # created, changed, unchanged


async def apply(
    feed: Feed, store: Store, principal: Principal, given: Mapping[str, Sequence[Any]], now_s: float
) -> list[Done]:
    """Keep everything that is given, section → items as JSON values. What is not given stays as it is.

    Raises:
        Refused: with every fault; nothing was kept.
    """
    services = {one.id for one in await Documents(store, "services", Service).listed()}
    ground = Ground(store, await world_of(feed, store, principal), services)
    faults, done, changes, acts = list[Fault](), list[Done](), list[Change](), list[Act]()
    for name, section in SECTIONS.items():
        for n, raw in enumerate(given.get(name, ())):
            try:
                item_id, value = _read(section, raw)
            except ValidationError as error:
                faults += [Fault((name, n, *_where(raw, one["loc"])), _said(one)) for one in error.errors()]
                continue
            wrong = await section.faults(value, ground)
            faults += [Fault((name, n, *_parts(field)), text) for field, text in wrong]
            ground.know(name, item_id, value)
            change, verb = await _change(store, section, (item_id, value), now_s)
            done.append(Done(name, item_id, verb))
            if change is not None:
                changes.append(change)
                what = f"{name.removesuffix('s')}.{'create' if verb == 'created' else 'update'}"
                acts.append(Act(principal.actor, principal.service, what, f"{section.collection}/{item_id}", now_s))
    if faults:
        raise Refused(faults)
    if changes:
        await store.commit(Commit(changes, acts=acts))
    return done


async def _change(store: Store, section: Section, item: tuple[str, Any], now_s: float) -> tuple[Change | None, str]:
    item_id, value = item
    documents = Documents(store, section.collection, section.model)
    kept = await documents.get(item_id)
    if kept is not None and kept.value == value:
        return None, "unchanged"
    expect = 0 if kept is None else kept.version
    change = documents.change(item_id, value, at_s=now_s, expect=expect, tags=section.tags(value))
    return change, "created" if kept is None else "changed"


def _read(section: Section, raw: Any) -> tuple[str, Any]:
    if section.has_id:
        value = section.model.model_validate(raw)
        return str(value.model_dump(include={"id"})["id"]), value
    named = _Named.model_validate({"id": raw.get("id") if isinstance(raw, dict) else None})
    return named.id, section.model.model_validate({name: one for name, one in raw.items() if name != "id"})


def _where(raw: Any, place: Place_) -> list[str | int]:
    """Return a fault's place without pydantic's own words for the branches of a union."""
    found: list[str | int] = []
    for part in place:
        is_item = isinstance(raw, list) and isinstance(part, int) and part < len(raw)
        if is_item or (isinstance(raw, dict) and part in raw):
            raw = raw[part]
        elif part != place[-1]:
            continue
        found.append(part)
    return found


def _parts(field: str) -> list[str | int]:
    return [int(part) if part.isdigit() else part for part in field.split(".")]


def _said(error: Any) -> str:
    text = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        return "unknown key; expected one that docs/alerts.md lists"
    if error["type"] == "missing":
        return "is missing; expected it here"
    return text if "expected" in text else f"expected: {text[0].lower()}{text[1:]}"
