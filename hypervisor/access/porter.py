"""Finds out who asks: a key, a session's cookie, or a ticket for an event stream. Nothing else opens a door."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import Request

from hypervisor.access.kept import principal_of_key
from hypervisor.access.principal import Principal
from hypervisor.access.secrets import is_csrf_token, is_secret_of, key_text
from hypervisor.access.sessions import Sessions
from hypervisor.problems import Refusal

COOKIE = "parvis_session"
CSRF_HEADER = "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
TICKET = "ticket"

NOBODY = "no key and no session; expected the header `Authorization: Bearer parvis_…`, or to be signed in"
NOT_VALID = "the key is unknown, revoked or expired"
NO_TOKEN = f"a change in a session needs the header {CSRF_HEADER}; /v1/me tells its value"


@dataclass(frozen=True, slots=True)
class Porter:
    """The doorkeeper of the product."""

    sessions: Sessions

    async def principal(self, request: Request) -> Principal:
        """Return who asks (see `Doorkeeper.principal`)."""
        shown = request.headers.get("authorization")
        if shown is not None:
            return await self._of_header(shown)
        if request.method == "GET" and TICKET in request.query_params and request.url.path.endswith("/stream"):
            return await self._of_ticket(request.query_params[TICKET])
        cookie = request.cookies.get(COOKIE)
        if cookie is None:
            raise Refusal("not-authenticated", NOBODY)
        found = await self.sessions.of_cookie(cookie)
        if found is None:
            raise Refusal("not-authenticated", "the session is over; sign in again")
        if request.method not in SAFE and not is_csrf_token(request.headers.get(CSRF_HEADER, ""), cookie):
            raise Refusal("not-allowed", NO_TOKEN)
        return found

    async def standing(self, principals: Iterable[Principal]) -> frozenset[str]:
        """Return those credentials that still open a door (see `Doorkeeper.standing`)."""
        shown = sorted({one.credential for one in principals})
        found = await asyncio.gather(*(self._of_credential(one) for one in shown))
        return frozenset(one for one, principal in zip(shown, found, strict=True) if principal is not None)

    async def _of_header(self, shown: str) -> Principal:
        scheme, _, text = shown.partition(" ")
        if scheme.lower() != "bearer":
            raise Refusal("not-authenticated", NOBODY)
        shown_key = key_text(text.strip())
        kept = await self.sessions.directory.keys.get(shown_key.id) if shown_key else None
        # The secret is compared even where it will not help, and every refusal reads the same.
        if kept is None or shown_key is None or not is_secret_of(shown_key.secret, kept.value.digest):
            raise Refusal("not-authenticated", NOT_VALID)
        if not kept.value.is_valid(self.sessions.directory.clock()):
            raise Refusal("not-authenticated", NOT_VALID)
        return principal_of_key(kept.id, kept.value)

    async def _of_ticket(self, ticket: str) -> Principal:
        credential = await self.sessions.credential_of(ticket)
        found = await self._of_credential(credential) if credential else None
        if found is None:
            raise Refusal("not-authenticated", "the ticket is unknown, used or older than 60 seconds")
        return found

    async def _of_credential(self, credential: str) -> Principal | None:
        collection, _, name = credential.partition("/")
        if collection == "sessions":
            return await self.sessions.of_session(name)
        kept = await self.sessions.directory.keys.get(name) if collection == "keys" else None
        if kept is None or not kept.value.is_valid(self.sessions.directory.clock()):
            return None
        return principal_of_key(kept.id, kept.value)
