"""Who of a service may see what, as it is now: its valid keys and its active members."""

from collections import defaultdict
from collections.abc import Callable

from hypervisor.access.kept import Key, Member, principal_of_key, principal_of_member
from hypervisor.access.principal import Principal
from hypervisor.delivery.rights import Entitled
from hypervisor.store.documents import Documents, Kept, Model
from hypervisor.store.values import Store

PAGE = 1000


async def by_keys_and_members(store: Store, clock: Callable[[], float]) -> Entitled:
    """Return whoever may see something, by service."""
    result: defaultdict[str, list[Principal]] = defaultdict(list)
    now_s = clock()
    for key in await _all(Documents(store, "keys", Key)):
        if key.value.is_valid(now_s):
            result[key.value.service].append(principal_of_key(key.id, key.value))
    for member in await _all(Documents(store, "members", Member)):
        if member.value.active:
            result[member.value.service].append(principal_of_member(member.id, member.value, ""))
    return result


async def _all(documents: Documents[Model]) -> list[Kept[Model]]:
    found: list[Kept[Model]] = []
    before: tuple[int, str] | None = None
    while True:
        page = await documents.listed(before=before, limit=PAGE)
        found += page
        if len(page) < PAGE:
            return found
        before = (page[-1].order, page[-1].id)
