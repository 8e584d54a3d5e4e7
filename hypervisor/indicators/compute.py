"""Indicators of one place and period: value, interval, coverage, or why there is none."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np

from hypervisor.history.past import HOUR_S, Hours, Past
from hypervisor.indicators.area import Scope
from hypervisor.indicators.checking import facts_of, series_of
from hypervisor.indicators.facts import Facts
from hypervisor.indicators.frame import Column, Draw, Frame, Times
from hypervisor.indicators.language import Call, calls
from hypervisor.indicators.library import Ready
from hypervisor.indicators.model import Value
from hypervisor.indicators.reckoning import Name, Part, Reckoner
from hypervisor.indicators.scope import asked_for, joined
from hypervisor.indicators.sources import FACTS, Wanted, wanted
from hypervisor.indicators.why import NotComputable, because

DRAWS = 199
SEED = 20_261_127
"""Of the bootstrap: the same data give everybody the same interval."""

LEAST_DAYS = 7
"""With fewer local days there is no interval: they do not even show what a week is like."""

NO_INTERVAL = frozenset({"peak_hour", "maximum", "minimum", "longest_gap", "gaps"})
"""Extremes and times of day: drawing days anew does not tell how far these may be off."""


@dataclass(frozen=True, slots=True)
class World:
    """What is known, and where and when it is asked for."""

    past: Past
    facts: Facts
    scope: Scope
    from_s: int  # whole hours
    to_s: int
    zone: ZoneInfo

    @property
    def hours(self) -> int:
        """Return how many hours there are."""
        return (self.to_s - self.from_s) // HOUR_S


async def computed(asked: Sequence[Ready], world: World) -> list[Value]:
    """Return the value of each indicator, in order."""
    given = await _given(asked, world)
    return await asyncio.to_thread(_all, asked, given, world)


async def _given(asked: Sequence[Ready], world: World) -> dict[Name, Part | NotComputable]:
    known = await world.past.known()
    wishes = dict.fromkeys(wish for one in asked for wish in series_of(one.node))
    stored = {wish: asked_for(world.scope, wish, known) for wish in wishes}
    every = list(dict.fromkeys(one for listed in stored.values() for one in listed))
    found = await world.past.hours(every, world.from_s, world.to_s) if every else []
    hours = dict(zip(every, found, strict=True))
    columns = {wish: _joined(world.scope, wish, [hours[one] for one in listed]) for wish, listed in stored.items()}
    given: dict[Name, Part | NotComputable] = {}
    for ready in asked:
        for call in calls(ready.node):
            wish = wanted(call)
            if wish is not None:
                given[call.name, call.named] = columns[wish]
    frame = Frame.of(world.from_s, world.hours, world.zone)
    for call in {(one.name, one.named): one for ready in asked for one in facts_of(ready.node)}.values():
        given[call.name, call.named] = await _fact(call, world, frame)
    return given


def _joined(scope: Scope, wish: Wanted, found: Sequence[Hours]) -> Column | NotComputable:
    return joined(scope, wish, found)


async def _fact(call: Call, world: World, frame: Frame) -> Part | NotComputable:
    named = dict(call.named)
    try:
        sort = FACTS[call.name].sort
        if sort == "number":
            return float(await world.facts.number(call.name, named))
        if sort == "events":
            return _events(await world.facts.events(call.name, named), world)
        times = [one for one in await world.facts.times(call.name, named) if world.from_s <= one.began_s < world.to_s]
        hour = np.array([int(one.began_s - world.from_s) // HOUR_S for one in times], int)
        return Times(
            np.array([one.hours for one in times], float), np.array([one.ended for one in times], bool), frame.day[hour]
        )
    except NotComputable as why:
        return why


def _events(moments: Sequence[float], world: World) -> Column:
    hour = [int(at - world.from_s) // HOUR_S for at in moments if world.from_s <= at < world.to_s]
    ones = np.ones(world.hours)
    return Column(np.bincount(np.array(hour, int), minlength=world.hours).astype(float), ones, ones.astype(bool))


def _all(asked: Sequence[Ready], given: Mapping[Name, Part | NotComputable], world: World) -> list[Value]:
    frame = Frame.of(world.from_s, world.hours, world.zone)
    rng = np.random.default_rng(SEED)
    draws = [Draw.drawn(frame, rng) for _ in range(DRAWS)] if frame.days >= LEAST_DAYS else []
    return [_value(one, Reckoner(frame, given), draws) for one in asked]


def _value(ready: Ready, reckoner: Reckoner, draws: Sequence[Draw]) -> Value:
    indicator = ready.indicator
    try:
        value = reckoner.value(ready.node, Draw.all_of(reckoner.frame))
        covered = min(reckoner.covered.values(), default=1.0)
        if covered < indicator.minimum_coverage:
            raise because("low-coverage", share=f"{covered:.0%}", least=f"{indicator.minimum_coverage:.0%}")
    except NotComputable as error:
        covered_so_far = min(reckoner.covered.values(), default=None)
        return Value(
            indicator=indicator.id,
            unit=indicator.unit,
            coverage=None if covered_so_far is None else round(covered_so_far, 4),
            why=error.why,
            reason=error.reason,
        )
    low, high = _interval(ready, reckoner, draws)
    return Value(
        indicator=indicator.id,
        value=_rounded(value),
        low=_rounded(low),
        high=_rounded(high),
        unit=indicator.unit,
        coverage=round(covered, 4),
    )


def _interval(ready: Ready, reckoner: Reckoner, draws: Sequence[Draw]) -> tuple[float | None, float | None]:
    """Return the percentile interval over drawn days; nothing where days do not matter, or too many draws fail."""
    named = {one.name for one in calls(ready.node)}
    if named & NO_INTERVAL or not any(wanted(one) or one.name in FACTS for one in calls(ready.node)):
        return None, None
    if all(FACTS[one.name].sort == "number" for one in facts_of(ready.node)) and not series_of(ready.node):
        return None, None
    found = []
    for draw in draws:
        try:
            found.append(reckoner.value(ready.node, draw))
        except NotComputable:
            continue
    if len(found) < 0.95 * len(draws) or not found:
        return None, None
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def _rounded(value: float | None) -> float | None:
    """Return four significant digits, or whole numbers above: more would look more exact than it is."""
    if value is None or value == 0:
        return value
    digits = max(0, 3 - int(np.floor(np.log10(abs(value)))))
    return round(float(value), digits)
