"""Indicators of one place and period: value, interval, coverage, or why there is none."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

import numpy as np

from hypervisor.history.past import HOUR_S, Hours, Past
from hypervisor.indicators.area import Scope
from hypervisor.indicators.checking import facts_of, series_of
from hypervisor.indicators.facts import Facts
from hypervisor.indicators.frame import Column, Draw, Frame, Times
from hypervisor.indicators.interval import Drawing, drawn_values
from hypervisor.indicators.language import Call, calls
from hypervisor.indicators.library import Ready
from hypervisor.indicators.model import Value
from hypervisor.indicators.reckoning import Name, Part, Reckoner
from hypervisor.indicators.scope import asked_for, joined
from hypervisor.indicators.sources import FACTS, Wanted, wanted
from hypervisor.indicators.why import NotComputable, because

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
    holidays: frozenset[date] = frozenset()  # public ones, local days

    @property
    def frame(self) -> Frame:
        """Return its hours and days."""
        return Frame.of(self.from_s, self.hours, self.zone, self.holidays)

    @property
    def hours(self) -> int:
        """Return how many hours there are."""
        return (self.to_s - self.from_s) // HOUR_S


async def computed(asked: Sequence[Ready], world: World) -> list[Value]:
    """Return the value of each indicator, in order."""
    parts = await given(asked, world)
    return await asyncio.to_thread(_all, asked, parts, world)


async def given(asked: Sequence[Ready], world: World) -> dict[Name, Part | NotComputable]:
    """Return what indicators are made of: series and facts of the world, or why there are none."""
    known = await world.past.known()
    wishes = dict.fromkeys(wish for one in asked for wish in series_of(one.node))
    stored = {wish: asked_for(world.scope, wish, known) for wish in wishes}
    every = list(dict.fromkeys(one for listed in stored.values() for one in listed))
    found = await world.past.hours(every, world.from_s, world.to_s) if every else []
    hours = dict(zip(every, found, strict=True))
    columns = {wish: _joined(world.scope, wish, [hours[one] for one in listed]) for wish, listed in stored.items()}
    parts: dict[Name, Part | NotComputable] = {}
    for ready in asked:
        for call in calls(ready.node):
            wish = wanted(call)
            if wish is not None:
                parts[call.name, call.named] = columns[wish]
    frame = world.frame
    for call in {(one.name, one.named): one for ready in asked for one in facts_of(ready.node)}.values():
        parts[call.name, call.named] = await _fact(call, world, frame)
    return parts


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
    frame = world.frame
    drawing = Drawing.of(frame)
    return [_value(one, Reckoner(frame, given), drawing) for one in asked]


def _value(ready: Ready, reckoner: Reckoner, drawing: Drawing) -> Value:
    indicator = ready.indicator
    try:
        value = reckoner.value(ready.node, Draw.all_of(reckoner.frame))
        covered = min(reckoner.covered.values(), default=1.0)
        if covered < indicator.minimum_coverage:
            raise because("low-coverage", share=f"{covered:.0%}", least=f"{indicator.minimum_coverage:.0%}")
    except NotComputable as error:
        so_far = min(reckoner.covered.values(), default=None)
        found = None if so_far is None else round(so_far, 4)
        return Value(
            indicator=indicator.id,
            unit=indicator.unit,
            coverage=found,
            n=_n(reckoner),
            why=error.why,
            reason=error.reason,
        )
    low, high = _interval(ready, reckoner, drawing, value) or (None, None)
    return Value(
        indicator=indicator.id,
        value=_rounded(value),
        low=_rounded(low),
        high=_rounded(high),
        unit=indicator.unit,
        coverage=round(covered, 4),
        n=_n(reckoner),
    )


def _n(reckoner: Reckoner) -> int | None:
    if reckoner.cases:
        return reckoner.cases
    return None if reckoner.watched is None else int(reckoner.watched.sum())


def _interval(ready: Ready, reckoner: Reckoner, drawing: Drawing, value: float) -> tuple[float, float] | None:
    """Return the interval; nothing where days do not matter, or too many draws fail."""
    named = {one.name for one in calls(ready.node)}
    if named & NO_INTERVAL or reckoner.watched is None or not drawing.draws:
        return None
    if all(FACTS[one.name].sort == "number" for one in facts_of(ready.node)) and not series_of(ready.node):
        return None
    drawn = drawn_values(lambda draw: reckoner.value(ready.node, draw), drawing.draws, NotComputable)
    return drawing.interval(value, drawn, reckoner.watched, MOST.get(ready.indicator.unit) if _is_part(ready) else None)


MOST = {"%": 100.0, "1": 1.0}
"""What parts of a whole cannot exceed."""


def _is_part(ready: Ready) -> bool:
    """Tell whether a value is a part of time or of cases, by what makes it; ratios may exceed one."""
    node = ready.node
    while isinstance(node, Call) and node.name == "percent":
        inner = node.arguments[0]
        node = inner
    return isinstance(node, Call) and node.name in ("share", "coverage", "within", "unfinished", "peak_share")


def _rounded(value: float | None) -> float | None:
    """Return four significant digits, or whole numbers above: more would look more exact than it is."""
    if value is None or value == 0:
        return value
    digits = max(0, 3 - int(np.floor(np.log10(abs(value)))))
    return round(float(value), digits)
