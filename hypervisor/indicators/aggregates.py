"""One number out of hours, days or durations, over the days of a draw."""

from collections.abc import Callable, Mapping
from itertools import groupby

import numpy as np

from hypervisor.history.past import Floats
from hypervisor.indicators.days import daily
from hypervisor.indicators.frame import Column, Draw, Frame, Indices, Mask, Times
from hypervisor.indicators.why import because

HOURS_A_DAY = 24


def _seen(frame: Frame, of: Column, draw: Draw) -> tuple[Floats, Floats]:
    """Return what was watched in a draw, with its coverage; one value at least."""
    place = _place(frame, of, draw)
    values, weights, asked = of.values[place], of.coverage[place], of.asked[place]
    known = asked & np.isfinite(values)
    if not known.any():
        raise because("nothing")
    return values[known], weights[known]


def _place(frame: Frame, of: Column, draw: Draw) -> Indices:
    return draw.hours if len(of.values) == len(frame.day) else draw.days


def _mean(frame: Frame, of: Column, draw: Draw) -> float:
    values, weights = _seen(frame, of, draw)
    return float(np.average(values, weights=np.maximum(weights, 1e-9)))


def _quantile(frame: Frame, of: Column, draw: Draw, part: float) -> float:
    return float(np.quantile(_seen(frame, of, draw)[0], part))


def _maximum(frame: Frame, of: Column, draw: Draw) -> float:
    return float(_seen(frame, of, draw)[0].max())


def _minimum(frame: Frame, of: Column, draw: Draw) -> float:
    return float(_seen(frame, of, draw)[0].min())


def _sum(frame: Frame, of: Column, draw: Draw) -> float:
    values, weights = _seen(frame, of, draw)
    return float((values * weights).sum())


def _per_day(frame: Frame, of: Column, draw: Draw) -> float:
    days = daily(frame, of, "per_day")
    if not np.isfinite(days.values).any():
        raise because("no-day")
    return float(_seen(frame, days, draw)[0].mean())


def _variation(frame: Frame, of: Column, draw: Draw) -> float:
    values, _ = _seen(frame, of, draw)
    if len(values) < 2 or values.mean() == 0:
        raise because("zero-divisor" if len(values) > 1 else "no-day")
    return float(values.std(ddof=1) / values.mean())


def _profile(frame: Frame, of: Column, draw: Draw) -> Floats:
    """Return (24,) the mean of each local hour; NaN where none was watched."""
    hour, values = frame.hour_of_day[draw.hours], of.values[draw.hours]
    known = of.asked[draw.hours] & np.isfinite(values)
    n = np.bincount(hour[known], minlength=HOURS_A_DAY)
    total = np.bincount(hour[known], values[known], HOURS_A_DAY)
    if not known.any():
        raise because("nothing")
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def _peak(frame: Frame, of: Column, draw: Draw) -> float:
    return float(np.nanmax(_profile(frame, of, draw)))


def _peak_hour(frame: Frame, of: Column, draw: Draw) -> float:
    profile = _profile(frame, of, draw)
    if np.nanmax(profile) == np.nanmin(profile) and np.isfinite(profile).sum() > 1:
        raise because("no-peak")
    return float(np.nanargmax(profile))


def _peak_share(frame: Frame, of: Column, draw: Draw) -> float:
    profile = _profile(frame, of, draw)
    if not np.isfinite(profile).all():
        raise because("no-whole-profile")
    if profile.sum() == 0:
        raise because("zero-divisor")
    return float(profile.max() / profile.sum())


def _number_of(frame: Frame, of: Column, draw: Draw) -> float:
    return float(_seen(frame, of, draw)[0].sum())


def _energy_mean(frame: Frame, of: Column, draw: Draw) -> float:
    values, weights = _seen(frame, of, draw)
    return float(10 * np.log10(np.average(10 ** (values / 10), weights=np.maximum(weights, 1e-9))))


def _lden(frame: Frame, of: Column, draw: Draw, begin: float) -> float:
    """Return the level of Directive 2002/49/EC, annex I, over the hours that were watched of each part of the day."""
    hour, values = frame.hour_of_day[draw.hours], of.values[draw.hours]
    since = (hour - int(begin)) % HOURS_A_DAY
    known = of.asked[draw.hours] & np.isfinite(values)
    total = 0.0
    for first, end, more in ((0, 12, 0.0), (12, 16, 5.0), (16, 24, 10.0)):
        part = known & (since >= first) & (since < end)
        if not part.any():
            raise because("no-whole-profile")
        total += (end - first) * float(np.mean(10 ** ((values[part] + more) / 10)))
    return float(10 * np.log10(total / HOURS_A_DAY))


def _coverage(frame: Frame, of: Column, draw: Draw) -> float:
    place = _place(frame, of, draw)
    asked = of.asked[place]
    if not asked.any():
        raise because("nothing")
    return float(of.coverage[place][asked].mean())


def _out(frame: Frame, of: Column, draw: Draw) -> list[int]:
    """Return the lengths of interruptions, hours."""
    place = _place(frame, of, draw)
    out = (of.coverage[place] <= 0) & of.asked[place]
    return [len(list(run)) for is_out, run in groupby(out.tolist()) if is_out]


def _gaps(frame: Frame, of: Column, draw: Draw) -> float:
    return float(len(_out(frame, of, draw)))


def _longest_gap(frame: Frame, of: Column, draw: Draw) -> float:
    return float(max(_out(frame, of, draw), default=0))


HOURS_AND_DAYS: Mapping[str, Callable[..., float]] = {
    "mean": _mean,
    "quantile": _quantile,
    "maximum": _maximum,
    "minimum": _minimum,
    "sum": _sum,
    "per_day": _per_day,
    "variation": _variation,
    "peak": _peak,
    "peak_hour": _peak_hour,
    "peak_share": _peak_share,
    "share": _mean,
    "hours": _number_of,
    "days": _number_of,
    "energy_mean": _energy_mean,
    "lden": _lden,
    "coverage": _coverage,
    "gaps": _gaps,
    "longest_gap": _longest_gap,
}
"""Name → how it is reckoned."""


def _drawn(times: Times, draw: Draw) -> tuple[Floats, Mask]:
    """Return hours and whether they ended, of those that began on the days of a draw; one at least."""
    order = np.argsort(times.day, kind="stable")
    begins = np.searchsorted(times.day[order], draw.days)
    ends = np.searchsorted(times.day[order], draw.days, side="right")
    picked = [order[one:end] for one, end in zip(begins, ends, strict=True) if end > one]
    if not picked:
        raise because("no-times")
    chosen = np.concatenate(picked)
    return times.hours[chosen], times.ended[chosen]


def _percentile(place: str) -> Callable[[Times, Draw], float]:
    def found(times: Times, draw: Draw) -> float:
        from hypervisor.cleanliness.survival import Lifetime, time_to_clean

        lives = [Lifetime(hours * 3600, bool(ended)) for hours, ended in zip(*_drawn(times, draw), strict=True)]
        value = getattr(time_to_clean(lives, 3600.0), place).value
        if value is None:
            raise because("too-many-open")
        return float(value) / 3600

    return found


def _within(times: Times, draw: Draw, hours: float) -> float:
    from hypervisor.cleanliness.survival import Lifetime, time_to_clean

    lives = [Lifetime(one * 3600, bool(ended)) for one, ended in zip(*_drawn(times, draw), strict=True)]
    value = time_to_clean(lives, hours * 3600).within.value
    if value is None:
        raise because("not-followed")
    return float(value)


def _unfinished(times: Times, draw: Draw) -> float:
    return float(1 - _drawn(times, draw)[1].mean())


OF_TIMES: Mapping[str, Callable[..., float]] = {
    "median_time": _percentile("median_s"),
    "p90_time": _percentile("p90_s"),
    "within": _within,
    "unfinished": _unfinished,
}
"""Name → how it is reckoned out of durations."""
