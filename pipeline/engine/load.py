"""One second of a worker's life in figures: what `Overload` decides by, and what the supervisor places by."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.engine import cpu, steps
from pipeline.engine.throttle import Spent


@dataclass(frozen=True, slots=True)
class CameraLoad:
    """A camera's part of a worker's load; rates and costs are per second."""

    id: str
    priority: int
    step: int
    last_step: int  # as far as it can be reduced
    fps: float  # looks a second when nothing is shed
    cost: float  # CPU seconds a second
    base: float  # of these, what is not spent on looks: decoding, tracking, telling
    look_s: float  # CPU seconds a look with the usual input
    due: float  # looks a second that were asked for
    missed: float  # of these, how many were not made


@dataclass(frozen=True, slots=True)
class WorkerLoad:
    """What a worker did in a span that ends at `time_s` (a clock that never goes back)."""

    time_s: float
    cpu: float  # CPU seconds a second, the whole process
    waited: float  # seconds a second that threads were ready and had no core, all together
    cameras: tuple[CameraLoad, ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """What a meter is told of a camera."""

    priority: int
    step: int
    last_step: int
    fps: float
    spent: Spent
    dropped: int


class LoadMeter:
    """Turn what was spent so far into rates, from one call to the next.

    What no camera's threads spent (delivery to Redis, reports, the interpreter's own) is shared evenly.
    """

    def __init__(self, tasks: Path = cpu.TASKS) -> None:
        self._tasks = tasks
        self._time_s: float | None = None
        self._cpu_s = 0.0
        self._waited: dict[str, float] = {}
        self._before: dict[str, tuple[Spent, int]] = {}
        self._look_s: dict[str, float] = {}

    def measure(self, now_s: float, cameras: dict[str, Watched]) -> WorkerLoad | None:
        """Return the load since the last call; None at the first, or if no time has passed."""
        cpu_s, waited = cpu.cpu_s(), dict(cpu.waited_s(self._tasks))
        span_s = now_s - self._time_s if self._time_s is not None else 0.0
        used_s, waited_s = cpu_s - self._cpu_s, _rise(self._waited, waited)
        self._time_s, self._cpu_s, self._waited = now_s, cpu_s, waited
        before, self._before = self._before, {one: (it.spent, it.dropped) for one, it in cameras.items()}
        self._look_s = {one: self._look_s.get(one, 0.0) for one in cameras}
        if span_s <= 0:
            return None
        known = {one: it for one, it in cameras.items() if one in before}
        own = {one: max(0.0, it.spent.cpu_s - before[one][0].cpu_s) for one, it in known.items()}
        shared_s = max(0.0, used_s - sum(own.values())) / len(known) if known else 0.0
        loads = tuple(
            self._camera(one, it, before[one], (own[one] + shared_s) / span_s, span_s) for one, it in known.items()
        )
        return WorkerLoad(now_s, used_s / span_s, waited_s / span_s, loads)

    def _camera(self, one: str, now: Watched, before: tuple[Spent, int], cost: float, span_s: float) -> CameraLoad:
        looks = now.spent.looks - before[0].looks
        detect_s = now.spent.detect_s - before[0].detect_s
        if looks > 0 and now.step < steps.SMALL:
            fresh_s = detect_s / looks
            self._look_s[one] = fresh_s if not self._look_s[one] else 0.7 * self._look_s[one] + 0.3 * fresh_s
        # Live cameras ask for a look and drop it later; recordings count what they drop as asked for, too.
        return CameraLoad(
            id=one,
            priority=now.priority,
            step=now.step,
            last_step=now.last_step,
            fps=now.fps,
            cost=cost,
            base=max(0.0, cost - max(0.0, detect_s) / span_s),
            look_s=self._look_s[one],
            due=max(0, now.spent.due - before[0].due) / span_s,
            missed=max(0, now.dropped - before[1]) / span_s,
        )


def _rise(before: dict[str, float], now: dict[str, float]) -> float:
    return sum(max(0.0, value - before.get(thread, value)) for thread, value in now.items())
