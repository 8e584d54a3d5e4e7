"""When a worker cannot keep up: which cameras are reduced, by how much, and when they get it back.

**Too much** is told by looks that were due and not made, while the worker has no core left to make them: more than
`MISSED` of all looks over `WINDOW_S`, and the core taken for `PRESSED` of the time or threads waiting for it. Or by a
core that is taken wholly (`FULL`): decoders that fall behind miss no looks, because the frames come late already.

**Reduced** is the camera of the lowest priority, step by step (`pipeline.engine.steps`); among equals, whoever is
reduced least so far. So all of the lowest priority go through every step before the next one loses anything. As many
steps are taken at once as are needed by what was measured: CPU used, and what the missed looks would have taken. But
nobody is paused before it was seen what the smaller input has left.

**Given back** in reverse order, once all has been well for a while and what comes back is expected to fit below
`ROOM`. After a step that had to be taken again soon, the while is doubled.

Everything is passed in, the time too: `decide` is a function of the loads it was shown.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pipeline.engine import steps
from pipeline.engine.load import CameraLoad, WorkerLoad
from pipeline.observation import ShedWhy

WINDOW_S = 5.0
MISSED = 0.05
PRESSED = 0.85
WAITED = 0.5
PERSISTENT = 0.8
"""Share of the window's seconds that must have been too much: a short peak passes by itself."""

FULL = 0.97
TARGET = 0.85
"""Shedding aims at so much of the core: what varies needs room."""

ROOM = 0.75
CALM_MISSED = 0.01
CALM_S = 15.0
LONGEST_CALM_S = 600.0
RELAPSE_S = 120.0

BEGIN_S = 10.0
"""The first seconds of a camera (models loaded, bursts of frames) say nothing about those to come."""

SMALL_SHARE = 0.35
"""What a look with half the input's sides costs: a quarter of the pixels, and what does not depend on them."""


@dataclass(frozen=True, slots=True)
class Step:
    """A camera goes from one step to another."""

    camera: str
    before: int
    step: int
    why: ShedWhy | None  # None: it is given back, or only planned


class Overload:
    """Decides for one worker; `cores` is how many it may use."""

    def __init__(self, cores: float = 1.0) -> None:
        self._most = self._cores = cores
        self._seen: deque[WorkerLoad] = deque()
        self._calm_since_s: float | None = None
        self._calm_s = CALM_S
        self._given_back_s = float("-inf")
        self._base: dict[str, float] = {}  # of each camera, also while it is paused
        self._begun_s = float("-inf")

    def begin(self, time_s: float) -> None:
        """Note that a camera begins (anew)."""
        self._begun_s = time_s
        self._seen.clear()
        self._calm_since_s = None

    def decide(self, load: WorkerLoad) -> list[Step]:
        """Take the load of another second; return what to change now, most often nothing."""
        if load.time_s - self._begun_s < BEGIN_S or (self._seen and load.time_s <= self._seen[-1].time_s):
            return []
        self._seen.append(load)
        while self._seen[0].time_s <= load.time_s - WINDOW_S:
            self._seen.popleft()
        now = _mean(self._seen)
        self._cores = min(self._most, max(1.0, float(len(now.cameras))))  # one camera cannot use more than one
        self._learn(now.cameras)
        if len(self._seen) < 2 or load.time_s - self._seen[0].time_s < WINDOW_S - 1.5:
            return []
        if sum(self._is_too_much(one) for one in self._seen) >= PERSISTENT * len(self._seen):
            missed, used = round(missed_share(now), 4), round(now.cpu / self._cores, 4)
            why = ShedWhy(code="looks-missed", missed=missed, window_s=WINDOW_S, cpu=used, cores=self._cores)
            return self._reduce(now, why)
        return self._give_back(now)

    def _is_too_much(self, now: WorkerLoad) -> bool:
        """Return whether one second was too much for the worker."""
        share, used = missed_share(now), now.cpu / self._cores
        # A recording that runs as fast as it can takes what is left, by design: that is no trouble.
        fast = sum(one.cost for one in now.cameras if one.last_step == steps.FULL) / self._cores
        held_up = used >= PRESSED or now.waited >= WAITED * self._cores
        return (share > MISSED and held_up) or used - fast >= FULL

    def _reduce(self, now: WorkerLoad, why: ShedWhy) -> list[Step]:
        self._calm_since_s = None
        if now.time_s - self._given_back_s <= RELAPSE_S:
            self._calm_s = min(LONGEST_CALM_S, 2 * self._calm_s)
            self._given_back_s = float("-inf")
        missed = sum(one.missed * look_cost(one, one.step) for one in now.cameras)
        surplus = max(0.05 * self._cores, now.cpu + missed - TARGET * self._cores)
        taken = shed(now.cameras, surplus, why)
        if taken:
            self._seen.clear()  # what comes next is another worker
        return taken

    def _give_back(self, now: WorkerLoad) -> list[Step]:
        if missed_share(now) > CALM_MISSED or now.cpu > ROOM * self._cores:
            self._calm_since_s = None
            return []
        if self._calm_since_s is None:
            self._calm_since_s = now.time_s
        if now.time_s - self._given_back_s > RELAPSE_S and self._given_back_s > float("-inf"):
            self._calm_s, self._given_back_s = CALM_S, float("-inf")
        if now.time_s - self._calm_since_s < self._calm_s:
            return []
        given, room = [], ROOM * self._cores - now.cpu
        for one in sorted(now.cameras, key=lambda c: (-c.priority, -c.step, c.cost, c.id)):
            more = self._cost_of_return(one)
            if one.step > steps.FULL and more <= room:
                given.append(Step(one.id, one.step, one.step - 1, None))
                room -= more
        if given:
            self._calm_since_s, self._given_back_s = None, now.time_s
            self._seen.clear()
        return given

    def _cost_of_return(self, one: CameraLoad) -> float:
        """Return what a camera is expected to cost more, one step back; a paused one as it was before."""
        known = replace(one, base=self._base.get(one.id, one.base), step=one.step - 1)
        return relief(known)

    def _learn(self, cameras: Iterable[CameraLoad]) -> None:
        base = {one.id: one.base if one.step < steps.PAUSED else self._base.get(one.id, one.base) for one in cameras}
        self._base = base


def shed(cameras: Iterable[CameraLoad], surplus: float, why: ShedWhy | None, at_once: bool = False) -> list[Step]:
    """Return the steps, in the order of priority, that together take `surplus` CPU seconds a second away.

    Unless `at_once`, nobody is paused who did not look with the smaller input before, and the next priority waits until
    it is known what that has left: what is measured under overload is not precise enough for more.
    """
    now = {one.id: one for one in cameras}
    begun = {one.id: one.step for one in now.values()}

    def ceiling(one: CameraLoad) -> int:
        return one.last_step if at_once or begun[one.id] >= steps.SMALL else min(one.last_step, steps.SMALL)

    while surplus > 0:
        lowest = min((one.priority for one in now.values() if one.step < one.last_step), default=None)
        open_ones = [one for one in now.values() if one.priority == lowest and one.step < ceiling(one)]
        if not open_ones:
            break
        next_one = min(open_ones, key=lambda one: (one.step, -one.cost, one.id))
        surplus -= relief(next_one)
        now[next_one.id] = replace(next_one, step=next_one.step + 1)
    changed = [one for one in now.values() if one.step != begun[one.id]]
    return [Step(one.id, begun[one.id], one.step, why) for one in changed]


def relief(one: CameraLoad) -> float:
    """Return what the next step of a camera is expected to save, CPU seconds a second."""
    return cost_at(one, one.step) - cost_at(one, one.step + 1)


def cost_at(one: CameraLoad, step: int) -> float:
    """Return what a camera is expected to cost at a step, if it is let do all that is due."""
    if step >= steps.PAUSED:
        return 0.0
    return one.base + steps.rate_at(step, one.fps) * look_cost(one, step)


def look_cost(one: CameraLoad, step: int) -> float:
    """Return the CPU seconds of a look at a step."""
    return one.look_s * (SMALL_SHARE if step == steps.SMALL else 1.0)


def missed_share(load: WorkerLoad) -> float:
    """Return the share of all looks that were due and not made."""
    due = sum(one.due for one in load.cameras)
    return min(1.0, sum(one.missed for one in load.cameras) / due) if due > 0 else 0.0


def _mean(seen: Iterable[WorkerLoad]) -> WorkerLoad:
    """Return the loads of a window as one; cameras are those of the latest."""
    loads = list(seen)
    latest, n = loads[-1], len(loads)
    sums: dict[str, list[CameraLoad]] = {one.id: [] for one in latest.cameras}
    for load in loads:
        for one in load.cameras:
            if one.id in sums:
                sums[one.id].append(one)
    cameras = []
    for one in latest.cameras:
        rows = sums[one.id]
        cost, base, due, missed = (
            sum(getattr(row, name) for row in rows) / len(rows) for name in ("cost", "base", "due", "missed")
        )
        cameras.append(replace(one, cost=cost, base=base, due=due, missed=missed))
    cpu, waited = sum(load.cpu for load in loads) / n, sum(load.waited for load in loads) / n
    return WorkerLoad(latest.time_s, cpu, waited, tuple(cameras))
