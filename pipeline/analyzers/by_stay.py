"""What a zone's measure keeps for each object in the zone, for as long as it may come back to it."""

from collections.abc import Iterator
from typing import Generic, TypeVar

from pipeline.analyzers.zone import Look, Stay

FORGET_S = 30.0
"""An object that left the zone otherwise than by ending a stay (its class changed) is forgotten after this."""

State = TypeVar("State")


class ByStay(Generic[State]):
    """One value for each object in a zone."""

    def __init__(self) -> None:
        self._states: dict[int, State] = {}
        self._seen_s: dict[int, float] = {}
        self._size: tuple[int, int] | None = None

    def seen(self, look: Look) -> Iterator[tuple[Stay, State | None]]:
        """Yield who is seen inside in this look, with the value kept, if any; all goes where the picture changes."""
        if look.size != self._size:
            self._size = look.size
            self._states.clear()
            self._seen_s.clear()
        for stay in look.inside:
            self._seen_s[stay.track_id] = look.time_s
            if stay.seen_s == look.time_s:
                yield stay, self._states.get(stay.track_id)

    def keep(self, stay: Stay, state: State) -> None:
        """Keep a value."""
        self._states[stay.track_id] = state

    def of(self, stay: Stay) -> State | None:
        """Return the value kept for a stay."""
        return self._states.get(stay.track_id)

    def end(self, look: Look) -> Iterator[tuple[Stay, State]]:
        """Yield the stays that ended with the value kept, and forget it."""
        for stay in look.ended:
            state = self._states.pop(stay.track_id, None)
            self._seen_s.pop(stay.track_id, None)
            if state is not None:
                yield stay, state
        for track_id in [one for one, seen_s in self._seen_s.items() if seen_s < look.time_s - FORGET_S]:
            del self._seen_s[track_id]
            self._states.pop(track_id, None)
