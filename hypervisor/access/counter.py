"""How often who asks may ask, and the first use of a key each hour: what happens at every request."""

from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from math import ceil

from pydantic import BaseModel

from hypervisor.access.principal import Principal
from hypervisor.settings import Settings
from hypervisor.store.documents import Documents
from hypervisor.store.values import NEW, Act, Commit, Conflict, Store, Taken

HOUR_S = 3600


class Use(BaseModel):
    """A key was used in an hour, from some kind of address."""


class Counter:
    """Counts requests of one process; the buckets are in the store, so all processes share them."""

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], float]) -> None:
        self._store = store
        self._per_s, self._most = settings.requests_per_s, settings.requests_at_once
        self._clock = clock
        self._uses = Documents(store, "uses", Use)
        self._noted: set[tuple[str, str]] = set()  # of this hour: key, kind of address
        self._hour = 0

    async def counted(self, principal: Principal, address: str) -> Taken | None:
        """Count a request; None for the machine's own, which nobody limits."""
        if principal.kind == "local":
            return None
        taken = await self._store.take(principal.actor, self._per_s, self._most)
        if principal.kind == "key":
            await self._note(principal, kind_of(address))
        return taken

    def headers(self, taken: Taken) -> dict[str, str]:
        """Return what a client is told of its limit (draft-ietf-httpapi-ratelimit-headers-10)."""
        full_s = ceil(self._most / self._per_s)
        until_s = ceil(taken.wait_s) if not taken.allowed else ceil((self._most - taken.left) / self._per_s)
        told = {
            "RateLimit-Policy": f'"default";q={self._most};w={full_s}',
            "RateLimit": f'"default";r={taken.left};t={until_s}',
        }
        return told if taken.allowed else told | {"Retry-After": str(max(1, until_s))}

    def too_many(self, taken: Taken) -> str:
        """Return the sentence of a refusal."""
        return (
            f"more than {self._most} requests at once, or {self._per_s:g} a second for longer; "
            f"expected a pause of {max(1, ceil(taken.wait_s))} s"
        )

    async def _note(self, principal: Principal, kind: str) -> None:
        """Write the first use of a key in an hour from a kind of address into the audit log, whoever sees it first."""
        now_s = self._clock()
        hour = int(now_s // HOUR_S)
        if hour != self._hour:
            self._hour = hour
            self._noted.clear()
        if (principal.id, kind) in self._noted:
            return
        use = self._uses.change(f"{principal.id}~{hour}~{kind}", Use(), at_s=now_s, expect=NEW, kept_s=2 * HOUR_S)
        act = Act(principal.actor, principal.service, "key.use", f"keys/{principal.id}", now_s, {"from": kind})
        with suppress(Conflict):  # another process was first
            await self._store.commit(Commit([use], acts=[act]))
        self._noted.add((principal.id, kind))


def kind_of(address: str) -> str:
    """Return what the audit log says of an address: never the address itself, which may be a person's."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    return "loopback" if found.is_loopback else "private" if found.is_private else "public"
