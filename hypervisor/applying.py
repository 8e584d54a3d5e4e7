"""What services own, out of a file: all of it is kept in one commit, or nothing (`hypervisor.apply_sections`)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from hypervisor.access.kept import Service
from hypervisor.access.principal import Principal
from hypervisor.apply_sections import SECTIONS, Ground, Section
from hypervisor.feed import Feed
from hypervisor.rules.names import world_of
from hypervisor.store.documents import Documents
from hypervisor.store.values import Act, Change, Commit, Store
from hypervisor.strict import Body, Id

Where = tuple[str | int, ...]


class Fault(NamedTuple):
    """What is wrong, and where in the file: section, number of the item, member of it, …"""

    place: Where
    text: str


class NotApplied(Exception):
    """A file that is not applied; nothing of it was kept."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("; ".join(f"{fault.place}: {fault.text}" for fault in faults))
        self.faults = tuple(faults)


class Done(NamedTuple):
    """What became of one item."""

    section: str
    id: str
    verb: str  # created, changed, unchanged


class _Named(Body):
    """Whatever is kept needs an id."""

    id: Id


async def apply(
    feed: Feed, store: Store, principal: Principal, given: Mapping[str, Sequence[Any]], now_s: float
) -> list[Done]:
    """Keep everything that is given, section → items as JSON values. What is not given stays as it is.

    Raises:
        NotApplied: with every fault; nothing was kept.
    """
    services = {one.id for one in await Documents(store, "services", Service).listed()}
    ground = Ground(store, await world_of(feed, store, principal), services, now_s)
    faults, done, changes, acts = list[Fault](), list[Done](), list[Change](), list[Act]()
    for name, section in SECTIONS.items():
        for n, raw in enumerate(given.get(name, ())):
            try:
                item = await _read(section, raw, ground)
            except ValidationError as error:
                faults += [Fault((name, n, *_where(raw, one["loc"])), _said(one)) for one in error.errors()]
                continue
            wrong = await section.faults(item.value, ground)
            faults += [Fault((name, n, *_parts(member)), text) for member, text in wrong]
            ground.know(name, item.id, item.value)
            done.append(Done(name, item.id, item.verb))
            if item.verb != "unchanged":
                changes.append(item.change(section, ground))
                what = f"{name.removesuffix('s')}.{'create' if item.verb == 'created' else 'update'}"
                acts.append(Act(principal.actor, principal.service, what, f"{section.collection}/{item.id}", now_s))
    if faults:
        raise NotApplied(faults)
    if changes:
        await store.commit(Commit(changes, acts=acts))
    return done


class _Item(NamedTuple):
    """One item, as it is to be kept."""

    id: str
    value: Any
    version: int  # that it has now; 0: it is new
    verb: str

    def change(self, section: Section, ground: Ground) -> Change:
        """Return the change that keeps it."""
        documents = Documents(ground.store, section.collection, section.model)
        tags = section.tags(self.value)
        return documents.change(self.id, self.value, at_s=ground.now_s, expect=self.version, tags=tags)


async def _read(section: Section, raw: dict[str, Any], ground: Ground) -> _Item:
    """Check one item by its form.

    Raises:
        ValidationError: with every fault of it.
    """
    item_id = _Named.model_validate({"id": raw["id"]} if "id" in raw else {}).id
    needs_id = "id" in section.form.model_fields
    members = raw if needs_id else {name: one for name, one in raw.items() if name != "id"}
    form = section.form.model_validate_json(json.dumps(members), strict=True)
    kept = await Documents(ground.store, section.collection, section.model).get(item_id)
    before = None if kept is None else kept.value
    value = form if section.build is None else section.build(form, before, ground.now_s)
    verb = "created" if kept is None else "unchanged" if before == value else "changed"
    return _Item(item_id, value, 0 if kept is None else kept.version, verb)


def _where(raw: Any, place: Where) -> list[str | int]:
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
