"""What was watched: the time covered and the looks made, so that an empty street differs from a blind camera.

Definition: the span between two looks is covered if it is no longer than `longest_gap_s`. Expected looks are the
span divided by the interval that was asked for. Limit: what a camera missed between two looks is not known.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from models.detections import DetectorStatus
from pipeline.events import Observed
from pipeline.tracks import Tracks


def longest_gap_s(interval_s: float) -> float:
    """Return how far apart two looks may be for the time between them to count as watched."""
    return max(2.0, 3.0 * interval_s)


class Asked(Protocol):
    """How often was to be looked."""

    @property
    def interval_s(self) -> float:
        """Seconds between two looks at most."""

    @property
    def asked_s(self) -> float:
        """Seconds that were asked for before the present look."""


@dataclass(frozen=True, slots=True)
class Every:
    """Looks at one and the same interval."""

    interval_s: float

    @property
    def asked_s(self) -> float:
        """Seconds between two looks."""
        return self.interval_s


class ObservedAnalyzer:
    """Tell which time was watched, and by what."""

    def __init__(self, asked: Asked, status: Callable[[], DetectorStatus]) -> None:
        self._asked = asked
        self._status = status
        self._last_s: float | None = None

    def update(self, tracks: Tracks) -> Iterable[Observed]:
        """Return the span since the last look."""
        status = self._status()
        last_s, self._last_s = self._last_s, tracks.time_s
        gap_s = tracks.time_s - last_s if last_s is not None else 0.0
        watched = 0 < gap_s <= longest_gap_s(max(self._asked.interval_s, self._asked.asked_s))
        start_s = last_s if watched and last_s is not None else tracks.time_s
        expected = max(1, round(gap_s / self._asked.asked_s)) if watched else 1
        yield Observed(start_s, tracks.time_s, expected, 1, status.device, status.model)

    def close(self) -> Iterable[Observed]:
        """Return nothing: the last span ended with the last look."""
        return ()
