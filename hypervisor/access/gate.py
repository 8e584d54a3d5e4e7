"""Nobody gets past here unknown: who asks is found out before any route, file or fault of a request is looked at.

So a path that does not exist, a body that is malformed and a page look the same to a stranger: `not-authenticated`.
"""

from ipaddress import ip_address
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hypervisor.access.counter import Counter
from hypervisor.access.guard import OPEN, Doorkeeper
from hypervisor.access.porter import TICKET
from hypervisor.access.principal import Principal
from hypervisor.problems import Refusal, answer_of
from hypervisor.store.values import StoreAway

OPEN_FILES = frozenset({"/static/base.css", "/static/sign_in.css", "/static/parvis.svg"})
"""What the sign-in page is made of."""

PROGRAMS = ("/v1/", "/ngsi-ld/", "/healthz/", "/readyz/", "/metrics/", "/openapi.json/")
"""What is for programs: there a browser is answered as they are."""

FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")
NEIGHBOUR = Principal("local", "loopback", None, frozenset({"metrics:read"}))
"""A program on this machine that scrapes the metrics."""


class Gate:
    """ASGI middleware around routing. Sets `scope["principal"]`; None only on routes that are open."""

    def __init__(self, app: ASGIApp, doorkeeper: Doorkeeper, counter: Counter, metrics_on_loopback: bool) -> None:
        self._app = app
        self._doorkeeper = doorkeeper
        self._counter = counter
        self._metrics_on_loopback = metrics_on_loopback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # there are no websockets, and none comes in by chance
            await send({"type": "websocket.close", "code": 1008})
            return
        request, path, taken = Request(scope), route_path(scope), None

        async def send_with_limits(message: Message) -> None:
            if taken is not None and message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(self._counter.headers(taken))
            await send(message)

        try:
            principal = await self._asks(request, path)
            if principal is not None:
                taken = await self._counter.counted(principal, request.client.host if request.client else "")
            if taken is not None and not taken.allowed:
                raise Refusal("too-many-requests", self._counter.too_many(taken))
        except (Refusal, StoreAway) as error:
            await self._refused(request, path, error)(scope, receive, send_with_limits)
            return
        scope["principal"] = principal
        _forget_ticket(scope)
        await self._app(scope, receive, send_with_limits)

    async def _asks(self, request: Request, path: str) -> Principal | None:
        if path in OPEN or path in OPEN_FILES:
            return await self._maybe(request)
        if path == "/metrics" and self._metrics_on_loopback and _is_neighbour(request):
            return NEIGHBOUR
        return await self._doorkeeper.principal(request)

    async def _maybe(self, request: Request) -> Principal | None:
        """Return who asks for what is open to all; a stranger is nobody."""
        try:
            return await self._doorkeeper.principal(request)
        except (Refusal, StoreAway):
            return None

    def _refused(self, request: Request, path: str, error: Refusal | StoreAway) -> Response:
        if isinstance(error, StoreAway):
            return answer_of(request, Refusal("redis-away", str(error)))
        if error.slug == "not-authenticated" and _is_a_person(request):
            asked = f"{path}?{request.url.query}" if request.url.query else path
            root = request.scope.get("root_path", "")
            return RedirectResponse(f"{root}/sign-in?next={quote(asked, safe='/')}", 303)
        return answer_of(request, error)


def route_path(scope: Scope) -> str:
    """Return the path without the prefix under which a proxy serves us, whether or not the proxy has taken it off."""
    path, root = str(scope["path"]), str(scope.get("root_path", ""))
    return path[len(root) :] if root and path.startswith(f"{root}/") else path


def _is_neighbour(request: Request) -> bool:
    """Tell whether a request comes from this machine, and not through a proxy on it."""
    host = request.client.host if request.client else ""
    try:
        near = ip_address(host).is_loopback
    except ValueError:
        return False
    named = ("authorization", *FORWARDED)
    return near and not any(name in request.headers for name in named)


def asks_for_a_page(request: Request) -> bool:
    """Tell whether a person's browser asks for a page of ours, rather than for something of the API."""
    return _is_a_person(request) and not f"{route_path(request.scope)}/".startswith(PROGRAMS)


def _is_a_person(request: Request) -> bool:
    """Tell whether a browser asks for a page: it is led to the sign-in page."""
    reads = "text/html" in request.headers.get("accept", "")
    return reads and request.method in ("GET", "HEAD") and "authorization" not in request.headers


def _forget_ticket(scope: Scope) -> None:
    """Take a ticket out of the query: no route, no log and no link can repeat it."""
    query = scope["query_string"].decode("latin-1")
    if f"{TICKET}=" in query:
        kept = [(name, value) for name, value in parse_qsl(query, keep_blank_values=True) if name != TICKET]
        scope["query_string"] = urlencode(kept).encode("latin-1")
