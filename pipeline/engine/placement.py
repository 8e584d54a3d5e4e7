"""Which worker watches which camera: by what each costs, in CPU seconds a second. Pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

BUSY = 0.7
"""Below it a worker has room enough, and nothing is moved: a move costs its camera a connection and its tracks."""

GAIN = 0.1
"""A move must bring the busiest worker down by so much, CPU seconds a second."""

DECODE_S_PER_MPX = 0.0025
LOOK_S = 0.02
GUESSED_SIZE, GUESSED_FPS = (1920, 1080), 25.0
"""First guesses, replaced by what is measured seconds later: only their order matters, so big cameras spread out."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A camera as placement sees it."""

    id: str
    cost: float  # CPU seconds a second, as if nothing were shed
    priority: int = 5
    movable: bool = True  # a recording that ends would begin again elsewhere


@dataclass(frozen=True, slots=True)
class Move:
    """One camera goes from one worker to another."""

    camera: str
    source: int
    target: int


def guessed_cost(size: tuple[int, int] | None, fps: float | None, looks_per_s: float) -> float:
    """Return what a camera may cost before it is measured: pixels × rate, and its looks."""
    width, height = size or GUESSED_SIZE
    return width * height / 1e6 * (fps or GUESSED_FPS) * DECODE_S_PER_MPX + looks_per_s * LOOK_S


def place(cameras: Sequence[Placed], workers: int) -> list[list[str]]:
    """Return the cameras of each worker: the costliest first, each to the worker with the least so far.

    Priorities are placed one after the other, highest first. So each worker holds about as much of each, and shedding
    the lowest of every worker is shedding the lowest of all.
    """
    groups: list[list[str]] = [[] for _ in range(workers)]
    loads = [0.0] * workers
    for camera in sorted(cameras, key=lambda one: (-one.priority, -one.cost, one.id)):
        least = min(range(workers), key=lambda n: (loads[n], len(groups[n])))
        groups[least].append(camera.id)
        loads[least] += camera.cost
    return groups


def least_loaded(groups: Sequence[Sequence[Placed]]) -> int:
    """Return the worker to which a new camera goes."""
    return min(range(len(groups)), key=lambda n: (sum(one.cost for one in groups[n]), len(groups[n])))


def better(groups: Sequence[Sequence[Placed]]) -> Move | None:
    """Return the one move that helps the busiest worker most; None if none pays."""
    loads = [sum(one.cost for one in group) for group in groups]
    busiest, idlest = loads.index(max(loads)), loads.index(min(loads))
    if loads[busiest] <= BUSY or busiest == idlest:
        return None

    def peak_after(one: Placed) -> float:
        return max(loads[busiest] - one.cost, loads[idlest] + one.cost)

    movable = [one for one in groups[busiest] if one.movable]
    best = min(movable, key=lambda one: (peak_after(one), one.priority, one.id), default=None)
    if best is None or loads[busiest] - peak_after(best) < GAIN:
        return None
    return Move(best.id, busiest, idlest)


def loads_of(groups: Sequence[Sequence[str]], costs: Mapping[str, float]) -> list[float]:
    """Return what each worker would have to do, CPU seconds a second."""
    return [sum(costs[camera] for camera in group) for group in groups]
