"""What the hypervisor knows of itself, as formulas read it: events, durations, numbers."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

Named = Mapping[str, str]


class Duration(NamedTuple):
    """How long something took."""

    began_s: float  # seconds since the epoch
    hours: float
    ended: bool  # False: it lasted so long at least


class Facts(Protocol):
    """Reads facts (`sources.FACTS`) of one scope and period. Every method may raise `NotComputable`."""

    async def events(self, name: str, named: Named) -> Sequence[float]:
        """Return when something happened, seconds since the epoch."""

    async def times(self, name: str, named: Named) -> Sequence[Duration]:
        """Return how long what began in the period took, followed to its end at most."""

    async def number(self, name: str, named: Named) -> float:
        """Return a number."""
