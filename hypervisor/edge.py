"""What every request passes: the Host check, the security headers, the prefix, and the clock of the request."""

import logging
from collections.abc import Callable
from time import perf_counter

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hypervisor.body_bound import BodyBound, TooLarge
from hypervisor.problems import Refusal, answer_of, problem
from hypervisor.settings import Settings

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_log = logging.getLogger(__name__)

Observe = Callable[[str, str, int, float], None]
"""Called with method, route template, status and seconds until the answer began."""


class Edge:
    """ASGI middleware around the whole application."""

    def __init__(self, app: ASGIApp, settings: Settings, observe: Observe) -> None:
        self._app = app
        self._allowed = frozenset(host.lower() for host in settings.allowed_hosts)
        self._root_path = settings.root_path
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        if self._root_path:  # whether or not the proxy takes the prefix off, routing does
            scope["root_path"] = self._root_path

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                route = getattr(scope.get("route"), "path", "unmatched")
                self._observe(_method(scope), route, message["status"], perf_counter() - began)
            await send(message)

        host = _host(Headers(scope=scope).get("host", ""))
        if host in self._allowed:
            await self._bounded(scope, BodyBound(scope, receive, send_with_headers))
            return
        # A foreign page can make its own name point here; its scripts then send that name (DNS rebinding).
        refusal = Refusal("unknown-host", f"{host!r} is not served here; expected {', '.join(sorted(self._allowed))}")
        answer = problem(scope["path"], refusal)
        await answer(scope, receive, send_with_headers)

    async def _bounded(self, scope: Scope, body: BodyBound) -> None:
        if body.exceeded:
            await body.refuse()
            return
        try:
            await self._app(scope, body.receive, body.send)
        except TooLarge:
            await body.refuse()


async def internal_error(request: Request, error: Exception) -> Response:
    """Answer for a fault of ours. It is called outside of all middleware, so it adds the headers itself."""
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    refusal = Refusal("internal-error", "the request could not be answered; the log has the reason")
    return answer_of(request, refusal, dict(SECURITY_HEADERS))


def _host(header: str) -> str:
    """Return the name in a Host header, without the port."""
    name, colon, port = header.lower().rpartition(":")
    return name if colon and port.isdigit() else header.lower()


def _method(scope: Scope) -> str:
    """Return the method, or OTHER for an invented one: labels stay few."""
    known = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    return scope["method"] if scope["method"] in known else "OTHER"
