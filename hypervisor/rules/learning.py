"""How the usual level of a rule's figure is learned and kept: from what is stored at first, then bucket by bucket."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from hypervisor.days_off import never_off
from hypervisor.feed import BucketName, Feed
from hypervisor.places.figure import Reading
from hypervisor.rules.check import World, sources_of
from hypervisor.rules.model import STEP_S, FlowWatch, Rule
from hypervisor.rules.reading import reading_of
from hypervisor.rules.state import RuleStatus
from hypervisor.rules.turn import Turn
from hypervisor.rules.usual import HOURS, PUBLIC, WEEKS, History, Hour, Level, Off, Place, learn, level, place_of
from hypervisor.store.documents import Documents
from hypervisor.store.values import Store
from pipeline.measures import SERIES

WEEK_S = 7 * 86_400
HOUR_S = 3600
READ_AT_ONCE = 1000  # buckets
MOST_READ = 20_000  # buckets of each camera that the past is learned from
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def is_count(series: str) -> bool:
    """Tell whether a series counts things, so that chance alone makes it stray."""
    return series == "crossings" or (series in SERIES and SERIES[series][1].kind == "count")


FindsOff = Callable[[float, float], Awaitable[Off]]
"""Two moments, epoch seconds → the days off between them."""


@dataclass(frozen=True, slots=True)
class Learned:
    """The histories of rules, in the collection `usual`, under the rules' ids."""

    feed: Feed
    store: Store
    off: FindsOff = never_off

    @property
    def documents(self) -> Documents[History]:
        """Return the collection."""
        return Documents(self.store, "usual", History)

    async def level(self, turn: Turn, rule: Rule, start: int) -> Level:
        """Return the usual level of a bucket, after learning the past if that was not done."""
        history = await self._history(turn, rule, start)
        return level(history, start, is_count(watch_of(rule).measure), await self.off(start, start))

    async def _history(self, turn: Turn, rule: Rule, start: int) -> History:
        if rule.id not in turn.histories:
            kept = await self.documents.get(rule.id)
            if kept is not None and kept.value.digest == digest_of(watch_of(rule)):
                turn.histories[rule.id] = kept.value
            else:
                turn.histories[rule.id] = await self.past(turn.world, rule, start)
                turn.learned.add(rule.id)
                turn.change(rule, hour=None)
        return turn.histories[rule.id]

    async def learn(self, turn: Turn, rule: Rule, start: int, reading: Reading) -> None:
        """Take a bucket into the hour that is being learned; an hour that is over goes into the history."""
        hour, at = turn.states[rule.id].hour, start - start % HOUR_S
        if hour is None or hour.at != at:
            if hour is not None:
                history = await self._history(turn, rule, start)
                turn.histories[rule.id] = learn(history, hour, await self.off(hour.at, hour.at))
                turn.learned.add(rule.id)
            hour = Hour(at=at)
        if reading.status == "observed" and reading.value is not None:
            hour = hour.model_copy(update={"values": (*hour.values, float(reading.value))})
        turn.change(rule, hour=hour)

    async def status(
        self, turn: Turn, rule: Rule, start: int, known: Level | None
    ) -> tuple[RuleStatus, tuple[str, ...]]:
        """Return whether enough is known to judge, and what is missing."""
        usual = rule.condition.usual if rule.condition else None
        if usual is None or known is None or known.weeks >= usual.min_weeks:
            return "active", ()
        timezone = turn.histories[rule.id].timezone
        place = place_of(start, timezone, await self.off(start, start))
        missing = f"not enough history: {known.weeks} of {usual.min_weeks} {_named(place)}"
        return "learning", (f"{missing} {timezone}",)

    async def past(self, world: World, rule: Rule, start: int) -> History:
        """Learn from the buckets that are stored of the last weeks, up to the hour of `start`."""
        watch = watch_of(rule)
        sources = sources_of(watch, world)
        history = History(timezone=world.cameras[sources[0].camera].timezone, digest=digest_of(watch))
        step_s, until = STEP_S[watch.bucket], start - start % HOUR_S
        first = max(until - WEEKS * WEEK_S, until - MOST_READ * step_s)
        at_once_s = READ_AT_ONCE * step_s // HOUR_S * HOUR_S
        for at in range(first - first % HOUR_S, until, at_once_s):
            history = await self._hours(world, rule, history, range(at, min(until, at + at_once_s), step_s))
        return history

    async def _hours(self, world: World, rule: Rule, history: History, starts: Sequence[int]) -> History:
        watch = watch_of(rule)
        sources = sources_of(watch, world)
        step_s = STEP_S[watch.bucket]
        stored = await self.feed.buckets([BucketName(one.camera, step_s, at) for at in starts for one in sources])
        hours: dict[int, list[float]] = {}
        for at in starts:
            parts = [stored.get(BucketName(one.camera, step_s, at)) for one in sources]
            if any(parts):
                reading = reading_of(watch, world, sources, parts)
                if reading.status == "observed" and reading.value is not None:
                    hours.setdefault(at - at % HOUR_S, []).append(float(reading.value))
        off = await self.off(starts[0], starts[-1])
        for at, values in hours.items():
            history = learn(history, Hour(at=at, values=tuple(values)), off)
        return history


def _named(place: Place) -> str:
    at = f"{place.hour % 24:02}:00"
    if place.hour >= PUBLIC:
        return f"days for a public holiday {at}"
    day = DAYS[place.hour % HOURS // 24]
    return f"weeks for {day} {at}" if place.hour < HOURS else f"weeks for a day off on {day} {at}"


def digest_of(watch: FlowWatch) -> str:
    """Return what changes when a rule watches another figure: its history is another one then."""
    return hashlib.sha256(watch.model_dump_json(by_alias=True).encode()).hexdigest()[:16]


def watch_of(rule: Rule) -> FlowWatch:
    """Return what a rule on a flow watches."""
    assert isinstance(rule.watch, FlowWatch)
    return rule.watch
