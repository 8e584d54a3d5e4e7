"""Whether an indicator's interval holds the truth: months of one place whose long run is known.

Days have a weekly cycle and memory, hours a rhythm; passages are drawn by chance. The truth of a formula is what it
gives over twenty years of the same place. Beside the interval of `hypervisor.indicators.interval` stands what the
plain bootstrap of days would have said (Efron 1979), which takes days for independent.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from rich.progress import track

from benchmarks.report import Row
from hypervisor.history.past import HOUR_S, Asked, Hours, TableOfHours
from hypervisor.indicators.area import Scope
from hypervisor.indicators.checking import compiled
from hypervisor.indicators.compute import World, computed, given
from hypervisor.indicators.examples import WrittenFacts
from hypervisor.indicators.frame import Draw, Frame
from hypervisor.indicators.interval import Drawing, drawn_values
from hypervisor.indicators.library import Ready, shipped
from hypervisor.indicators.reckoning import Reckoner
from hypervisor.indicators.why import NotComputable
from parvis.simulated_city import Floats, remembering

MONDAY_S = 1_772_409_600
DAY, WEEK = 24, 7
LONG_DAYS = 20 * 364
UNREST = 0.25
"""Standard deviation of a day, as a share."""

FORMULAS: Sequence[tuple[str, str]] = (
    ("per_day(crossings())", "crossing/d"),
    ('percent(sum(crossings(class="cyclist")) / sum(crossings()))', "%"),
    ("quantile(crossings(), 0.85)", "crossing/h"),
    ("percent(share(crossings() > 120))", "%"),
    ("per_day(weekends(crossings())) / per_day(weekdays(crossings()))", "1"),
    ("peak(crossings())", "crossing/h"),
    ("variation(daily_sum(crossings()))", "1"),
    ("mean(no2())", "ug/m3"),
    ("energy_mean(laeq())", "dB"),
)
"""One of each sort that the library has: total, ratio, quantile, part of time, contrast, peak, spread, means."""

OF_DAY = np.array([1, 1, 1, 1, 1, 2, 4, 8, 10, 8, 7, 8, 9, 8, 8, 9, 10, 12, 10, 8, 5, 4, 3, 2], float)
OF_WEEK = np.array([1, 1.05, 1.05, 1.05, 1.15, 0.8, 0.5])


class Memory(NamedTuple):
    """How days resemble the day before."""

    days: int
    persistence: float
    share: float  # of a day's unrest that lasts


MEMORIES = (Memory(28, 0.0, 0.0), Memory(28, 0.6, 0.7), Memory(31, 0.75, 0.5), Memory(14, 0.5, 0.5))


def month_rows(months: int, seed: int) -> list[Row]:
    """Return how often intervals hold the truth, over all formulas and for the worst of them."""
    ready = [_ready(*one) for one in FORMULAS]
    rows: list[Row] = []
    for memory in MEMORIES:
        truth = _values(ready, _world(memory._replace(days=LONG_DAYS), np.random.default_rng(seed)))
        held: list[list[bool]] = [[] for _ in ready]
        plain: list[bool] = []
        for n in track(range(months), f"months of {memory.days} days"):
            world = _world(memory, np.random.default_rng(seed + 1 + n))
            for one, true, value in zip(held, truth, asyncio.run(computed(ready, world)), strict=True):
                one.append(value.low is not None and value.high is not None and value.low <= true <= value.high)
            plain += [low <= true <= high for true, (low, high) in zip(truth, _plain(ready, world), strict=True)]
        worst = min(held, key=lambda one: float(np.mean(one)))
        settings = f"{memory.days} days, persistence {memory.persistence:g} of {memory.share:.0%}"
        figures = [
            ("indicator's interval covers the truth", [hit for one in held for hit in one]),
            ("the same, formula that does worst", worst),
            ("the same, plain bootstrap of days", plain),
        ]
        # Formulas of one month share its days, so months and not formulas are what an interval could rest on.
        rows += [
            Row("decisions", "simulated", "parvis", settings, name, float(np.mean(hits)), "share", months)
            for name, hits in figures
        ]
    return rows


def _ready(formula: str, unit: str) -> Ready:
    like = next(iter(shipped().all.values())).indicator
    return Ready("bench", like.model_copy(update={"formula": formula, "unit": unit}), compiled(formula, unit))


def _values(ready: Sequence[Ready], world: World) -> list[float]:
    """Return what all days give."""
    parts, frame = asyncio.run(given(ready, world)), Frame.of(world.from_s, world.hours, world.zone)
    return [Reckoner(frame, parts).value(one.node, Draw.all_of(frame)) for one in ready]


def _plain(ready: Sequence[Ready], world: World) -> list[tuple[float, float]]:
    """Return the percentiles of values of days drawn anew."""
    parts, frame = asyncio.run(given(ready, world)), Frame.of(world.from_s, world.hours, world.zone)
    draws, found = Drawing.of(frame).draws, list[tuple[float, float]]()
    for one in ready:
        reckoner = Reckoner(frame, parts)
        drawn = drawn_values(lambda draw, one=one, by=reckoner: by.value(one.node, draw), draws, NotComputable)  # type: ignore[misc]
        found.append((float(np.nanquantile(drawn, 0.025)), float(np.nanquantile(drawn, 0.975))))
    return found


def _world(memory: Memory, rng: np.random.Generator) -> World:
    """Return a place with a line and a sensor."""
    hour, week = OF_DAY / OF_DAY.mean(), OF_WEEK[np.arange(memory.days) % WEEK]
    walk, ride, air, noise = (_unrest(memory, rng) for _ in range(4))
    cars = rng.poisson(90 * np.outer(week * np.exp(UNREST * walk), hour)).ravel().astype(float)
    cyclists = rng.poisson(12 * np.outer(week * np.exp(1.3 * UNREST * ride), hour)).ravel().astype(float)
    no2 = 30 * np.exp(UNREST * air)[:, None] * (0.7 + 0.3 * hour) * np.exp(rng.normal(0, 0.1, (memory.days, DAY)))
    laeq = 60 + 5 * UNREST * noise[:, None] + 3 * np.log(hour) + rng.normal(0, 1, (memory.days, DAY))
    line = {"camera": "c", "subject": "l", "way": "forward"}
    rows = (
        _hours(Asked("crossings", class_name="car", **line), cars, "crossing"),
        _hours(Asked("crossings", class_name="cyclist", **line), cyclists, "crossing"),
        _hours(Asked("no2", sensor="s"), no2.ravel(), "ug/m3"),
        _hours(Asked("laeq", sensor="s"), laeq.ravel(), "dB"),
    )
    ends = MONDAY_S, MONDAY_S + memory.days * DAY * HOUR_S
    return World(TableOfHours(rows), WrittenFacts({}, MONDAY_S), Scope(("c",), ("s",)), *ends, ZoneInfo("UTC"))


def _unrest(memory: Memory, rng: np.random.Generator) -> Floats:
    lasting = remembering(rng, (1, memory.days), memory.persistence, 1.0)[0]
    found: Floats = np.sqrt(memory.share) * lasting + np.sqrt(1 - memory.share) * rng.normal(size=memory.days)
    return found


def _hours(asked: Asked, values: Floats, unit: str) -> Hours:
    return Hours(asked, MONDAY_S, values, np.ones(len(values)), unit)
