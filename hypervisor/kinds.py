"""The kinds of messages on the bus, and which scope opens what. Observations' kinds are `pipeline.observation.Kind`."""

from typing import Literal, get_args

MessageKind = Literal[
    "alert.opened", "alert.updated", "alert.closed",
    "case.opened", "case.updated", "case.acknowledged", "case.assigned", "case.commented", "case.shared",
    "case.handed_over", "case.resolved", "case.reopened",
    "sensor.value",
    "indicator.reckoned",
    "subscription.disabled", "subscription.test",
]  # fmt: skip
MESSAGE_KINDS: tuple[str, ...] = get_args(MessageKind)

SCOPES_OF = {"alert": "alerts:read", "case": "cases:read", "sensor": "sensors:read", "subscription": ""}
"""First word of a kind → scope that opens it, empty: none is needed; observations need `flows:read`."""


def covers(name: str, asked: str) -> bool:
    """Tell whether a kind is the one that was asked for, or one below it."""
    return name == asked or name.startswith(f"{asked}.")


def scope_of(kind: str) -> str:
    """Return the scope that opens a kind; empty: none is needed."""
    return SCOPES_OF.get(kind.partition(".")[0], "flows:read")
