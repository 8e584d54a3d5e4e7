"""What a route needs: `Annotated[Principal, needs("rules:write")]` is the whole of it.

Who asks is found out before any route is looked for (`hypervisor.access.gate`); here only the scope is checked.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Protocol

from fastapi import APIRouter, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.security import SecurityScopes

from hypervisor.access.principal import LOCAL, Principal
from hypervisor.problems import Refusal

OPEN = frozenset(
    {"/healthz", "/readyz", "/sign-in", "/sign-out", "/sign-in/provider", "/sign-in/provider/return", "/first"}
)
"""Routes that anybody may ask. `/static` opens its own few files (`hypervisor.access.gate`)."""


class Doorkeeper(Protocol):
    """Finds out who asks."""

    async def principal(self, request: Request) -> Principal:
        """Return who asks.

        Raises:
            Refusal: nobody that is known (`not-authenticated`), or too often (`too-many-requests`).
        """

    async def standing(self, principals: Iterable[Principal]) -> frozenset[str]:
        """Return the credentials of those who would still be let in; event streams of the others end."""


class OpenHouse:
    """Lets everybody in as the machine's owner: for tests that are about something else."""

    async def principal(self, request: Request) -> Principal:
        """Return the owner."""
        return LOCAL

    async def standing(self, principals: Iterable[Principal]) -> frozenset[str]:
        """Return all of them."""
        return frozenset(one.credential for one in principals)


async def _allowed(request: Request, scopes: SecurityScopes) -> Principal:
    principal: Principal = request.scope["principal"]
    for scope in scopes.scopes:
        if not principal.may(scope):
            raise Refusal("not-allowed", f"{principal.actor} has no scope {scope}")
    return principal


def needs(*scopes: str) -> Any:
    """Return the dependency of a route that needs a scope; its value is the `Principal`.

    Without a scope: whoever is known, for what everybody has (their own name, the reference).
    """
    return Security(_allowed, scopes=scopes)


def scopes_of(route: APIRoute) -> frozenset[str] | None:
    """Return the scopes that a route needs; None if it does not say."""
    found = list(_guards(route.dependant))
    return frozenset(scope for one in found for scope in one) if found else None


def check(routers: Iterable[APIRouter]) -> None:
    """Refuse routers with a route that does not say who may use it.

    Raises:
        RuntimeError: with the first such route.
    """
    for router in routers:
        for route in router.routes:
            if not isinstance(route, APIRoute):
                raise RuntimeError(f"{route}: only routes that say which scope they need are let in")
            if route.path not in OPEN and scopes_of(route) is None:
                raise RuntimeError(f"{route.path}: says neither which scope it needs nor that it is open")


def _guards(dependant: Dependant) -> Iterator[list[str]]:
    if dependant.call is _allowed:
        yield list(dependant.own_oauth_scopes or ())
    for inner in dependant.dependencies:
        yield from _guards(inner)
