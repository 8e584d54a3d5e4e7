"""Who there is: services, members and keys. The API and `parvis admin` change them here, and only here.

Every change is one commit with its line in the audit log. `by` is who does it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from hypervisor.access.kept import Grants, Key, Member, Service, Slot, grants_told
from hypervisor.access.principal import Principal
from hypervisor.access.secrets import KeyText, Random, digest, new_secret
from hypervisor.ids import RANDOM_BYTES, new_id
from hypervisor.problems import Refusal
from hypervisor.store.documents import Documents, Kept
from hypervisor.store.values import ANY, NEW, Act, Change, Commit, Conflict, Store

MOST_VALID = 2
"""Valid keys of one service and purpose: the one in use, and the one that is to replace it."""


class NewKey(NamedTuple):
    """What a key is for, and what it may do."""

    service: str
    purpose: str
    grants: Grants
    expires_s: float | None = None


@dataclass(frozen=True, slots=True)
class Directory:
    """Services, members and keys in a store; time and randomness are passed in."""

    store: Store
    clock: Callable[[], float]
    random: Random

    @property
    def services(self) -> Documents[Service]:
        """Return the services."""
        return Documents(self.store, "services", Service)

    @property
    def members(self) -> Documents[Member]:
        """Return the members."""
        return Documents(self.store, "members", Member)

    @property
    def keys(self) -> Documents[Key]:
        """Return the keys, valid or not."""
        return Documents(self.store, "keys", Key)

    async def is_empty(self) -> bool:
        """Tell whether nobody could come in: no member, and no key."""
        return not await self.members.listed(limit=1) and not await self.keys.listed(limit=1)

    async def keep_service(self, by: Principal, service_id: str, service: Service, expect: int = NEW) -> Kept[Service]:
        """Make or change a service."""
        change = self.services.change(service_id, service, at_s=self.clock(), expect=expect)
        action = "service.create" if expect == NEW else "service.change"
        await self._commit([change], by, action, f"services/{service_id}", {"name": service.name})
        return await self._kept(self.services, service_id)

    async def remove_service(self, by: Principal, service_id: str, expect: int = ANY) -> None:
        """Remove a service that has neither members nor valid keys.

        Raises:
            Refusal: if it has some.
        """
        now_s, tag = self.clock(), of_service(service_id)
        if await self.members.listed(tag, limit=1):
            raise Refusal("state-conflict", f"service {service_id!r} has members; remove them first")
        if any(key.value.is_valid(now_s) for key in await self.keys.listed(tag)):
            raise Refusal("state-conflict", f"service {service_id!r} has valid keys; revoke them first")
        await self._commit([self.services.removal(service_id, expect)], by, "service.remove", f"services/{service_id}")

    async def keep_member(self, by: Principal, member_id: str, member: Member, expect: int = NEW) -> Kept[Member]:
        """Make or change a member; all its sessions end with a change.

        Raises:
            Refusal: if its service does not exist.
        """
        await self.known_service(member.service)
        tags = (of_service(member.service), *([of_subject(member.subject)] if member.subject else []))
        change = self.members.change(member_id, member, at_s=self.clock(), expect=expect, tags=tags)
        action = "member.create" if expect == NEW else "member.change"
        detail = {"service": member.service, **grants_told(member.grants)}
        await self._commit([change], by, action, f"members/{member_id}", detail)
        return await self._kept(self.members, member_id)

    async def remove_member(self, by: Principal, member_id: str, expect: int = ANY) -> None:
        """Remove a member; its sessions end."""
        await self._commit([self.members.removal(member_id, expect)], by, "member.remove", f"members/{member_id}")

    async def create_key(self, by: Principal, wanted: NewKey) -> tuple[Kept[Key], KeyText]:
        """Make a key; its text is shown once and can never be read again.

        Raises:
            Refusal: if the service does not exist, or has two valid keys of this purpose already.
        """
        await self.known_service(wanted.service)
        now_s, slot_id = self.clock(), f"{wanted.service}~{wanted.purpose}"
        slots = Documents(self.store, "key_slots", Slot)
        slot = await slots.get(slot_id)
        held = await self.keys.many(slot.value.keys if slot else ())
        valid = [one for one, key in held.items() if key.value.is_valid(now_s)]
        if len(valid) >= MOST_VALID:
            raise Refusal(
                "state-conflict",
                f"service {wanted.service!r} has {MOST_VALID} valid keys for {wanted.purpose!r}: {', '.join(valid)}; "
                "revoke one first",
            )
        text = KeyText(new_id(now_s, self.random(RANDOM_BYTES)), new_secret(self.random))
        key = Key(
            service=wanted.service,
            purpose=wanted.purpose,
            grants=wanted.grants,
            digest=digest(text.secret),
            created_s=now_s,
            created_by=by.actor,
            expires_s=wanted.expires_s,
        )
        changes = [
            self.keys.change(text.id, key, at_s=now_s, expect=NEW, tags=(of_service(wanted.service),)),
            slots.change(slot_id, Slot(keys=(*valid, text.id)), at_s=now_s, expect=slot.version if slot else NEW),
        ]
        detail = {"service": wanted.service, "purpose": wanted.purpose, **grants_told(wanted.grants)}
        await self._commit(changes, by, "key.create", f"keys/{text.id}", detail)
        return await self._kept(self.keys, text.id), text

    async def revoke_key(self, by: Principal, key_id: str) -> Kept[Key]:
        """End a key for good; its open streams end within a second or two.

        Raises:
            Refusal: if there is no such key.
        """
        found = await self.known_key(key_id)
        if found.value.revoked_s is None:
            key = found.value.model_copy(update={"revoked_s": self.clock()})
            tags = (of_service(key.service),)
            change = self.keys.change(key_id, key, at_s=self.clock(), expect=found.version, tags=tags)
            await self._commit([change], by, "key.revoke", f"keys/{key_id}", {"service": key.service})
        return await self._kept(self.keys, key_id)

    async def known_service(self, service_id: str) -> Kept[Service]:
        """Return a service, or refuse."""
        return await self._found(self.services, service_id, "service")

    async def known_member(self, member_id: str) -> Kept[Member]:
        """Return a member, or refuse."""
        return await self._found(self.members, member_id, "member")

    async def known_key(self, key_id: str) -> Kept[Key]:
        """Return a key, or refuse."""
        return await self._found(self.keys, key_id, "key")

    async def _found(self, documents: Documents[Any], doc_id: str, what: str) -> Kept[Any]:
        found = await documents.get(doc_id)
        if found is None:
            raise Refusal("not-found", f"{what} {doc_id!r} is unknown")
        return found

    async def _kept(self, documents: Documents[Any], doc_id: str) -> Kept[Any]:
        return await self._found(documents, doc_id, documents.collection)

    async def _commit(
        self, changes: Iterable[Change], by: Principal, action: str, target: str, detail: Any = None
    ) -> None:
        act = Act(by.actor, by.service, action, target, self.clock(), detail or {})
        changes = list(changes)
        try:
            await self.store.commit(Commit(changes, acts=[act]))
        except Conflict as error:
            made = next((one for one in changes if one.collection == error.collection and one.expect == NEW), None)
            if made is not None and error.version:
                raise Refusal("state-conflict", f"{target} exists already") from None
            raise


def of_service(service_id: str) -> str:
    """Return the tag of what belongs to a service."""
    return f"service:{service_id}"


def of_subject(subject: str) -> str:
    """Return the tag of who is called so by the OpenID provider."""
    return f"subject:{digest(subject)}"
