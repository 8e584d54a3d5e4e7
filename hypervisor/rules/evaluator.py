"""The evaluation of all rules, step by step. Everything that a step concludes is one commit under the lease.

What is told of cameras is read after a mark, the bus after another; both marks move in the same commit as the alerts,
cases and messages that follow, and the states of the rules. So a process that is killed at any point leaves a step
that was done wholly or not at all, and the next one goes on after it.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hypervisor.cameras import all_cameras
from hypervisor.days_off import never_off
from hypervisor.events import visible
from hypervisor.feed import Feed, Position, Told
from hypervisor.places.model import Place
from hypervisor.rules.calendars import Almanac, Calendar
from hypervisor.rules.check import World
from hypervisor.rules.desk import Desk
from hypervisor.rules.flows import Flows
from hypervisor.rules.health import Health
from hypervisor.rules.learning import FindsOff, Learned
from hypervisor.rules.model import Rule
from hypervisor.rules.order import in_order
from hypervisor.rules.state import RuleState
from hypervisor.rules.things import deposit_told, sensors_told
from hypervisor.rules.turn import Seal, Turn
from hypervisor.store.documents import Documents, Kept
from hypervisor.store.values import ANY, Change, Commit, Fence, Message, Store

PAGE = 200  # observations of one step: what follows from them is one commit
REFRESH_S = 2.0
LOOK_S = 2.0
MARK_S = 5.0
"""Rules are read again, cameras are looked at, and a mark is moved without anything else, so often at most."""

MOST_RULES = 1000
FEED_MARK, BUS_MARK = "rules.feed", "rules.bus"
AT_REST = frozenset({"ended", "paused"})

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Evaluator:
    """Evaluates as long as it is asked to; `forget` makes it read everything anew."""

    feed: Feed
    store: Store
    clock: Callable[[], float]
    random: Callable[[int], bytes]
    silent_after_s: float = 10.0
    off: FindsOff = never_off
    _world: World = field(default_factory=lambda: World({}))
    _rules: dict[str, Rule] = field(default_factory=dict)
    _states: dict[str, Kept[RuleState]] = field(default_factory=dict)
    _almanac: Almanac = field(default_factory=Almanac)
    _at: Position | None = None
    _bus: str = "0-0"
    _began_s: float = 0.0
    _refreshed_s: float = 0.0
    _looked_s: float = 0.0
    _marked_s: float = 0.0

    def forget(self) -> None:
        """Read everything anew: what is at hand may differ from what is kept."""
        self._at, self._refreshed_s = None, 0.0

    async def step(self, fence: Fence) -> bool:
        """Do one step; return whether more waits.

        Raises:
            StoreAway, FeedAway: the server does not answer.
            Fenced: another process evaluates.
            Conflict: a case was changed by somebody at that moment; the step has to be done again.
        """
        now_s = self.clock()
        if self._at is None:
            await self._resume(now_s)
        is_fresh = now_s - self._refreshed_s >= REFRESH_S
        if is_fresh:
            await self._refresh(now_s)
        assert self._at is not None
        page = await self.feed.read(frozenset(), self._at, PAGE)
        messages = await self.store.bus(self._bus, PAGE)
        turn = self._turn(now_s)
        if is_fresh:
            await in_order(turn)
        await self._judge(turn, page.items, [one.message for one in messages])
        more = page.more or len(messages) == PAGE
        if not more and now_s - self._looked_s >= LOOK_S:
            await self._look(turn)
        bus = messages[-1].position if messages else self._bus
        if (
            turn.touched
            or turn.learned
            or turn.desk.messages
            or page.items
            or messages
            or now_s - self._marked_s >= MARK_S
        ):
            await self._commit(turn, fence, page.position, bus)
        self._at, self._bus = page.position, bus
        return more

    def _turn(self, now_s: float) -> Turn:
        states = {name: kept.value for name, kept in self._states.items()}
        return Turn(self._world, self._rules, states, Desk(self.store, now_s, self.random), self._almanac, now_s)

    async def _judge(self, turn: Turn, items: Sequence[Told], messages: Sequence[Message]) -> None:
        seals: list[Seal] = []
        for item in items:
            told = item.observation
            camera = turn.world.cameras.get(item.position.camera)
            if camera is None or told.camera_id != camera.id or not visible(told, camera):
                continue
            if told.kind == "bucket.sealed" and told.subject.isdigit():
                seals.append(Seal(camera.id, int(told.subject), int(told.observed_at.timestamp())))
            elif told.kind == "deposit":
                await deposit_told(turn, told)
        await Flows(self.feed, Learned(self.feed, self.store, self.off)).heard(turn, seals)
        if seals:
            await Health(self.feed).heard(turn, seals)
        await sensors_told(turn, messages)

    async def _look(self, turn: Turn) -> None:
        """Look at the cameras as they are now: a worker that died tells nothing of it."""
        cameras = await all_cameras(self.feed, turn.now_s, self.silent_after_s)
        await Health(self.feed).looked(turn, cameras)
        at_rest = frozenset(camera.id for camera in cameras if camera.state in AT_REST)
        await Flows(self.feed, Learned(self.feed, self.store)).silent(turn, self._began_s, at_rest)
        self._looked_s = turn.now_s

    async def _resume(self, now_s: float) -> None:
        marks = await self.store.marks()
        self._at = Position.parse(marks[FEED_MARK]) if FEED_MARK in marks else await self.feed.now()
        self._bus = marks.get(BUS_MARK, "0-0")
        self._states = {one.id: one for one in await Documents(self.store, "rule_states", RuleState).listed()}
        self._began_s = self._began_s or now_s
        lost = await self.feed.trimmed(list(await self.feed.cameras()), self._at)
        if lost:
            _log.warning("what cameras %s told was deleted before rules were judged by it", ", ".join(lost))

    async def _refresh(self, now_s: float) -> None:
        rules = await Documents(self.store, "rules", Rule).listed(limit=MOST_RULES)
        places = await Documents(self.store, "places", Place).listed()
        calendars = await Documents(self.store, "calendars", Calendar).listed()
        texts = {one.id: one.value.ics for one in calendars}
        self._almanac.follow(texts)
        named = {one.id: one.value for one in places}
        self._rules = {one.id: one.value for one in sorted(rules, key=lambda one: one.id)}
        self._world = World(await self.feed.cameras(), named, texts)
        self._refreshed_s = now_s

    async def _commit(self, turn: Turn, fence: Fence, at: Position, bus: str) -> None:
        changes = [*turn.desk.changes(), *self._changed_states(turn), *self._changed_histories(turn)]
        marks = {FEED_MARK: str(at), BUS_MARK: bus}
        await self.store.commit(Commit(changes, turn.desk.messages, marks=marks, fence=fence))
        self._marked_s = turn.now_s
        for name in turn.touched:
            if name in turn.states:
                self._states[name] = Kept(name, 0, turn.states[name], 0)
            else:
                self._states.pop(name, None)

    def _changed_states(self, turn: Turn) -> list[Change]:
        states = Documents(self.store, "rule_states", RuleState)
        return [
            states.change(name, turn.states[name], at_s=turn.now_s, expect=ANY)
            if name in turn.states
            else states.removal(name)
            for name in sorted(turn.touched)
        ]

    def _changed_histories(self, turn: Turn) -> list[Change]:
        usual = Learned(self.feed, self.store).documents
        kept = [usual.change(name, turn.histories[name], at_s=turn.now_s) for name in sorted(turn.learned)]
        return kept + [usual.removal(name) for name in sorted(turn.touched) if name not in turn.states]
