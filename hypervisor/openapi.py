"""The OpenAPI document: what FastAPI makes, with the problem form and the event forms in it."""

from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel

from hypervisor.access.guard import scopes_of
from hypervisor.access.idempotency import HEADER
from hypervisor.access.porter import COOKIE, TICKET
from hypervisor.problems import FieldProblem, Problem, responses
from hypervisor.sensors.notifications import Notification
from hypervisor.wire import Camera, CrossingTotal, Event, SealedBucket, SeriesPage, StreamGap

ADDED: tuple[type[BaseModel], ...] = (
    *(Problem, FieldProblem, Event, SealedBucket, CrossingTotal, StreamGap),
    Notification,
)
"""Forms that FastAPI does not find at a route: errors, what is sent as an event, bodies that routes read themselves."""
WITH_EXAMPLES: tuple[type[BaseModel], ...] = (Camera, SeriesPage)
SCHEMES: dict[str, Any] = {
    "key": {"type": "http", "scheme": "bearer", "description": "an API key of a service: `parvis_<id>_<secret>`"},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "of a member who has signed in"},
    "ticket": {"type": "apiKey", "in": "query", "name": TICKET, "description": "of `/v1/tickets`, for one stream"},
}
IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "the same for each repeat of a request: it is done once, and answered again for 24 hours",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!#-~]+$"},
}
TEMPLATE = "#/components/schemas/{model}"


_making = Lock()  # requests are checked against it on several threads, and the first ones may come together
_made: dict[int, tuple[tuple[APIRouter, ...], dict[str, Any]]] = {}
"""Identity of the routers → they themselves (so that it stays theirs), and the document of all their applications."""


def complete(app: FastAPI, routers: tuple[APIRouter, ...]) -> None:
    """Make `app.openapi()` return the complete document. `routers` are all there are, and say which scopes routes need.

    The document follows from the routers alone. It takes most of a second, so it is made once a process.
    """
    made_by_fastapi = app.openapi

    def openapi() -> dict[str, Any]:
        with _making:
            if id(routers) not in _made:
                document = made_by_fastapi()
                _add_forms(document)
                _add_rights(document, _rights(routers))
                _say_plainly(document)
                _made[id(routers)] = (routers, document)
            app.openapi_schema = _made[id(routers)][1]
            return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the documented way to extend it


def _rights(routers: Iterable[APIRouter]) -> dict[tuple[str, str], frozenset[str] | None]:
    """Return what each operation needs, by path and method."""
    return {
        (route.path, method.lower()): scopes_of(route)
        for router in routers
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in route.methods or ()
    }


def _add_rights(document: dict[str, Any], rights: Mapping[tuple[str, str], frozenset[str] | None]) -> None:
    """Say of each operation which scopes it needs, and what it answers to those who lack them."""
    document["components"]["securitySchemes"] = SCHEMES
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            _add_headers(operation, method)
            _add_answers(operation, *(["body-too-large"] if "requestBody" in operation else []))
            scopes = rights[(path, method)]
            if scopes is None:
                operation["security"] = []
            else:
                _add_security(operation, method, sorted(scopes), path.endswith("/stream"))


def _add_headers(operation: dict[str, Any], method: str) -> None:
    for parameter in operation.get("parameters", []):  # without it a change is refused: see `match-required`
        if parameter["name"] == "If-Match" and "428" in operation["responses"]:
            parameter["required"] = True
    if method == "post":
        operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)


def _add_security(operation: dict[str, Any], method: str, scopes: list[str], by_ticket: bool) -> None:
    ways = ["key", "session", *(["ticket"] if by_ticket else [])]
    operation["security"] = [{way: scopes} for way in ways]
    needed = " and ".join(f"`{scope}`" for scope in scopes)
    told = f"Needs {needed}." if scopes else "For everybody who is known."
    operation["description"] = f"{operation.get('description', '').rstrip()} {told}".strip()
    _add_answers(operation, "not-authenticated", "redis-away", "too-many-requests")
    if scopes or method not in ("get", "head"):
        _add_answers(operation, "not-allowed")
    if method == "post":
        _add_answers(operation, "state-conflict")


def _say_plainly(part: Any) -> None:
    """Write pairs of numbers as lists of two: many readers of OpenAPI know no `prefixItems`."""
    if isinstance(part, dict):
        items = part.get("prefixItems")
        if items and all(one == items[0] for one in items):
            del part["prefixItems"]
            part["items"] = items[0]
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _say_plainly(inner)


def _add_answers(operation: dict[str, Any], *slugs: str) -> None:
    for slug in slugs:
        ((status, told),) = responses(slug).items()
        known = operation["responses"].setdefault(str(status), told)
        if f"`{slug}`" not in known["description"]:
            known["description"] += f"; {told['description']}"


def _add_forms(document: dict[str, Any]) -> None:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for model in ADDED:
        schema = model.model_json_schema(ref_template=TEMPLATE, mode="serialization")
        schemas |= schema.pop("$defs", {})
        schemas[model.__name__] = schema
    for model in WITH_EXAMPLES:  # FastAPI leaves out what is null
        schemas[model.__name__]["examples"] = model.model_json_schema()["examples"]
