"""The cross-analysis: series beside each other, and each by itself. Pure; `reading` brings the hours."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import combinations
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from hypervisor.cross import words
from hypervisor.cross.changes import changes
from hypervisor.cross.model import (
    MOST_DEPARTURES,
    MOST_POINTS,
    ChangePoint,
    Conclusion,
    Crossed,
    Curve,
    Departure,
    Known,
    Lag,
    Pair,
    Question,
    Usual,
)
from hypervisor.cross.reading import Read, on
from hypervisor.cross.steps import Steps
from hypervisor.cross.usual import beyond, profile
from hypervisor.history.past import Floats
from hypervisor.statistics.cross import LEAST_EFFECTIVE, Lagged, lagged, strongest, without, without_rhythm
from hypervisor.strict import Bilingual

LEAST_WEEKS = 4
"""Fewer, and taking out the usual week takes out most of what there is."""


class _Side(NamedTuple):
    """One series as it is compared."""

    steps: Steps
    left: Floats  # (n,) what is left once rhythm and weather are taken out
    trouble: Bilingual | None


def crossed(question: Question, found: Read, zone: ZoneInfo) -> Crossed:
    """Return the whole answer.

    Raises:
        ValueError: if the period holds no whole step.
    """
    all_steps = [found.steps(n, question.step, zone) for n in range(len(question.series))]
    weather = _weather(question, found, zone)
    sides = [_side(question, one, weather) for one in all_steps]
    series = [_known(question, n, found, side, zone) for n, side in enumerate(sides)]
    pairs = [_pair(question, a, b, sides) for a, b in combinations(range(len(sides)), 2)]
    return Crossed(
        **{"from": question.from_},
        to=question.to,
        step=question.step,
        steps=len(all_steps[0]),
        points_are="departures" if _is_left(question) else "values",
        series=tuple(series),
        pairs=tuple(pairs),
        days_off=len({day for day in _local_days(all_steps[0], zone) if day in found.off}),
    )


def _local_days(steps: Steps, zone: ZoneInfo) -> Iterator[date]:
    for at in steps.starts[:: steps.per_day]:
        yield datetime.fromtimestamp(int(at), UTC).astimezone(zone).date()


def _weather(question: Question, found: Read, zone: ZoneInfo) -> Floats:
    """Return (k, n) of the weather that varies and is not itself asked for."""
    asked = {(one.measure, one.sensor) for one in question.series}
    rows = [
        on(one, question.step, zone, found.off).values
        for one in found.weather
        if (one.asked.measure, one.asked.sensor) not in asked
    ]
    return np.array([row for row in rows if np.isfinite(row).any() and np.nanstd(row) > 0])


def _side(question: Question, steps: Steps, weather: Floats) -> _Side:
    known = steps.known
    if not known.any():
        return _Side(steps, steps.values, words.NEVER)
    if np.ptp(steps.values[known]) == 0:
        return _Side(steps, steps.values, words.CONSTANT)
    left = steps.scaled if _is_left(question) else steps.values
    if question.removed.rhythm:
        if known.sum() < LEAST_WEEKS * steps.week * 0.75:
            return _Side(steps, left, words.few_weeks(LEAST_WEEKS))
        left = np.where(steps.rare, np.nan, without_rhythm(left[None, :], steps.phase)[0])
    if len(weather):
        left = without(left[None, :], weather)[0]
    spread = np.nanstd(left) if np.isfinite(left).any() else 0.0
    if spread < 1e-9 * max(1.0, float(np.abs(steps.scaled[known]).max())):
        return _Side(steps, left, words.ONLY_RHYTHM)
    return _Side(steps, left, None)


def _known(question: Question, n: int, found: Read, side: _Side, zone: ZoneInfo) -> Known:
    steps = side.steps
    at_all = steps.known.any()
    usual = profile(steps)
    departures = [
        Departure(at=_moment(steps, one.step), value=_round(one.value), usual=_round(one.usual))
        for one in beyond(steps, usual, MOST_DEPARTURES)
    ]
    shifts = _changes(found, n, zone)
    return Known(
        named=question.series[n],
        unit=steps.unit,
        points_unit="share" if _is_left(question) and not steps.level else steps.unit,
        coverage=round(float(steps.coverage.mean()), 4),
        observed=int(steps.known.sum()),
        mean=_round(float(steps.values[steps.known].mean())) if at_all else None,
        trouble=side.trouble,
        changes=tuple(shifts or ()),
        changes_why_not=words.TOO_FEW_DAYS if shifts is None else None,
        usual=tuple(
            Usual(phase=one.phase, value=one.value, low=one.low, high=one.high, n=one.n) for one in usual[: steps.week]
        ),
        departures=tuple(departures),
    )


def _changes(found: Read, n: int, zone: ZoneInfo) -> list[ChangePoint] | None:
    try:
        days = found.steps(n, "1d", zone)
    except ValueError:  # no whole day
        return None
    shifts = changes(days)
    if shifts is None:
        return None
    return [
        ChangePoint(day=_date(days, one.day, zone), before=_round(one.before), after=_round(one.after))
        for one in shifts
    ]


def _pair(question: Question, a: int, b: int, sides: list[_Side]) -> Pair:
    first, second = sides[a], sides[b]
    at_once = first.steps.known & second.steps.known
    share = round(float(at_once.mean()), 4)
    why = _why_not(first, second, bool(at_once.any()))
    if why is not None:
        conclusion = Conclusion(kind="none", text=words.none(why))
        return Pair(first=a, second=b, coverage=share, pearson=None, spearman=None, conclusion=conclusion)
    pearson = lagged(first.left, second.left, question.lags)
    ranked = lagged(first.left, second.left, question.lags, "spearman")
    best = strongest(pearson)
    return Pair(
        first=a,
        second=b,
        coverage=share,
        pearson=_curve(pearson, best),
        spearman=_curve(ranked, strongest(ranked)),
        conclusion=_conclusion(question, pearson, ranked, best),
        points=tuple(_points(question, first, second, best.lag if best else 0)),
    )


def _why_not(first: _Side, second: _Side, is_together: bool) -> Bilingual | None:
    for which, side in enumerate((first, second)):
        if side.trouble is not None:
            return words.of(which, side.trouble)
    return None if is_together else words.no_overlap()


def _conclusion(question: Question, pearson: list[Lagged], ranked: list[Lagged], best: Lagged | None) -> Conclusion:
    if best is None or best.value is None or best.low is None or best.high is None:
        most = max(pearson, key=lambda one: one.effective)
        return Conclusion(kind="none", text=words.none(words.thin(most.n, most.effective, LEAST_EFFECTIVE)))
    if best.low <= 0 <= best.high:
        bounds = [abs(one) for some in pearson for one in (some.low, some.high) if one is not None]
        text = words.nothing(max(bounds), best.n, best.effective)
        return Conclusion(kind="nothing-found", text=text)
    beside = next(one for one in ranked if one.lag == best.lag)
    if beside.low is None or beside.high is None or (beside.low if best.value > 0 else -beside.high) <= 0:
        return Conclusion(kind="none", text=words.none(words.EXTREMES))
    text = words.found(question.step, best.lag, (best.value, best.low, best.high), best.n, best.effective)
    return Conclusion(kind="together" if best.value > 0 else "opposite", lag=best.lag, text=text)


def _curve(found: list[Lagged], best: Lagged | None) -> Curve:
    return Curve(lags=tuple(_lag(one) for one in found), strongest=_lag(best) if best else None)


def _lag(one: Lagged) -> Lag:
    value, low, high = (None if figure is None else round(figure, 4) for figure in (one.value, one.low, one.high))
    return Lag(lag=one.lag, value=value, low=low, high=high, n=one.n, effective=round(one.effective, 1))


def _points(question: Question, first: _Side, second: _Side, lag: int) -> list[tuple[float, float]]:
    """Return some of the steps that were observed in both, evenly over the period."""
    n = len(first.left)
    low, high = max(0, -lag), min(n, n - lag)
    x, y = _shown(question, first)[low:high], _shown(question, second)[low + lag : high + lag]
    known = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    picked = known[np.unique(np.linspace(0, len(known) - 1, min(len(known), MOST_POINTS)).astype(int))]
    return [(_round(float(x[one])), _round(float(y[one]))) for one in picked]


def _shown(question: Question, side: _Side) -> Floats:
    """Return what is drawn: figures, or departures, of counts as shares of what is usual."""
    return np.expm1(side.left) if _is_left(question) and not side.steps.level else side.left


def _is_left(question: Question) -> bool:
    """Tell whether series are compared by what is left of them."""
    return question.removed.rhythm or question.removed.weather is not None


def _moment(steps: Steps, step: int) -> datetime:
    return datetime.fromtimestamp(int(steps.starts[step]), UTC)


def _date(days: Steps, day: int, zone: ZoneInfo) -> date:
    return _moment(days, day).astimezone(zone).date()


def _round(value: float) -> float:
    return float(f"{value:.5g}")
