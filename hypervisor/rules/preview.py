"""What a rule would have found in a span that is over: the same evaluation, over what is still kept, without telling.

Nothing is written. Buckets, deposits and values are given to the evaluation in the order in which they came.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes

from pydantic import Field

from hypervisor.alerts.model import Alert
from hypervisor.cases.life import moment
from hypervisor.days_off import never_off
from hypervisor.feed import BucketName, Feed
from hypervisor.places.figure import Reading, Source
from hypervisor.rules.calendars import Almanac
from hypervisor.rules.check import World, sources_of
from hypervisor.rules.desk import Desk
from hypervisor.rules.flows import GRACE_S, Flows
from hypervisor.rules.health import Health
from hypervisor.rules.judge import Because, limit_of
from hypervisor.rules.learning import FindsOff, Learned, is_count, watch_of
from hypervisor.rules.model import STEP_S, CameraWatch, DepositWatch, Rule, SensorWatch
from hypervisor.rules.reading import reading_of
from hypervisor.rules.state import fresh
from hypervisor.rules.things import deposit_told, sensors_told
from hypervisor.rules.turn import Seal, Turn
from hypervisor.rules.usual import Off, level
from hypervisor.sensors.buckets import finest_s
from hypervisor.sensors.ledger import BucketName as SensorBucket
from hypervisor.sensors.ledger import Ledger, sealed_message
from hypervisor.store.values import Store
from hypervisor.strict import Bilingual, Body

SLOTS = 168
"""A span is drawn in so many parts: a week in hours."""

PAGE = 150  # buckets judged at once; the evaluation itself lets fewer than 200 wait
MOST_SHOWN = 200


class FoundAlert(Body):
    """An alert that the rule would have opened."""

    began: datetime
    opened_at: datetime
    closed_at: datetime | None = Field(default=None, description="null: it would be open at the end of the span")
    because: Because | None = None
    health: bool = Field(description="it is about how much was watched, not about the figure")
    peak: float | None = None
    text: Bilingual


class Slot(Body):
    """One part of the span."""

    start: datetime
    value: float | None = Field(default=None, description="farthest value in it; null: nothing was judged")
    threshold: float | None = Field(default=None, description="where an alert began then; null: it was not known")
    coverage: float = Field(description="part of it that was watched, 0 to 1")


class RulePreview(Body):
    """What a rule would have found."""

    from_: datetime = Field(alias="from")
    to: datetime
    unit: str | None = None
    judged: int = Field(description="buckets, values or deposits that were kept of the span, and judged")
    found: int = Field(description="alerts about the figure that it would have opened")
    alerts: list[FoundAlert] = Field(description="the newest 200, those about how much was watched included")
    slots: list[Slot] = Field(description="flows only: the span in equal parts")
    notes: list[Bilingual] = Field(description="what could not be looked at")


NOT_STATES = Bilingual(
    fr="les états passés des caméras ne sont pas conservés : seul le temps observé est rejoué",
    en="past states of cameras are not kept: only how much was watched is replayed",
)
NOTHING_KEPT = Bilingual(fr="aucun chiffre n’est conservé pour cette période", en="no figures are kept of that span")
NOT_LEARNED = Bilingual(
    fr="il n’y a pas assez d’historique pour savoir ce qui est habituel : rien n’est jugé",
    en="there is not enough history to know what is usual: nothing is judged",
)


@dataclass(slots=True)
class Preview:
    """One replay. `world` is what its author may name."""

    feed: Feed
    store: Store
    world: World
    rule: Rule
    span: tuple[int, int]  # epoch seconds
    off: FindsOff = never_off

    async def run(self) -> RulePreview:
        """Replay the span."""
        almanac = Almanac()
        almanac.follow(dict(self.world.calendars))
        desk = Desk(self.store, self.span[1], token_bytes)
        states = {self.rule.id: fresh(self.rule, self.span[0])}
        turn = Turn(self.world, {self.rule.id: self.rule}, states, desk, almanac, float(self.span[0]))
        watch, slots, notes = self.rule.watch, list[Slot](), list[Bilingual]()
        if watch.kind == "flow":
            judged, slots = await self._flows(turn)
        elif watch.kind == "deposit":
            judged = await self._deposits(turn, watch)
        elif watch.kind == "sensor":
            judged = await self._values(turn, watch)
        else:
            judged, notes = await self._coverage(turn, watch), [NOT_STATES]
        if slots and judged and all(one.threshold is None for one in slots):
            notes = [NOT_LEARNED]
        if not judged:
            notes = [*notes, NOTHING_KEPT]
        return self._told(desk.alerts(), judged, slots, notes)

    def _told(self, alerts: Sequence[Alert], judged: int, slots: list[Slot], notes: list[Bilingual]) -> RulePreview:
        shown = sorted(alerts, key=lambda one: one.opened_at, reverse=True)
        found = [
            FoundAlert(
                began=one.began,
                opened_at=one.opened_at,
                closed_at=one.closed_at,
                because=one.because,
                health=one.kind == "health" and self.rule.watch.kind != "camera",
                peak=one.figures.peak,
                text=one.text,
            )
            for one in shown
        ]
        return RulePreview(
            **{"from": moment(self.span[0])},
            to=moment(self.span[1]),
            unit=next((one.unit for one in shown if one.unit), None),
            judged=judged,
            found=sum(not one.health for one in found),
            alerts=found[:MOST_SHOWN],
            slots=slots,
            notes=notes,
        )

    async def _flows(self, turn: Turn) -> tuple[int, list[Slot]]:
        watch = watch_of(self.rule)
        sources, step_s = sources_of(watch, self.world), STEP_S[watch.bucket]
        learned = Learned(self.feed, self.store, self.off)
        if self.rule.condition is not None and self.rule.condition.usual is not None:
            turn.histories[self.rule.id] = await learned.past(self.world, self.rule, self.span[1])
        flows, readings = Flows(self.feed, learned), dict[int, Reading]()
        starts = range(-(-self.span[0] // step_s) * step_s, self.span[1] - step_s + 1, step_s)
        known = await self._known([one.camera for one in sources], step_s, starts)
        if known:
            starts = range(min(known), max(known) + 1, step_s)  # what lies between and is missing was not watched
            for page in _pages(starts):
                readings |= await self._readings(sources, step_s, page)
                seals = [Seal(one.camera, step_s, start) for start in page for one in sources]
                await flows.heard(turn, seals)
                turn.now_s += GRACE_S  # what not all cameras have sealed is judged without them
                await flows.heard(turn, [])
        return len(known), self._slots(turn, readings, await self.off(*self.span))

    async def _readings(self, sources: Sequence[Source], step_s: int, page: Sequence[int]) -> dict[int, Reading]:
        stored = await self.feed.buckets([BucketName(one.camera, step_s, start) for start in page for one in sources])
        return {
            start: reading_of(
                watch_of(self.rule),
                self.world,
                sources,
                [stored.get(BucketName(one.camera, step_s, start)) for one in sources],
            )
            for start in page
        }

    def _slots(self, turn: Turn, readings: Mapping[int, Reading], off: Off) -> list[Slot]:
        length = max(STEP_S[watch_of(self.rule).bucket], (self.span[1] - self.span[0]) // SLOTS)
        parts: dict[int, list[int]] = {at: [] for at in range(self.span[0], self.span[1], length)}
        for start in readings:
            parts[self.span[0] + (start - self.span[0]) // length * length].append(start)
        found = ((at, [(one, readings[one]) for one in starts]) for at, starts in parts.items())
        return [self._slot(turn, at, held, off) for at, held in found]

    def _slot(self, turn: Turn, at: int, held: Sequence[tuple[int, Reading]], off: Off) -> Slot:
        condition = self.rule.condition
        assert condition is not None
        values = [one.value for _, one in held if one.value is not None]
        history = turn.histories.get(self.rule.id)
        known = None if history is None else level(history, at, is_count(watch_of(self.rule).measure), off)
        limit = limit_of(condition, known)
        farthest = max if condition.is_ == "above" else min
        coverage = sum(one.coverage for _, one in held) / len(held) if held else 0.0
        return Slot(
            start=moment(at),
            value=round(float(farthest(values)), 3) if values else None,
            threshold=None if limit is None else round(limit.threshold, 3),
            coverage=round(coverage, 4),
        )

    async def _known(self, cameras: Sequence[str], step_s: int, starts: Sequence[int]) -> set[int]:
        """Return the starts of which a bucket of one of the cameras is kept."""
        found: set[int] = set()
        for page in _pages(starts, 1000):
            names = [BucketName(camera, step_s, start) for start in page for camera in cameras]
            found |= {name.start for name in await self.feed.buckets(names)}
        return found

    async def _deposits(self, turn: Turn, watch: DepositWatch) -> int:
        cameras = [watch.camera] if watch.camera else list(self.world.cameras)
        histories = await self.feed.deposits(cameras, self.span[0])
        told = [one for found in histories.values() for history in found for one in history]
        told = [one for one in told if self.span[0] <= one.observed_at.timestamp() < self.span[1]]
        for one in sorted(told, key=lambda each: each.observed_at):
            await deposit_told(turn, one)
        return len({str(one.detail["deposit"]) for one in told})

    async def _values(self, turn: Turn, watch: SensorWatch) -> int:
        ledger = Ledger(self.store, lambda: float(self.span[1]))
        kept = await ledger.sensors.get(watch.sensor)
        if kept is None:
            return 0
        step_s, judged = max(kept.value.announce_s, finest_s(kept.value.interval_s)), 0
        for page in _pages(range(-(-self.span[0] // step_s) * step_s, self.span[1], step_s), 1000):
            found = await ledger.buckets([SensorBucket(watch.sensor, step_s, start) for start in page])
            judged += len(found)
            ordered = sorted(found.items(), key=lambda one: one[0].start)
            await sensors_told(turn, [sealed_message(kept.value, name, fields) for name, fields in ordered])
        return judged

    async def _coverage(self, turn: Turn, watch: CameraWatch) -> int:
        if watch.coverage_below is None:
            return 0
        cameras, step_s = watch.cameras or tuple(self.world.cameras), STEP_S[watch.bucket]
        health, judged = Health(self.feed), 0
        for page in _pages(range(-(-self.span[0] // step_s) * step_s, self.span[1] - step_s + 1, step_s)):
            for camera in cameras:
                known = await self._known([camera], step_s, page)
                judged += len(known)
                await health.heard(turn, [Seal(camera, step_s, start) for start in sorted(known)])
        return judged


def _pages(starts: Sequence[int], size: int = PAGE) -> list[Sequence[int]]:
    return [starts[at : at + size] for at in range(0, len(starts), size)]
