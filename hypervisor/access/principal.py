"""Who asks, and what that one may do. Routes say what they need; nothing is open that does not say so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SCOPES: Mapping[str, str] = {
    "flows:read": "cameras, series, events, streams, cleanliness figures",
    "evidence:read": "pictures of cameras and deposits, where the camera's purpose allows them",
    "alerts:read": "alerts and their rules",
    "rules:write": "make and change rules",
    "cases:read": "cases of the own service, and those shared with it",
    "cases:write": "acknowledge, assign, comment, share, hand over, resolve cases",
    "places:write": "make and change places",
    "subscriptions:read": "subscriptions, their deliveries and dead letters",
    "subscriptions:write": "make, change, test, pause, replay subscriptions",
    "sensors:read": "sensors and their values",
    "sensors:write": "register sensors and send values",
    "exports:read": "open data exports",
    "decisions:write": "protocols of experiments; what becomes of recommendations",
    "config:write": "the cameras' configuration, and stills without people to draw it on",
    "metrics:read": "the metrics of the service",
    "audit:read": "the audit log",
    "admin": "services, members and keys; everything above, of all services",
}
"""Scope → what it opens. `admin` includes all others."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: a service's key, a member who signed in, or the machine's owner at the command line."""

    kind: Literal["key", "member", "local"]
    id: str
    service: str | None  # None: of no single service (admin at the command line)
    scopes: frozenset[str]
    cameras: frozenset[str] | None = None  # None: all
    kinds: frozenset[str] | None = None  # None: all
    names: Mapping[str, str] = field(default_factory=dict)  # for people: how it is called
    credential: str = ""  # what it showed: "keys/<id>" or "sessions/<id>"; while that stands, so do its streams

    @property
    def actor(self) -> str:
        """Return how the audit log calls it."""
        return f"{self.kind}:{self.id}"

    def may(self, scope: str) -> bool:
        """Tell whether a scope is granted."""
        return scope in self.scopes or "admin" in self.scopes

    def sees(self, camera: str) -> bool:
        """Tell whether a camera's figures may be shown."""
        return self.cameras is None or camera in self.cameras

    def hears(self, kind: str) -> bool:
        """Tell whether events of a kind may be shown; a grant of `alert` covers `alert.opened`."""
        return self.kinds is None or any(kind == one or kind.startswith(f"{one}.") for one in self.kinds)

    def belongs(self, service: str) -> bool:
        """Tell whether something of a service is this one's own."""
        return "admin" in self.scopes or service == self.service


LOCAL = Principal("local", "local", None, frozenset({"admin"}))
"""The machine's owner: the command line, and tests that are about something else."""
