"""Queue in a zone: how many stand or creep there (`queue`, objects), and how long each one did (`wait`, seconds).

Definition: an object joins the queue once it has been slower than `SLOW` for `JOIN_S`, and leaves it with the zone or
once it has been faster than `MOVING` for `LEAVE_S`: whoever moves up by a step stays in it. Slowness is the way made in
the last second or so, on the ground (m/s) or, without a calibration, in heights of its box a second.
Wait: from the start of its slowness to its end, all times of one stay together; told when the stay ends.
Limits: the queue is known `JOIN_S` late; a track that is lost and found under another id waits anew; who stands for
another reason queues too, so the zone should hold the queue only; looks more than `REST_S` apart measure no queue.
Source: two thresholds as in the queue counters of traffic simulation (PTV Vissim: 5 and 10 km/h, of vehicles); lower
here, because people creep.
"""

import math
from collections import Counter, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from pipeline.analyzers.by_stay import ByStay
from pipeline.analyzers.zone import Look, Stay
from pipeline.config import ZoneConfig
from pipeline.events import Level, Sampled
from pipeline.ground import Ground

SLOW = 0.4
MOVING = 0.6
"""Both m/s, or heights of the object's box a second."""

JOIN_S = 3.0
LEAVE_S = 1.0
WINDOW_S = 1.0
"""The way made in a shorter time is mostly the jitter of the box."""

REST_S = 5.0
"""Who was not seen for longer may have been anywhere."""


class _Sample(NamedTuple):
    time_s: float
    x: float
    y: float
    height: float  # of the box; 1 where x and y are metres


@dataclass(slots=True)
class _State:
    """What is known of one object."""

    samples: deque[_Sample] = field(default_factory=deque)  # the last window
    slow_since_s: float | None = None
    fast_since_s: float | None = None  # of one in the queue
    queues: bool = False
    waited_s: float = 0.0  # before now

    def wait_s(self, end_s: float) -> float:
        """Return how long it queued in all, up to a moment."""
        if not self.queues or self.slow_since_s is None:
            return self.waited_s
        return self.waited_s + (end_s if self.fast_since_s is None else self.fast_since_s) - self.slow_since_s


class QueueMeasure:
    """Tell how many queue, and how long each one did."""

    def __init__(self, zone: ZoneConfig, ground: Ground | None) -> None:
        self._zone = zone
        self._ground = ground
        self._states: ByStay[_State] = ByStay()
        self._counts: Counter[str] = Counter()

    def look(self, look: Look) -> Iterable[Level | Sampled]:
        """Return how many queued since the last look, and the waits that ended."""
        if look.span_s is not None:
            for name in self._zone.classes:
                yield Level("queue", self._zone.id, name, *look.span_s, self._counts[name])
        for stay, state in list(self._states.seen(look)):
            if state is None:
                state = _State()
                self._states.keep(stay, state)
            _see(state, self._sample(stay, look))
        for stay, state in self._states.end(look):
            wait_s = state.wait_s(stay.end_s)
            if wait_s > 0:
                yield Sampled("wait", self._zone.id, stay.class_name, stay.end_s, wait_s)
        queueing = [stay for stay in look.inside if (state := self._states.of(stay)) is not None and state.queues]
        self._counts = Counter(stay.class_name for stay in queueing)

    def _sample(self, stay: Stay, look: Look) -> _Sample:
        if self._ground is None:
            return _Sample(look.time_s, *stay.foot, stay.height)
        x_m, y_m = self._ground.metres(np.array([stay.foot]), look.size)[0].tolist()
        return _Sample(look.time_s, x_m, y_m, 1.0)


def _see(state: _State, sample: _Sample) -> None:
    """Take where an object is now."""
    samples = state.samples
    if samples and not 0 <= sample.time_s - samples[-1].time_s <= REST_S:
        samples.clear()
        state.slow_since_s = state.slow_since_s if state.queues else None
    samples.append(sample)
    while len(samples) > 2 and samples[1].time_s <= sample.time_s - WINDOW_S:
        samples.popleft()
    before = samples[0]
    if sample.time_s - before.time_s >= WINDOW_S:
        way = math.hypot(sample.x - before.x, sample.y - before.y) / ((sample.height + before.height) / 2)
        _judge(state, way / (sample.time_s - before.time_s), before.time_s, sample.time_s)


def _judge(state: _State, speed: float, before_s: float, now_s: float) -> None:
    """Take how fast an object was between two moments."""
    if not state.queues:
        if not speed < SLOW:
            state.slow_since_s = None
            return
        state.slow_since_s = before_s if state.slow_since_s is None else state.slow_since_s
        state.queues = now_s - state.slow_since_s >= JOIN_S
    elif speed < MOVING:
        state.fast_since_s = None
    else:
        state.fast_since_s = before_s if state.fast_since_s is None else state.fast_since_s
        if now_s - state.fast_since_s >= LEAVE_S + WINDOW_S:
            state.waited_s = state.wait_s(now_s)
            state.queues, state.slow_since_s, state.fast_since_s = False, None, None
