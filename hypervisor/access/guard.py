"""What a route needs: `Annotated[Principal, needs("rules:write")]` is the whole of it."""

from typing import Any, Protocol

from fastapi import Request, Security
from fastapi.security import SecurityScopes

from hypervisor.access.principal import LOCAL, Principal
from hypervisor.problems import Refusal


class Doorkeeper(Protocol):
    """Finds out who asks."""

    async def principal(self, request: Request) -> Principal:
        """Return who asks.

        Raises:
            Refusal: nobody that is known (`not-authenticated`), or too often (`too-many-requests`).
        """


class OpenHouse:
    """Lets everybody in as the machine's owner: for tests that are about something else."""

    async def principal(self, request: Request) -> Principal:
        """Return the owner."""
        return LOCAL


async def _allowed(request: Request, scopes: SecurityScopes) -> Principal:
    doorkeeper: Doorkeeper = request.app.state.context.doorkeeper
    principal = await doorkeeper.principal(request)
    for scope in scopes.scopes:
        if not principal.may(scope):
            raise Refusal("not-allowed", f"{principal.actor} has no scope {scope}")
    return principal


def needs(scope: str) -> Any:
    """Return the dependency of a route that needs a scope; its value is the `Principal`."""
    return Security(_allowed, scopes=[scope])
