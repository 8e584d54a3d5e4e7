"""The usual level of an hour of the week: learned from sealed buckets, robust, and honest about too little of it.

Each hour that was watched gives one line: the median of its buckets, their median deviation, and how many they were.
The newest `WEEKS` lines of the same hour of the week are kept. The usual level is the median of their medians; how far
a bucket strays from it comes from two things that add in squares: how buckets differ within an hour, and how one week
differs from the next. Medians on both levels: one strike, feast or snowstorm in eight weeks moves neither.
A count of few has a spread of its own, that of chance (Poisson: the square root), however regular the weeks were.

Days off are hours of their own, as in cross-analysis (`cross.steps`): those of a school holiday by its weekday, those
of public holidays one day for all of them. They neither teach an ordinary week nor are judged by it.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from math import hypot, sqrt
from statistics import median
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field

from hypervisor.strict import Body, Many

WEEKS = 8
HOURS = 168
SCHOOL, PUBLIC = HOURS, 2 * HOURS
"""Where the hours of days that calendars name begin, and those of public holidays, which are one day."""

MOST_HOURS = PUBLIC + 24
Off = Mapping[date, str]
"""Local day → `public` or `calendar`."""

NONE: Off = {}
TO_SIGMA = 1.4826
"""Median deviation → standard deviation, for a normal distribution."""


class Week(Body):
    """One hour of one week."""

    week: int = Field(description="number of the week since year 1; of a public holiday: of the day")
    middle: float = Field(description="median of its buckets")
    spread: float = Field(description="median deviation of its buckets")
    n: int = Field(description="buckets that were watched")


class History(Body):
    """What is kept of one rule's figure."""

    timezone: str
    digest: str = Field(default="", description="of the figure: another one is learned anew")
    hours: dict[str, Many[Week]] = Field(
        default_factory=dict, description="hour, as `place_of` numbers them → newest weeks"
    )


class Hour(Body):
    """The hour that is being learned now."""

    at: int = Field(description="its start, epoch seconds")
    values: Many[float] = ()


class Place(NamedTuple):
    """Where an hour belongs."""

    hour: int  # 0 to 167: of an ordinary week, 0 is Monday's midnight; then those of days off
    week: int  # which one of its kind it is: later ones have higher numbers


class Level(NamedTuple):
    """The usual level, or how much is known of it."""

    weeks: int  # of history
    centre: float = 0.0
    sigma: float = 0.0


def place_of(at_s: float, timezone: str, off: Off) -> Place:
    """Return where a moment's hour belongs, by local time."""
    local = datetime.fromtimestamp(at_s, ZoneInfo(timezone))
    kind = off.get(local.date())
    if kind == "public":
        return Place(PUBLIC + local.hour, local.toordinal())
    hour = local.weekday() * 24 + local.hour + (0 if kind is None else SCHOOL)
    return Place(hour, (local.toordinal() - 1) // 7)


def level(history: History, at_s: float, counts: bool, off: Off = NONE) -> Level:
    """Return the usual level of a bucket that starts at a moment; of what is older than its week only."""
    hour, week = place_of(at_s, history.timezone, off)
    known = [one for one in history.hours.get(str(hour), ()) if one.week < week]
    return level_of(known, counts)


def level_of(weeks: Sequence[Week], counts: bool) -> Level:
    """Return the level that weeks of one hour give; `counts`: chance makes it stray however regular they were."""
    if not weeks:
        return Level(0)
    middles = [one.middle for one in weeks]
    centre = median(middles)
    between = TO_SIGMA * _deviation(middles, centre)
    within = TO_SIGMA * median(one.spread for one in weeks)
    chance = sqrt(max(centre, 1.0)) if counts else 0.0
    return Level(len(weeks), centre, max(hypot(between, within), chance))


def learn(history: History, hour: Hour, off: Off = NONE) -> History:
    """Return the history with one more hour; the same hour again takes the place of the first."""
    if not hour.values:
        return history
    number, week = place_of(hour.at, history.timezone, off)
    middle = median(hour.values)
    line = Week(week=week, middle=middle, spread=_deviation(hour.values, middle), n=len(hour.values))
    others = [one for one in history.hours.get(str(number), ()) if one.week != week]
    kept = tuple(sorted([*others, line], key=lambda one: one.week)[-WEEKS:])
    return history.model_copy(update={"hours": {**history.hours, str(number): kept}})


def _deviation(values: Sequence[float], centre: float) -> float:
    return median(abs(value - centre) for value in values)
