"""The gate between analyzers and figures: what was seen while the camera was not well never becomes one.

What began before a look at the picture that found it well passes at once: trouble that comes to light later begins no
sooner than at that look. The rest waits for the next one (half a second), and as long as something seems wrong
(seconds). Then it passes, or everything since the last good look is left out, and that time is `Suspended`.
"""

from collections import deque
from collections.abc import Callable
from typing import assert_never

from pipeline.events import (
    Counted,
    Crossing,
    Deposit,
    Dwell,
    Event,
    Level,
    Observed,
    Occupancy,
    Presence,
    Sampled,
    Suspended,
    ZoneWatch,
)
from pipeline.sanity.watch import Verdict

MOST_HELD = 50_000
"""Events that wait at most; beyond, those of the oldest look pass."""


class Gate:
    """Hands events on while a camera is well; `verdict` is what is known of its picture now."""

    def __init__(self, verdict: Callable[[], Verdict], emit: Callable[[Event], None]) -> None:
        self._verdict, self._emit = verdict, emit
        self._held: deque[Event] = deque()
        self._looked_s = float("-inf")  # of the verdict under which the oldest held event came

    def __call__(self, event: Event) -> None:
        """Take one event."""
        verdict = self._verdict()
        content = verdict.condition == "ok" and verdict.suspected_s is None
        if verdict.condition != "ok" or (content and verdict.looked_s != self._looked_s):
            self._release(verdict)
        self._looked_s = verdict.looked_s
        self._held.append(event)
        while content and self._held and _is_vouched_for(self._held[0], verdict.looked_s):
            self._pass(self._held.popleft(), verdict)
        if len(self._held) > MOST_HELD:
            self._emit(self._held.popleft())

    def close(self) -> None:
        """Let go of what waits: nothing was found wrong with it, or not for long enough."""
        self._release(self._verdict())

    def _release(self, verdict: Verdict) -> None:
        """Hand on what may pass under this verdict."""
        while self._held:
            self._pass(self._held.popleft(), verdict)

    def _pass(self, event: Event, verdict: Verdict) -> None:
        told = passed(event, verdict)
        if told is not None:
            self._emit(told)


def _is_vouched_for(event: Event, good_s: float) -> bool:
    """Return whether a good look at `good_s` is enough: no trouble that is still unknown can have begun before."""
    return isinstance(event, Deposit | ZoneWatch) or began(event) < good_s


def passed(event: Event, verdict: Verdict) -> Event | None:
    """Return what becomes of an event: itself, time suspended, or nothing."""
    if isinstance(event, Deposit | ZoneWatch):  # their own watch holds still while the camera is not well
        return event
    began_s = began(event)
    well = began_s >= verdict.since_s if verdict.condition == "ok" else began_s < verdict.since_s
    if well:
        return event
    return Suspended(event.start_s, event.end_s, event.processed) if isinstance(event, Observed) else None


def began(event: Event) -> float:
    """Return the earliest moment that an event speaks of."""
    match event:
        case Crossing() | Counted() | Sampled() | Deposit() | ZoneWatch():
            return event.time_s
        case Dwell():
            return event.time_s - event.duration_s
        case Occupancy() | Observed() | Level() | Suspended() | Presence():
            return event.start_s
        case _:
            assert_never(event)
