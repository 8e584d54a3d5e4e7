"""All cameras of a site in worker processes: placed by cost, moved where that pays, started again when they die."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pipeline.config_file import LoadedSite
from pipeline.engine.control import Link, Order, Report
from pipeline.engine.guess import first_guess
from pipeline.engine.placement import Move, Placed, better, least_loaded, place

RESTART_FIRST_S = 1.0
RESTART_LONGEST_S = 30.0
STEADY_S = 60.0
"""A worker that lived so long is started again at once when it dies, as any is the first time."""

DOUBTED_AFTER = 3
DOUBTED_WITHIN_S = 3600.0
"""A worker that died so often within so long has a camera that kills it: its cameras are parted (see `_part`)."""

LONE_LONGEST_S = 300.0
"""Pause of a worker with one camera that dies again and again: it harms nobody else, but loading models costs all."""

CLEARED_S = 900.0
"""Cameras that were parted and lived so long are not the ones that kill: they go back to the other workers."""

SILENT_S = 30.0
"""A worker that has not reported for so long hangs, and is killed."""

REBALANCE_S = 30.0
MEASURED_S = 30.0
"""Costs count as measured once a worker has watched the same cameras for so long."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Slot:
    """One worker process and its cameras."""

    cameras: list[str]
    link: Link | None = None
    heard_s: float = 0.0
    changed_s: float = 0.0  # when its cameras were last other ones
    started_s: float = 0.0
    due_s: float | None = None  # when it is started again
    pause_s: float = 0.0
    died_s: list[float] = field(default_factory=list)  # the latest `DOUBTED_AFTER` times
    order: int = 0  # number of the latest one

    def doubted(self, now_s: float) -> bool:
        """Return whether one of its cameras seems to kill it."""
        return len(self.died_s) == DOUBTED_AFTER and now_s - self.died_s[0] <= DOUBTED_WITHIN_S


@dataclass(slots=True)
class _Known:
    """What is known of a camera."""

    cost: float
    lasting: bool = False
    over: bool | None = None
    look_cpu_ms: float | None = None


@dataclass(slots=True)
class Supervisor:
    """Keeps every camera of a site watched by one worker.

    `launch` starts the worker of a slot (its number), `clock` tells seconds that never go back, `guess` what a camera
    may cost before it is measured.
    """

    loaded: LoadedSite
    most_workers: int
    launch: Callable[[int, int], Link]  # slot, workers → worker
    clock: Callable[[], float] = time.monotonic
    guess: Callable[[LoadedSite, str], float] = first_guess
    _slots: list[_Slot] = field(default_factory=list)
    _known: dict[str, _Known] = field(default_factory=dict)
    _moving: Move | None = None
    _rebalanced_s: float = 0.0

    def start(self) -> None:
        """Place all cameras and start the workers."""
        ids = [camera.id for camera in self.loaded.site.cameras]
        self._known = {one: _Known(self.guess(self.loaded, one)) for one in ids}
        groups = place([self._placed(one) for one in ids], min(len(ids), self.most_workers))
        self._slots = [_Slot(group) for group in groups]
        for number in range(len(self._slots)):
            self._start(number)
        self._rebalanced_s = self.clock()

    def step(self) -> bool:
        """Look after each worker once; return whether any camera is still to be watched."""
        for number, slot in enumerate(self._slots):
            self._listen(slot)
            self._look_after(number, slot)
        self._reunite()
        self._rebalance()
        return any(known.over is None for known in self._known.values())

    def follow(self, loaded: LoadedSite) -> None:
        """Watch what another configuration says; whoever has not changed is not disturbed."""
        self.loaded = loaded
        wanted = {camera.id for camera in loaded.site.cameras}
        for slot in self._slots:
            slot.cameras = [one for one in slot.cameras if one in wanted]
        if self._moving is not None and self._moving.camera not in wanted:
            self._moving = None
        gone = self._known.keys() - wanted
        self._known = {one: known for one, known in self._known.items() if one in wanted}
        for known in self._known.values():
            known.over = None  # the worker will say so again, unless it begins anew
        fresh = [camera.id for camera in loaded.site.cameras if camera.id not in self._known]
        for one in fresh:
            self._known[one] = _Known(self.guess(loaded, one))
            self._add(one)
        _log.info("configuration followed: %d cameras new, %d gone", len(fresh), len(gone))
        for number in range(len(self._slots)):
            self._tell(number)

    @property
    def failed(self) -> bool:
        """Return whether a camera ended before all of it was seen."""
        return any(known.over is False for known in self._known.values())

    @property
    def groups(self) -> list[list[str]]:
        """Return which cameras each worker has."""
        return [list(slot.cameras) for slot in self._slots]

    @property
    def looks(self) -> dict[str, float | None]:
        """Return what one look of each camera costs in the detector, CPU ms; None where none was made yet."""
        return {one: known.look_cpu_ms for one, known in list(self._known.items())}  # another thread may ask

    def _start(self, number: int) -> None:
        slot, now_s = self._slots[number], self.clock()
        slot.link = self.launch(number, len(self._slots))
        slot.started_s = slot.heard_s = slot.changed_s = now_s
        slot.due_s = None
        self._tell(number)

    def _tell(self, number: int) -> None:
        """Tell a worker its wish; one without cameras is told to watch none."""
        slot = self._slots[number]
        if slot.link is not None:
            ours = tuple(one for one in slot.cameras if self._known[one].over is None)
            slot.order += 1
            slot.link.send(Order(number=slot.order, path=self.loaded.path, site=self.loaded.site, cameras=ours))

    def _add(self, camera_id: str) -> None:
        """Give a new camera to a worker: a new one, as long as there may be more."""
        if len(self._slots) < self.most_workers:
            self._slots.append(_Slot([camera_id]))
            self._start(len(self._slots) - 1)
            return
        slot = self._slots[self._least_loaded()]
        slot.cameras.append(camera_id)
        slot.changed_s = self.clock()

    def _listen(self, slot: _Slot) -> None:
        if slot.link is None:
            return
        for report in slot.link.reports():
            slot.heard_s = self.clock()
            if report.order == slot.order:  # an older one speaks of cameras that are other ones by now
                self._learn(slot, report)

    def _learn(self, slot: _Slot, report: Report) -> None:
        measured = self.clock() - slot.changed_s >= MEASURED_S
        for one, said in report.cameras.items():
            known = self._known.get(one)
            if known is None or one not in slot.cameras:
                continue
            known.lasting, known.over, known.look_cpu_ms = said.lasting, said.over, said.look_cpu_ms
            if measured and said.cost > 0:
                known.cost = said.cost
        moving = self._moving
        if moving is not None and slot is self._slots[moving.source] and moving.camera not in report.cameras:
            self._arrive(moving)

    def _look_after(self, number: int, slot: _Slot) -> None:
        if slot.link is None:
            return
        code, now_s = slot.link.poll(), self.clock()
        if code is None:
            if now_s - slot.heard_s > SILENT_S:
                _log.error("worker of %s has been silent for %g s; it is killed", _names(slot), SILENT_S)
                slot.heard_s = now_s
                slot.link.kill()
            return
        if slot.due_s is None:
            slot.due_s = now_s + self._pause_s(slot)
            slot.died_s = [*slot.died_s, now_s][-DOUBTED_AFTER:]
            _log.error("worker of %s died (exit code %d); it is started again", _names(slot), code)
        if now_s >= slot.due_s:
            if self._moving is not None and self._slots[self._moving.source] is slot:
                self._arrive(self._moving)  # whoever died watches nothing any more
            if slot.doubted(now_s) and len(slot.cameras) > 1:
                self._part(slot)
            self._start(number)

    def _pause_s(self, slot: _Slot) -> float:
        """Return how long a worker that died waits, and let it wait longer the next time."""
        now_s = self.clock()
        steady = now_s - slot.started_s >= STEADY_S
        wait_s = 0.0 if steady else slot.pause_s
        longest_s = LONE_LONGEST_S if slot.doubted(now_s) and len(slot.cameras) == 1 else RESTART_LONGEST_S
        slot.pause_s = 0.0 if steady else min(longest_s, max(RESTART_FIRST_S, 2 * slot.pause_s))
        return wait_s

    def _part(self, slot: _Slot) -> None:
        """Give half of a doubted worker's cameras to a worker of their own.

        Whichever of the two dies next is parted again, so that after a few deaths the camera that kills is alone, and
        only its own worker dies of it.
        """
        half = len(slot.cameras) // 2
        other = _Slot(slot.cameras[half:], died_s=list(slot.died_s))
        slot.cameras, slot.pause_s = slot.cameras[:half], 0.0
        _log.error("a camera seems to kill its worker: %s and %s are parted", _names(slot), _names(other))
        self._slots.append(other)
        self._start(len(self._slots) - 1)

    def _reunite(self) -> None:
        """Let cameras that were parted and did nothing since go back: one worker a core is enough."""
        now_s = self.clock()
        for number in range(self.most_workers, len(self._slots)):
            slot = self._slots[number]
            if slot.link is None or self._moving is not None or now_s - slot.started_s < CLEARED_S:
                continue
            if slot.cameras:
                self._move(Move(slot.cameras[0], number, self._least_loaded()))
            else:
                slot.link.kill()  # it watches nothing
                slot.link = None

    def _rebalance(self) -> None:
        """Let one camera change its worker, where that pays; the others go on."""
        now_s = self.clock()
        ready = all(now_s - slot.changed_s >= MEASURED_S for slot in self._slots)
        if not self._slots or self._moving is not None or not ready or now_s - self._rebalanced_s < REBALANCE_S:
            return
        self._rebalanced_s = now_s
        numbers = self._sound()
        move = better(self._placed_groups(numbers))
        if move is None:
            return
        _log.info("%s goes to another worker: its own has too much to do", move.camera)
        self._move(Move(move.camera, numbers[move.source], numbers[move.target]))

    def _move(self, move: Move) -> None:
        """Let a worker let go of a camera; once it has, the other one gets it."""
        self._moving = move
        self._slots[move.source].cameras.remove(move.camera)
        self._tell(move.source)

    def _arrive(self, move: Move) -> None:
        """Give a camera to its new worker, once the old one has let go: two at a time would count twice."""
        self._moving = None
        target = self._slots[move.target]
        target.cameras.append(move.camera)
        for slot in (target, self._slots[move.source]):
            slot.changed_s = self.clock()
        self._tell(move.target)

    def _placed(self, camera_id: str) -> Placed:
        known = self._known[camera_id]
        cost = known.cost if known.over is None else 0.0
        return Placed(camera_id, cost, self.loaded.site.camera(camera_id).priority, known.lasting)

    def _sound(self) -> list[int]:
        """Return the workers that may get another camera: of the first ones those that nothing kills, if there are."""
        now_s, first = self.clock(), range(min(self.most_workers, len(self._slots)))
        return [number for number in first if not self._slots[number].doubted(now_s)] or list(first)

    def _least_loaded(self) -> int:
        numbers = self._sound()
        return numbers[least_loaded(self._placed_groups(numbers))]

    def _placed_groups(self, numbers: Sequence[int]) -> list[list[Placed]]:
        return [[self._placed(one) for one in self._slots[number].cameras] for number in numbers]


def _names(slot: _Slot) -> str:
    return ", ".join(slot.cameras) or "no camera"
