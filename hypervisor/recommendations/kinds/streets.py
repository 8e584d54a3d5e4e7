"""Decisions of who shares a street: schools, crossings, cycle paths, speed, the wrong way."""

from collections.abc import Mapping

import numpy as np

from hypervisor.recommendations.question import Question, Word
from hypervisor.recommendations.view import CYCLISTS, DAY, VEHICLES, WALKERS, Site, Table

Numbers = Mapping[str, float]
DAYTIME = range(7, 20)
PATHS = ("cycl", "bike", "velo", "piste")
"""What a line along a cycle path is called: a word of its id says so."""


def school_street(site: Site, _: str, numbers: Numbers) -> Question | None:
    """Ask whether walkers come in one hour of working days, far more than in the hours beside it, among cars."""
    walkers, cars = site.most("crossings", WALKERS), site.most("crossings", VEHICLES)
    if walkers is None or cars is None:
        return None
    working = site.window.weekdays() < 5
    asked = working & site.window.judging
    hour = int(numbers["arrival_h"])
    beside = walkers.mean((hour - 1, hour + 1))
    then, driven = walkers.mean((hour,)), cars.mean((hour,))
    words: dict[str, Word] = {
        "hours": (hour,),
        "walkers": _mean(then[asked]),
        "cars": _mean(driven[asked]),
        "beside": _mean(beside[asked]),
    }
    return Question(
        then - numbers["times"] * beside,
        "1/h",
        asked=asked,
        words=words,
        profile=walkers.profile(asked),
        shown=then,
        also=(Question(driven - numbers["cars"], "1/h", asked=asked),),
    )


def crossing(site: Site, _: str, numbers: Numbers) -> Question | None:
    """Ask whether walkers times vehicles squared passes the bound from which a crossing is worth looking at."""
    walkers, cars = site.most("crossings", WALKERS), site.most("crossings", VEHICLES)
    if walkers is None or cars is None:
        return None
    product = Table(walkers.values * cars.values**2, np.minimum(walkers.coverage, cars.coverage))
    hours = product.busiest(site.window, 4, DAYTIME)
    if not hours:
        return None
    daily = product.mean(hours)
    asked = site.window.judging
    return Question(
        daily / numbers["pv2"] - 1.0,
        "share",
        asked=asked,
        words={"hours": tuple(hours), "mean": _mean(daily[asked]) / 1e8, "bound": numbers["pv2"] / 1e8},
        profile=product.profile(asked) / 1e8,
        shown=daily / 1e8,
        bound=numbers["pv2"] / 1e8,
    )


def protect_cycle_path(site: Site, subject: str, numbers: Numbers) -> Question | None:
    """Ask whether more cyclists than a share ride beside the path: over the camera's other lines."""
    path = site.table("crossings", subject, CYCLISTS)
    if path is None or not _is_path(subject):
        return None
    others = [one for one in site.subjects("crossings") if not _is_path(one)]
    beside = [one for other in others if (one := site.table("crossings", other, CYCLISTS)) is not None]
    if not beside:
        return None
    # Two lines across one carriageway see the same cyclist: only the busiest of them counts.
    most = max(beside, key=lambda one: float(np.nansum(one.values[site.window.picking])))
    off, on = most.mean() * DAY, path.mean() * DAY
    asked = site.window.judging
    share = float(np.nansum(off[asked]) / max(np.nansum((off + on)[asked]), 1e-9))
    return Question(
        off - numbers["share"] * (off + on),
        "1/d",
        asked=asked,
        words={"share": 100 * share},
        profile=most.profile(asked),
        shown=off,
    )


def calm_traffic(site: Site, subject: str, numbers: Numbers) -> Question | None:
    """Ask whether the speed that 85 of 100 keep is above the limit, by more than calibrations are wrong."""
    speed = site.table("speed_p85", subject)
    vehicles = [one for (name, where, one) in site.tables if name == "speed_p85" and where == subject]
    if speed is None or not set(vehicles) & set(VEHICLES):
        return None
    listed = [table for one in vehicles if one in VEHICLES and (table := site.table("speed_p85", subject, (one,)))]
    fastest = max(listed, key=lambda one: int(np.isfinite(one.values).sum()))  # the class that is there most often
    daily = fastest.mean(DAYTIME)
    bound = numbers["limit_kmh"] * (1 + numbers["error"])
    words = {"mean": _mean(daily)}
    return Question(daily - bound, "km/h", words=words, profile=fastest.profile(), shown=daily, bound=bound)


def wrong_way(site: Site, subject: str, numbers: Numbers) -> Question | None:
    """Ask whether more than a share of those who pass go the wrong way."""
    wrong, everybody = site.table("wrong_way", subject), site.table("crossings", subject)
    if wrong is None or everybody is None:
        return None
    against, passed = wrong.mean() * DAY, everybody.mean() * DAY
    share = float(np.nansum(against) / max(np.nansum(passed), 1e-9))
    return Question(
        against - numbers["share"] * passed,
        "1/d",
        words={"share": 100 * share, "mean": _mean(against)},
        profile=wrong.profile(),
        shown=against,
    )


def sunday_street(site: Site, _: str, numbers: Numbers) -> Question | None:
    """Ask whether on Sundays far more people walk than drive."""
    walkers, cars = site.most("crossings", WALKERS), site.most("crossings", VEHICLES)
    if walkers is None or cars is None:
        return None
    on_foot, driven = walkers.mean(DAYTIME), cars.mean(DAYTIME)
    sundays = site.window.weekdays() == 6
    return Question(
        on_foot - numbers["times"] * driven,
        "1/h",
        asked=sundays,
        words={"walkers": _mean(on_foot[sundays]), "cars": _mean(driven[sundays])},
        profile=walkers.profile(sundays),
        shown=np.where(sundays, on_foot, np.nan),
    )


def _is_path(subject: str) -> bool:
    return any(word in subject.lower() for word in PATHS)


def _mean(values: np.ndarray) -> float:
    return float(np.nanmean(values)) if np.isfinite(values).any() else 0.0


ASKERS = {
    "school-street": school_street,
    "crossing": crossing,
    "protect-cycle-path": protect_cycle_path,
    "calm-traffic": calm_traffic,
    "wrong-way": wrong_way,
    "sunday-street": sunday_street,
}
