"""The subscriptions that there are, and what happens to them besides requests: a receiver that is gone ends them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from hypervisor.delivery.model import Subscription
from hypervisor.ids import RANDOM_BYTES, new_id
from hypervisor.store.documents import Documents, Kept
from hypervisor.store.values import Act, Commit, Conflict, Message, Store

COLLECTION = "subscriptions"
MOST = 5000
TRIES = 5


@dataclass(frozen=True, slots=True)
class Making:
    """Where ids and moments come from."""

    clock: Callable[[], float]
    random_bytes: Callable[[int], bytes]

    def id(self) -> str:
        """Return a new id."""
        return new_id(self.clock(), self.random_bytes(RANDOM_BYTES))


class Directory:
    """Reads and changes subscriptions."""

    def __init__(self, store: Store, making: Making) -> None:
        self._store, self._making = store, making
        self.documents = Documents(store, COLLECTION, Subscription)

    async def get(self, subscription_id: str) -> Kept[Subscription] | None:
        """Return one."""
        return await self.documents.get(subscription_id)

    async def all(self) -> Mapping[str, Subscription]:
        """Return all, by id."""
        result: dict[str, Subscription] = {}
        before: tuple[int, str] | None = None
        while len(result) < MOST:
            page = await self.documents.listed(before=before)
            result |= {one.id: one.value for one in page}
            if len(page) < 1000:
                break
            before = (page[-1].order, page[-1].id)
        return result

    async def disable(self, subscription_id: str, reason: str) -> None:
        """Disable a subscription and tell its service so, once."""
        for _ in range(TRIES):
            kept = await self.get(subscription_id)
            if kept is None or kept.value.state == "disabled":
                return
            try:
                await self._store.commit(self._disabling(kept, reason))
            except Conflict:
                continue  # somebody changed it at the same moment
            return

    def _disabling(self, kept: Kept[Subscription], reason: str) -> Commit:
        now_s, service = self._making.clock(), kept.value.service
        value = kept.value.model_copy(update={"state": "disabled", "reason": reason, "since_s": now_s})
        data = {"subscription": kept.id, "name": value.name, "reason": reason, "channel": value.channel.type}
        return Commit(
            [self.documents.change(kept.id, value, at_s=now_s, expect=kept.version, tags=tags(value))],
            [Message(self._making.id(), "subscription.disabled", now_s, kept.id, kept.id, (service,), (), data)],
            [Act("system:deliver", service, "subscription.disable", f"{COLLECTION}/{kept.id}", now_s, {"why": reason})],
        )


def tags(value: Subscription) -> tuple[str, ...]:
    """Return under which tags a subscription is listed."""
    return (f"service:{value.service}",)
