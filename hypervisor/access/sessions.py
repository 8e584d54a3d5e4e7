"""Members who sign in: passwords with a lock, sessions with an end, tickets for event streams."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from hypervisor.access.directory import Directory, of_subject
from hypervisor.access.kept import Failures, Member, Session, Ticket, principal_of_member
from hypervisor.access.passwords import Passwords
from hypervisor.access.principal import Principal
from hypervisor.access.secrets import digest, is_secret, new_secret
from hypervisor.problems import Refusal
from hypervisor.store.documents import Documents, Kept
from hypervisor.store.values import NEW, Act, Commit, Conflict

SESSION_S = 12 * 3600
TICKET_S = 60
MOST_FAILURES = 5
LOCKED_S = 900
WRONG = "the name or the password is wrong, or there were too many wrong ones: wait 15 minutes"
"""Says the same in every case, so that nobody learns which names there are."""


class SignedIn(NamedTuple):
    """A session that has begun; the secret goes into the cookie and nowhere else."""

    secret: str
    expires_s: float
    member: str


@dataclass(frozen=True, slots=True)
class Sessions:
    """Sessions and tickets in the store of a directory."""

    directory: Directory
    passwords: Passwords

    @property
    def _clock(self) -> Callable[[], float]:
        return self.directory.clock

    @property
    def _sessions(self) -> Documents[Session]:
        return Documents(self.directory.store, "sessions", Session)

    @property
    def _tickets(self) -> Documents[Ticket]:
        return Documents(self.directory.store, "tickets", Ticket)

    @property
    def _failures(self) -> Documents[Failures]:
        return Documents(self.directory.store, "failures", Failures)

    async def sign_in(self, name: str, password: str) -> SignedIn:
        """Begin a session of a member who knows the password.

        Raises:
            Refusal: if not, or if there were too many wrong ones.
        """
        return await self.begin(await self._proven(name, password))

    async def _proven(self, name: str, password: str) -> Kept[Member]:
        """Return a member who knows the password, or refuse."""
        counted = digest(name)  # of any text at all, so it is no id by itself
        failed = await self._failures.get(counted)
        count = failed.value.count if failed and self._clock() < failed.value.until_s else 0
        if count >= MOST_FAILURES:
            raise Refusal("not-authenticated", WRONG)
        member = await self.directory.members.get(name)
        kept = member.value.password if member and member.value.active else None
        if not await self.passwords.is_right(password, kept) or member is None:
            await self._failed(counted, name if member else None, count + 1, failed)
            raise Refusal("not-authenticated", WRONG)
        return member

    async def of_subject(self, subject: str) -> Kept[Member] | None:
        """Return the member whom the OpenID provider calls so; None if there is none, or it may not sign in."""
        found = await self.directory.members.listed(of_subject(subject), limit=1)
        return next((one for one in found if one.value.active and one.value.subject == subject), None)

    async def begin(self, member: Kept[Member]) -> SignedIn:
        """Begin a session of a member whose identity is proven."""
        now_s = self._clock()
        secret = new_secret(self.directory.random)
        session = Session(member=member.id, member_version=member.version, expires_s=now_s + SESSION_S)
        changes = [
            self._sessions.change(digest(secret), session, at_s=now_s, expect=NEW, kept_s=SESSION_S),
            self._failures.removal(digest(member.id)),
        ]
        act = Act(f"member:{member.id}", member.value.service, "member.sign_in", f"members/{member.id}", now_s)
        await self.directory.store.commit(Commit(changes, acts=[act]))
        return SignedIn(secret, session.expires_s, member.id)

    async def change_password(self, member_id: str, old: str, new: str) -> SignedIn:
        """Give a member a new password, who knows the old one. All sessions end; return a new one.

        Raises:
            Refusal: if the old one is wrong, there were too many wrong ones, or the member signs in elsewhere.
        """
        member = await self.directory.known_member(member_id)
        if member.value.password is None:
            raise Refusal("state-conflict", "you sign in elsewhere: there is no password here to be changed")
        try:
            member = await self._proven(member_id, old)  # with the lock of too many wrong ones
        except Refusal as error:
            raise Refusal("invalid-request", f"old: {error.detail}", (("body", "old", error.detail),)) from None
        changed = member.value.model_copy(update={"password": await asyncio.to_thread(self.passwords.hashed, new)})
        by = principal_of_member(member_id, member.value, "")
        return await self.begin(await self.directory.keep_member(by, member_id, changed, member.version))

    async def end(self, secret: str) -> None:
        """End a session."""
        if is_secret(secret):
            await self.directory.store.commit(Commit([self._sessions.removal(digest(secret))]))

    async def of_cookie(self, secret: str) -> Principal | None:
        """Return who has a session; None if it is none, or over."""
        return await self.of_session(digest(secret)) if is_secret(secret) else None

    async def of_session(self, session_id: str) -> Principal | None:
        """Return whose session it is; None if it is over, or the member has changed since."""
        found = await self._sessions.get(session_id)
        if found is None or self._clock() >= found.value.expires_s:
            return None
        member = await self.directory.members.get(found.value.member)
        if member is None or not member.value.active or member.version != found.value.member_version:
            return None
        return principal_of_member(member.id, member.value, f"sessions/{session_id}")

    async def ticket(self, principal: Principal) -> tuple[str, float]:
        """Return a ticket for one event stream, and its end (epoch seconds)."""
        now_s, secret = self._clock(), new_secret(self.directory.random)
        ticket = Ticket(credential=principal.credential, expires_s=now_s + TICKET_S)
        change = self._tickets.change(digest(secret), ticket, at_s=now_s, expect=NEW, kept_s=TICKET_S)
        await self.directory.store.commit(Commit([change]))
        return secret, ticket.expires_s

    async def credential_of(self, ticket: str) -> str | None:
        """Use a ticket up; return the credential of whoever asked for it, None if it is none or was used before."""
        found = await self._tickets.get(digest(ticket)) if is_secret(ticket) else None
        if found is None:
            return None
        try:
            await self.directory.store.commit(Commit([self._tickets.removal(found.id, found.version)]))
        except Conflict:
            return None
        return found.value.credential if self._clock() < found.value.expires_s else None

    async def _failed(self, counted: str, name: str | None, count: int, before: Kept[Failures] | None) -> None:
        now_s = self._clock()
        value = Failures(count=count, until_s=now_s + LOCKED_S)
        # Whoever counts at the same moment must not hide a wrong one: the second counts again.
        expect = before.version if before else NEW
        change = self._failures.change(counted, value, at_s=now_s, expect=expect, kept_s=LOCKED_S)
        locked = count == MOST_FAILURES and name is not None
        act = Act("nobody", None, "member.lock", f"members/{name}", now_s, {"failures": count})
        try:
            await self.directory.store.commit(Commit([change], acts=[act] if locked else []))
        except Conflict:
            again = await self._failures.get(counted)
            await self._failed(counted, name, again.value.count + 1 if again else 1, again)
