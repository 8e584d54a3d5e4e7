"""The figures of one zone: pure functions over its deposits and how it was watched."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from hypervisor.cleanliness.deposits import Deposit
from hypervisor.cleanliness.grades import ACCEPTABLE, GRADES, grade, load, parts, stays
from hypervisor.cleanliness.survival import Interval, time_to_clean
from pipeline.grades import GradeLimits, assumptions

LEAST_COVERAGE = 0.6
"""Below it there is no figure: what was not watched may have been quite different."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One bucket of a zone's watch; times are epoch seconds."""

    start_s: float
    end_s: float
    watched_s: float
    dirty_percent_s: float  # covered share of the zone × time, percent × seconds
    smallest_cm: float | None


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a zone, and what is known of it."""

    from_s: float
    to_s: float
    timezone: str
    area_m2: float | None
    service_level_h: float
    limits: GradeLimits


@dataclass(frozen=True, slots=True)
class Watched:
    """How well a zone was watched over the period."""

    coverage: float
    observed_h: float
    followed_until_s: float | None
    smallest_cm: float | None

    @staticmethod
    def of(cells: Sequence[Cell], ask: Ask) -> "Watched":
        """Add up the cells of a period."""
        watched_s = sum(cell.watched_s for cell in cells)
        # of the last cell it is known how long it was watched, not when: as if from its start, which is so for now's
        ends = [cell.start_s + cell.watched_s for cell in cells if cell.watched_s > 0]
        sizes = [cell.smallest_cm for cell in cells if cell.smallest_cm is not None]
        coverage = min(1.0, watched_s / (ask.to_s - ask.from_s))
        return Watched(coverage, watched_s / 3600, max(ends, default=None), max(sizes, default=None))


def zone_figures(
    deposits: Sequence[Deposit], cells: Sequence[Cell], watched: Watched, ask: Ask
) -> dict[str, Any] | None:
    """Return the figures in the form of `wire.ZoneFigures`; None where too little was watched.

    Deposits that an operator called normal are no deposits. Arrivals, and the time-to-clean, are of those that began
    to count within the period; these are followed until it ends, or until its last moment that was watched.
    """
    if watched.coverage < LEAST_COVERAGE or watched.followed_until_s is None:
        return None
    until_s = min(ask.to_s, watched.followed_until_s)
    real = [one for one in deposits if one.state != "absorbed"]
    came = [one for one in real if ask.from_s <= one.from_s < until_s]
    taken = time_to_clean([one.lifetime(until_s) for one in came], ask.service_level_h * 3600)
    dirty_percent_h = sum(cell.dirty_percent_s for cell in cells) / 3600
    graded, ims = _over_time(real, cells, ask)
    return {
        "arrivals": _arrivals(came, cells, ask.timezone),
        "time_to_clean": {
            "cleaned": taken.cleaned,
            "censored": taken.censored,
            "median_s": _estimate(taken.median_s),
            "p90_s": _estimate(taken.p90_s),
            "service_level_h": ask.service_level_h,
            "within_service_level": _estimate(taken.within),
        },
        "dirty_percent_h": round(dirty_percent_h, 3),
        "dirty_m2_h": None if ask.area_m2 is None else round(dirty_percent_h / 100 * ask.area_m2, 3),
        "ims_video_macro": ims,
        "grades": graded,
    }


def open_at(deposits: Iterable[Deposit], at_s: float) -> int:
    """Return how many deposits lay there at a moment, as far as is known."""
    return sum(one.state != "absorbed" and one.from_s <= at_s < one.seen_until_s for one in deposits)


def _over_time(deposits: Sequence[Deposit], cells: Sequence[Cell], ask: Ask) -> tuple[dict[str, Any], float | None]:
    """Return the grades, and the mean number of things on 100 m², over the time watched.

    Within a cell it is not known which moments were watched: each part of it weighs as much of the watched time as it
    has of the cell.
    """
    seconds: dict[str, float] = defaultdict(float)
    things_s, watched_s = 0.0, 0.0
    lying = stays(deposits)
    for cell in cells:
        if cell.watched_s <= 0:
            continue
        watched_s += cell.watched_s
        for length_s, conditions in parts(lying, cell.start_s, cell.end_s):
            weight_s = length_s * cell.watched_s / (cell.end_s - cell.start_s)
            found = load(conditions, ask.limits)
            things_s += found.things * weight_s
            seconds[grade(found, ask.area_m2, ask.limits) or ""] += weight_s
    ims = round(things_s / watched_s * 100 / ask.area_m2, 3) if ask.area_m2 and watched_s else None
    return _grading(seconds, watched_s, ask.limits), ims


def _grading(seconds: dict[str, float], watched_s: float, limits: GradeLimits) -> dict[str, Any]:
    graded_s = sum(seconds[name] for name in GRADES)
    enough = bool(watched_s) and graded_s / watched_s >= LEAST_COVERAGE
    below_s = sum(seconds[name] for name in GRADES if name not in ACCEPTABLE) + seconds["B-"] / 2
    return {
        "shares": {name: round(seconds[name] / graded_s, 4) for name in GRADES} if graded_s else {},
        "graded": round(graded_s / watched_s, 4) if watched_s else 0.0,
        "acceptable": round(sum(seconds[name] for name in ACCEPTABLE) / graded_s, 4) if enough else None,
        "ni195_like": round(100 * below_s / graded_s, 2) if enough else None,
        "limits": limits.model_dump(),
        "assumptions": list(assumptions()),
    }


def _arrivals(came: Sequence[Deposit], cells: Sequence[Cell], timezone: str) -> dict[str, Any]:
    zone = ZoneInfo(timezone)
    moments = [datetime.fromtimestamp(one.from_s, zone) for one in came]
    watched = [(datetime.fromtimestamp(cell.start_s, zone), cell.watched_s) for cell in cells]
    return {
        "total": len(came),
        "by_type": dict(sorted(Counter(str(one.detail["type"]) for one in came).items())),
        "by_hour": _slots(24, [at.hour for at in moments], [(at.hour, long_s) for at, long_s in watched]),
        "by_weekday": _slots(7, [at.weekday() for at in moments], [(at.weekday(), long_s) for at, long_s in watched]),
    }


def _slots(number: int, arrivals: Sequence[int], watched: Sequence[tuple[int, float]]) -> list[dict[str, Any]]:
    long_s = [0.0] * number
    for slot, seconds in watched:
        long_s[slot] += seconds
    count = Counter(arrivals)
    return [{"slot": n, "arrivals": count[n], "observed_h": round(long_s[n] / 3600, 3)} for n in range(number)]


def _estimate(found: Interval) -> dict[str, float | None]:
    return {
        name: None if value is None else round(value, 4)
        for name, value in (("value", found.value), ("low", found.low), ("high", found.high))
    }
