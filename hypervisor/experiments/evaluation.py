"""From a protocol and the past to a verdict: an effect with its interval, and how far it can be trusted.

The main figure is fixed by the protocol. Everything else is there to doubt it: places and dates where nothing happened
(placebos), other ways to reckon (sensitivity), and controls that changed at the same moment (contamination).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np

from hypervisor.experiments.protocol import Outcome, Protocol, Spot
from hypervisor.history.past import HOUR_S, Asked, Days, Floats, Past, days_of
from hypervisor.history.rows import is_level
from hypervisor.statistics.design import Calendar
from hypervisor.statistics.effect import Estimate
from hypervisor.statistics.trial import LEAST_BASELINE, LEAST_TRIAL, TooLittle, Trial, effect_of

Verdict = Literal["effect", "no-effect-found", "not-conclusive"]
SEED = 20_260_101
"""Of the bootstrap: the same data give the same figures to everybody."""

LEAST_WATCHED = 0.6
"""Share of days, in baseline and trial, that must have been watched before anything is said."""

PLACEBO_DATES = 8
WEATHER = ("precipitation", "temperature")


@dataclass(frozen=True, slots=True)
class Gathered:
    """The days of an experiment, a row a place; NaN is not observed."""

    treated: Floats
    controls: Floats | None
    trial: Trial


@dataclass(frozen=True, slots=True)
class Other:
    """The effect reckoned otherwise, or looked for where nothing happened."""

    kind: Literal["placebo-date", "placebo-place", "without-weather", "without-control", "with-trend"]
    about: str  # a date, or a place
    found: Estimate | None  # None: too little for it


@dataclass(frozen=True, slots=True)
class Result:
    """What came out."""

    verdict: Verdict
    effect: Estimate  # a relative change under `ratio`, else in the unit of the series
    watched: dict[str, float]  # "baseline", "trial": share of days
    others: tuple[Other, ...]
    suspicions: tuple[str, ...]  # controls that changed when the trial began
    outcome: Floats  # (days,) treated against controls, on the scale that was reckoned with
    unit: str


async def gathered(past: Past, protocol: Protocol, zone: ZoneInfo) -> tuple[Trial, str]:
    """Return the days of an experiment, and the unit of its series."""
    spots = [*protocol.treated, *protocol.controls]
    from_s, to_s = _bounds(protocol, zone)
    asked = [_asked(protocol.outcome, one) for one in spots]
    sensed = [Asked(measure, sensor=protocol.weather) for measure in WEATHER] if protocol.weather else []
    found = await past.hours([*asked, *sensed], from_s, to_s)
    level = is_level(protocol.outcome.measure)
    rows = np.array([_on(protocol, days_of(one, zone, level=level)) for one in found[: len(asked)]])
    weather = [_on(protocol, days_of(one, zone, level=is_level(one.asked.measure))) for one in found[len(asked) :]]
    days = np.arange(protocol.days)
    calendar = Calendar(
        protocol.baseline.first, protocol.days, frozenset(protocol.holidays), np.array(weather) if weather else None
    )
    between = (days >= protocol.baseline.days) & (days < (protocol.trial.first - protocol.baseline.first).days)
    rows[:, between] = np.nan  # works that go on between baseline and trial belong to neither
    n = len(protocol.treated)
    during = days >= (protocol.trial.first - protocol.baseline.first).days
    return Trial(rows[:n], rows[n:] if len(rows) > n else None, during, calendar, protocol.outcome.scale), found[0].unit


def evaluated(protocol: Protocol, trial: Trial, unit: str) -> Result:
    """Return the result of an experiment.

    Raises:
        TooLittle: if too few days were watched.
    """
    watched = _watched(protocol, trial)
    for name, share in watched.items():
        if share < LEAST_WATCHED:
            raise TooLittle(f"of the {name} {share:.0%} of days were watched; expected {LEAST_WATCHED:.0%} at least")
    effect = _reckoned(trial)
    others = tuple(_others(protocol, trial))
    return Result(
        verdict_of(effect, protocol.outcome.smallest),
        effect,
        watched,
        others,
        tuple(_suspicions(protocol, trial)),
        trial.outcome(),
        "share" if trial.scale == "ratio" else unit,
    )


def verdict_of(effect: Estimate, smallest: float) -> Verdict:
    """Return what may be said: an effect if the interval leaves out zero; none if it holds none that matters."""
    if effect.is_clear:
        return "effect"
    return "no-effect-found" if -smallest < effect.low and effect.high < smallest else "not-conclusive"


def _reckoned(trial: Trial) -> Estimate:
    found = effect_of(trial, np.random.default_rng(SEED))
    return found.as_ratio() if trial.scale == "ratio" else found


def _others(protocol: Protocol, trial: Trial) -> Iterator[Other]:
    yield from _placebo_dates(protocol, trial)
    if trial.controls is not None:
        for n, spot in enumerate(protocol.controls):
            rest = np.delete(trial.controls, n, axis=0)
            if len(rest):
                alone = replace(trial, treated=trial.controls[n : n + 1], controls=rest)
                yield Other("placebo-place", str(spot), _tried(alone))
                yield Other("without-control", str(spot), _tried(replace(trial, controls=rest)))
    if trial.calendar.weather is not None:
        dry = replace(trial, calendar=replace(trial.calendar, weather=None))
        yield Other("without-weather", "", _tried(dry))
    yield Other("with-trend", "", _tried(replace(trial, calendar=replace(trial.calendar, trend=True))))


def _placebo_dates(protocol: Protocol, trial: Trial) -> Iterator[Other]:
    """Yield what is found if the trial had begun on days of the baseline, on which nothing was changed."""
    before = int((~trial.during).sum())
    length = min(protocol.trial.days, (before - LEAST_BASELINE) // 2)  # shorter, so that there are several dates
    if length < LEAST_TRIAL:
        return
    for first in np.unique(np.linspace(LEAST_BASELINE, before - length, PLACEBO_DATES).astype(int)):
        end = int(first) + length
        short = Trial(
            trial.treated[:, :end],
            None if trial.controls is None else trial.controls[:, :end],
            np.arange(end) >= first,
            _cut(trial.calendar, end),
            trial.scale,
        )
        yield Other("placebo-date", protocol.day(int(first)).isoformat(), _tried(short))


def _suspicions(protocol: Protocol, trial: Trial) -> Iterator[str]:
    """Yield controls that changed when the trial began, against the other controls: the trial may have reached them."""
    if trial.controls is None or len(trial.controls) < 2:
        return
    for n, spot in enumerate(protocol.controls):
        rest = np.delete(trial.controls, n, axis=0)
        found = _tried(replace(trial, treated=trial.controls[n : n + 1], controls=rest))
        if found is not None and found.is_clear:
            yield str(spot)


def _tried(trial: Trial) -> Estimate | None:
    try:
        return _reckoned(trial)
    except TooLittle:
        return None


def _watched(protocol: Protocol, trial: Trial) -> dict[str, float]:
    known = np.isfinite(trial.outcome())
    return {"baseline": float(known[: protocol.baseline.days].mean()), "trial": float(known[trial.during].mean())}


def _cut(calendar: Calendar, days: int) -> Calendar:
    weather = None if calendar.weather is None else calendar.weather[:, :days]
    return replace(calendar, days=days, weather=weather)


def _asked(outcome: Outcome, spot: Spot) -> Asked:
    return Asked(
        outcome.measure, spot.camera or "", spot.sensor or "", spot.subject or "", outcome.class_name, outcome.way
    )


def _bounds(protocol: Protocol, zone: ZoneInfo) -> tuple[int, int]:
    """Return the whole hours around the days of an experiment."""
    first = datetime.combine(protocol.baseline.first, time(), zone).timestamp()
    last = datetime.combine(protocol.day(protocol.days), time(), zone).timestamp()
    return int(first // HOUR_S) * HOUR_S, int(-(-last // HOUR_S)) * HOUR_S


def _on(protocol: Protocol, days: Days) -> Floats:
    """Return a series on the days of an experiment."""
    shift = (days.first - protocol.baseline.first).days
    row = np.full(protocol.days, np.nan)
    low, high = max(0, shift), min(protocol.days, shift + len(days.values))
    if low < high:
        row[low:high] = days.values[low - shift : high - shift]
    return row
