"""The town hall: services with keys, who act through the hypervisor's API at the moments of the simulation."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from hypervisor.access.directory import Directory, NewKey
from hypervisor.access.kept import Grants, Service
from hypervisor.access.principal import LOCAL
from pipeline.errors import Failed

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[Any], Awaitable[None]]
Asgi = Callable[[Any, Receive, Send], Awaitable[None]]
"""The application, as a server calls it."""

SERVICES: Mapping[str, str] = {"cleanliness": "Propreté", "mobility": "Mobilité", "environment": "Environnement"}
SCOPES = frozenset({"alerts:read", "rules:write", "cases:read", "cases:write", "sensors:read", "sensors:write"})


@dataclass(slots=True)
class Moment:
    """The simulation's clock."""

    now_s: float

    def __call__(self) -> float:
        """Return what time it is."""
        return self.now_s


@dataclass(slots=True)
class Hall:
    """Asks the API, in this process, as services do over the network."""

    app: Asgi
    keys: dict[str, str] = field(default_factory=dict)  # service → key

    async def open(self, directory: Directory) -> None:
        """Make the services, and a key of each."""
        for service, name in SERVICES.items():
            await directory.keep_service(LOCAL, service, Service(name=name))
            wanted = NewKey(service, "office", Grants(scopes=SCOPES))
            self.keys[service] = str((await directory.create_key(LOCAL, wanted))[1])

    async def asked(
        self, service: str, method: str, path: str, body: object = None, version: str = ""
    ) -> dict[str, Any]:
        """Return the answer.

        Raises:
            Failed: if it is refused.
        """
        sent = b"" if body is None else json.dumps(body).encode()
        headers = {"host": "127.0.0.1", "authorization": f"Bearer {self.keys[service]}"}
        headers |= {"content-type": "application/json", "content-length": str(len(sent))} if sent else {}
        headers |= {"if-match": version} if version else {}
        target, _, query = path.partition("?")
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": target,
            "raw_path": target.encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        status, parts = 0, list[bytes]()

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": sent, "more_body": False}

        async def send(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            parts.append(message.get("body", b""))

        await self.app(scope, receive, send)
        answer: dict[str, Any] = json.loads(b"".join(parts) or b"{}")
        if status >= 400:
            raise Failed(f"simulated city: {service}: {method} {path}: {status} {answer.get('detail', answer)}")
        return answer


def office_s(chance: Random, at_s: float, hour: int, median_h: float) -> float:
    """Return when somebody gets to something: within hours of its coming by day, in the morning if it came at night."""
    waited_s = median_h * 3600 * chance.lognormvariate(0.0, 0.7)
    if 7 <= hour < 18:
        return at_s + waited_s
    return at_s + ((7 - hour) % 24) * 3600 + 0.3 * waited_s
