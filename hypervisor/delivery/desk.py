"""What services ask of their subscriptions. Routes and the demo call these; each change is one commit with its act."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypervisor.access.principal import Principal
from hypervisor.delivery import candidates, history, signing
from hypervisor.delivery.candidates import Candidate
from hypervisor.delivery.directory import COLLECTION, Directory, Making, tags
from hypervisor.delivery.fanout import item
from hypervisor.delivery.matching import Matcher, World
from hypervisor.delivery.model import (
    ChangedSubscription,
    Filter,
    NewSubscription,
    NgsiLd,
    Secret,
    State,
    Subscription,
)
from hypervisor.delivery.queue import Batch, Queue
from hypervisor.delivery.rights import granted
from hypervisor.feed import Feed
from hypervisor.problems import Refusal
from hypervisor.store.documents import Kept
from hypervisor.store.values import NEW, Act, Commit, Store

MOST_OF_A_SERVICE = 200
SECRETS = 2
SCAN_MAX = 50_000
EXAMPLES = 20
REPLAYED_AT_ONCE = 500
TEST_KIND = "subscription.test"


@dataclass(frozen=True, slots=True)
class Previewed:
    """What a filter would have let through."""

    looked: history.Looked
    matched: int
    by_kind: dict[str, int]
    examples: list[dict[str, Any]]


class Desk:
    """Makes, changes, tries and replays subscriptions."""

    def __init__(self, sources: tuple[Feed, Store], queue: Queue, making: Making, site: str = "parvis") -> None:
        self._sources, self._store, self._queue = sources, sources[1], queue
        self._making, self._site = making, site
        self.directory = Directory(self._store, making)

    async def find(self, who: Principal, subscription_id: str) -> Kept[Subscription]:
        """Return a subscription of the principal's own service.

        Raises:
            Refusal: there is none; those of others do not exist for it.
        """
        kept = await self.directory.get(subscription_id)
        if kept is None or not who.belongs(kept.value.service):
            raise Refusal("not-found", f"subscription {subscription_id[:63]!r} is unknown")
        return kept

    async def make(self, who: Principal, asked: NewSubscription, world: World) -> Kept[Subscription]:
        """Make a subscription; a webhook's has one secret."""
        service = owner(who, asked.service)
        if len(await self.directory.documents.listed(f"service:{service}", limit=MOST_OF_A_SERVICE)) >= (
            MOST_OF_A_SERVICE
        ):
            raise Refusal("state-conflict", f"service {service!r} has {MOST_OF_A_SERVICE} subscriptions already")
        refuse_unknown(asked.filter, world)
        now_s, name = self._making.clock(), self._making.id()
        secret = Secret(text=signing.new_secret(self._making.random_bytes), made_s=now_s)
        value = Subscription(
            name=asked.name,
            service=service,
            filter=asked.filter,
            channel=asked.channel,
            since_s=now_s,
            made_s=now_s,
            made_by=who.actor,
            grant=granted(who),
            secrets=[secret] if asked.channel.type == "webhook" else [],
        )
        await self._commit(who, name, value, "create", NEW)
        return Kept(name, 1, value, round(now_s * 1000))

    async def change(
        self, who: Principal, kept: Kept[Subscription], asked: ChangedSubscription, world: World
    ) -> Kept[Subscription]:
        """Change name, filter or address. What is queued already goes by the new address; another type of channel is
        another subscription. It may see what whoever changed it last may see."""
        changes: dict[str, Any] = {name: getattr(asked, name) for name in asked.model_fields_set}
        faults = tuple(("body", name, "is null; leave it out instead") for name, one in changes.items() if one is None)
        if faults:
            raise Refusal("invalid-request", "; ".join(f"{name}: {text}" for _, name, text in faults), faults)
        if asked.channel is not None and asked.channel.type != kept.value.channel.type:
            text = f"type: is {kept.value.channel.type}; expected the same, or a new subscription"
            raise Refusal("invalid-request", f"channel.{text}", (("body", "channel.type", text),))
        if asked.filter is not None:
            refuse_unknown(asked.filter, world)
            changes["grant"] = granted(who)
        return await self._kept(who, kept, kept.value.model_copy(update=changes), "change")

    async def put(self, who: Principal, kept: Kept[Subscription], state: State, reason: str | None) -> None:
        """Pause or resume. A disabled one that is resumed is tried at once with what waits."""
        if kept.value.state == state:
            return
        update = {"state": state, "reason": reason, "since_s": self._making.clock()}
        await self._kept(who, kept, kept.value.model_copy(update=update), "resume" if state == "active" else "pause")
        await self._queue.hold(kept.id, held=state != "active", retry=state == "active")

    async def rotate(self, who: Principal, kept: Kept[Subscription]) -> tuple[Kept[Subscription], str]:
        """Make a new signing secret; the one before stays valid beside it, older ones do not."""
        if kept.value.channel.type != "webhook":
            raise Refusal("state-conflict", "only webhooks are signed")
        secret = Secret(text=signing.new_secret(self._making.random_bytes), made_s=self._making.clock())
        value = kept.value.model_copy(update={"secrets": [secret, *kept.value.secrets][:SECRETS]})
        return await self._kept(who, kept, value, "rotate"), secret.text

    async def retire(self, who: Principal, kept: Kept[Subscription]) -> Kept[Subscription]:
        """Drop the older secret, once the receiver knows the new one."""
        if len(kept.value.secrets) < SECRETS:
            raise Refusal("state-conflict", "there is one secret only")
        value = kept.value.model_copy(update={"secrets": kept.value.secrets[:1]})
        return await self._kept(who, kept, value, "retire-secret")

    async def remove(self, who: Principal, kept: Kept[Subscription]) -> None:
        """Delete a subscription with everything that waits for it."""
        act = self._act(who, kept.id, kept.value, "delete")
        await self._store.commit(Commit([self.directory.documents.removal(kept.id, kept.version)], acts=[act]))
        await self._queue.forget(kept.id)

    async def test(self, who: Principal, kept: Kept[Subscription]) -> str:
        """Queue an event that is marked as a test, whatever the filter asks for; return its id."""
        if kept.value.state != "active":
            raise Refusal("state-conflict", f"the subscription is {kept.value.state}; resume it first")
        now_s, name = self._making.clock(), self._making.id()
        text = {"fr": "Ceci est un essai.", "en": "This is a test."}
        data = {"subscription": kept.id, "name": kept.value.name, "text": text}
        found = Candidate(name, TEST_KIND, now_s, kept.id, "test", "bus", "", now_s, data)
        await self._store.commit(Commit(acts=[self._act(who, kept.id, kept.value, "test")]))
        await self.queue(kept, [found])
        return name

    async def preview(self, who: Principal, asked: Filter, service: str, span_s: tuple[float, float]) -> Previewed:
        """Return what a filter would have let through, of what is still kept."""
        world = await self.world()
        refuse_unknown(asked, world)
        wanted = Subscription(
            name="", service=service, filter=asked, channel=NgsiLd(type="ngsi_ld", url="http://x"), grant=granted(who)
        )
        matches, looked = Matcher(wanted, (who,), world), history.Looked()
        by_kind: dict[str, int] = {}
        examples: list[dict[str, Any]] = []
        async for one in history.between(self._sources, span_s, SCAN_MAX, looked):
            if matches(one):
                by_kind[one.kind] = by_kind.get(one.kind, 0) + 1
                if len(examples) < EXAMPLES:
                    examples.append(candidates.envelope(one, self._site))
        return Previewed(looked, sum(by_kind.values()), by_kind, examples)

    async def replay_one(self, who: Principal, kept: Kept[Subscription], message_id: str) -> int:
        """Deliver an event of the log again, if it is still kept where it was told."""
        if message_id in await self._dead_ids(kept.id, message_id):
            return await self._queue.undead(kept.id, [message_id], replay=True)
        for _, text in await self._queue.log(kept.id, None, 10_000):
            line = json.loads(text)
            if line["id"] == message_id and line["position"]:
                found = await history.one(self._sources, line["source"], line["position"], message_id)
                if found is not None and self._matcher(who, kept, await self.world()).may_have(found):
                    await self._store.commit(Commit(acts=[self._act(who, kept.id, kept.value, "replay")]))
                    return await self.queue(kept, [found])
        raise Refusal("not-found", f"event {message_id!r} is not in the log, or is no longer kept")

    async def replay_span(self, who: Principal, kept: Kept[Subscription], span_s: tuple[float, float]) -> int:
        """Deliver again what matches of a span, in order."""
        matches, looked = self._matcher(who, kept, await self.world()), history.Looked()
        found = [one async for one in history.between(self._sources, span_s, SCAN_MAX, looked) if matches(one)]
        if not looked.complete:
            raise Refusal("range-too-large", f"more than {SCAN_MAX} entries lie in that span; ask for a shorter one")
        await self._store.commit(Commit(acts=[self._act(who, kept.id, kept.value, "replay")]))
        for first in range(0, len(found), REPLAYED_AT_ONCE):
            await self.queue(kept, found[first : first + REPLAYED_AT_ONCE])
        return len(found)

    async def undead(self, who: Principal, kept: Kept[Subscription], ids: Sequence[str], replay: bool) -> int:
        """Queue dead letters again, or drop them; return how many there were."""
        action = "dead-letters.replay" if replay else "dead-letters.drop"
        await self._store.commit(Commit(acts=[self._act(who, kept.id, kept.value, action)]))
        return await self._queue.undead(kept.id, ids, replay)

    async def queue(self, kept: Kept[Subscription], found: Sequence[Candidate]) -> int:
        """Queue events for one subscription."""
        now_s = self._making.clock()
        items = [item(kept.id, kept.value, one, now_s) for one in found]
        await self._queue.enqueue(Batch(items, {one.id: candidates.body(one, self._site) for one in found}))
        return len(items)

    async def world(self) -> World:
        """Return what filters refer to."""
        return World(await self._sources[0].cameras(), await places(self._store))

    async def _dead_ids(self, subscription_id: str, message_id: str) -> list[str]:
        return [one.id for one in await self._queue.dead(subscription_id, None, 10_000) if one.id == message_id]

    def _matcher(self, who: Principal, kept: Kept[Subscription], world: World) -> Matcher:
        return Matcher(kept.value, (who,), world)

    async def _kept(
        self, who: Principal, kept: Kept[Subscription], value: Subscription, action: str
    ) -> Kept[Subscription]:
        await self._commit(who, kept.id, value, action, kept.version)
        return Kept(kept.id, kept.version + 1, value, kept.order)

    async def _commit(self, who: Principal, name: str, value: Subscription, action: str, expect: int) -> None:
        change = self.directory.documents.change(
            name, value, at_s=self._making.clock(), expect=expect, tags=tags(value)
        )
        await self._store.commit(Commit([change], acts=[self._act(who, name, value, action)]))

    def _act(self, who: Principal, name: str, value: Subscription, action: str) -> Act:
        detail = {"name": value.name, "channel": value.channel.type}
        now_s = self._making.clock()
        return Act(who.actor, value.service, f"subscription.{action}", f"{COLLECTION}/{name}", now_s, detail)


def owner(who: Principal, asked: str | None) -> str:
    """Return the service that something is for.

    Raises:
        Refusal: nobody said which, or it is another's.
    """
    service = asked or who.service
    if service is None:
        raise Refusal("invalid-request", "service: is missing", (("body", "service", "is missing; expected an id"),))
    if not who.belongs(service):
        raise Refusal("not-allowed", f"{who.actor} is not of service {service!r}")
    return service


def refuse_unknown(asked: Filter, world: World) -> None:
    """Refuse a filter that names cameras or places that there are not (for whoever asks)."""
    spots = {one.id for camera in world.cameras.values() for one in camera.lines}
    spots |= {one.id for camera in world.cameras.values() for one in camera.zones}
    faults = [
        ("body", f"filter.{name}", f"{one!r} is unknown")
        for name, named, there in (
            ("cameras", asked.cameras, world.cameras),
            ("places", asked.places, world.places),
            ("spots", asked.spots, spots),
        )
        for one in named
        if one not in there
    ]
    if faults:
        raise Refusal("invalid-request", "; ".join(f"{name}: {text}" for _, name, text in faults), tuple(faults))


async def places(store: Store) -> dict[str, frozenset[str]]:
    """Return which cameras belong to which place."""
    found = {}
    for doc in await store.listed("places"):
        views = json.loads(doc.body).get("views", ())
        found[doc.id] = frozenset(str(view["camera"]) for view in views)
    return found
