"""Decisions of who uses the kerb and the night: bays, deliveries, lights, shelter from rain."""

from collections.abc import Mapping

import numpy as np

from hypervisor.recommendations.question import Question
from hypervisor.recommendations.view import CYCLISTS, DAY, VEHICLES, WALKERS, Site

Numbers = Mapping[str, float]
BUSINESS = range(8, 19)
NIGHT = range(1, 5)


def bay_full(site: Site, subject: str, numbers: Numbers) -> Question | None:
    """Ask whether a bay is taken more than leaves room for the next."""
    return _bay(site, subject, numbers["share"], 1.0)


def bay_free(site: Site, subject: str, numbers: Numbers) -> Question | None:
    """Ask whether a bay stands empty for most of the day."""
    return _bay(site, subject, numbers["share"], -1.0)


def delivery_bay(site: Site, subject: str, numbers: Numbers) -> Question | None:
    """Ask whether vehicles stop where they should not, within a few hours of working days."""
    stopped = site.table("stopped", subject, VEHICLES)
    hours = [] if stopped is None else stopped.busiest(site.window, int(numbers["width_h"]))
    if stopped is None or not hours:
        return None
    then = stopped.mean(hours)
    asked = site.window.judging & (site.window.weekdays() < 5)
    mean = float(np.nanmean(then[asked])) if np.isfinite(then[asked]).any() else 0.0
    return Question(
        then - numbers["an_hour"],
        "1/h",
        asked=asked,
        words={"hours": tuple(hours), "mean": mean},
        profile=stopped.profile(asked),
        shown=then,
        bound=numbers["an_hour"],
    )


def dim_lights(site: Site, _: str, numbers: Numbers) -> Question | None:
    """Ask whether hardly anybody walks or rides through the small hours."""
    people = site.most("crossings", (*WALKERS, *CYCLISTS))
    if people is None:
        return None
    night = people.mean(NIGHT)
    words = {"mean": float(np.nanmean(night)) if np.isfinite(night).any() else 0.0}
    bound = numbers["an_hour"]
    return Question(bound - night, "1/h", words=words, profile=people.profile(), shown=night, bound=bound)


def rain_plan(site: Site, _: str, numbers: Numbers) -> Question | None:
    """Ask whether cyclists stay away on days with rain: by more than a share, beyond weekday and warmth."""
    cyclists, rain = site.most("crossings", CYCLISTS), site.air.get("precipitation")
    if cyclists is None or rain is None:
        return None
    daily, fallen = cyclists.mean() * DAY, rain.mean() * DAY
    wet = np.where(np.isfinite(fallen), (fallen >= numbers["mm"]).astype(float), np.nan)
    log = np.log(daily + 0.5)
    # On wet days the logarithm is set higher by the share that is not worth a plan: what is left must still be a loss.
    lost = -(log - np.log1p(-numbers["share"]) * np.where(np.isfinite(wet), wet, 0.0))
    warmth = site.air.get("temperature")
    known = np.isfinite(wet) & np.isfinite(daily)
    on, off = (daily[known & (wet == one)] for one in (1.0, 0.0))
    ratio = float(on.mean() / max(off.mean(), 1e-9)) if len(on) and len(off) else 1.0
    return Question(
        lost,
        "log",
        column=wet,
        extras=None if warmth is None else warmth.mean()[None, :],
        words={"share": 100 * (1 - ratio), "wet": float(len(on))},
        profile=cyclists.profile(),
        shown=daily,
    )


def _bay(site: Site, subject: str, bound: float, sign: float) -> Question | None:
    taken = site.table("bay_occupied", subject)
    if taken is None:
        return None
    daily = taken.mean(BUSINESS)
    words = {"mean": 100 * float(np.nanmean(daily)) if np.isfinite(daily).any() else 0.0}
    return Question(sign * (daily - bound), "share", words=words, profile=taken.profile(), shown=daily, bound=bound)


ASKERS = {
    "bay-full": bay_full,
    "bay-free": bay_free,
    "delivery-bay": delivery_bay,
    "dim-lights": dim_lights,
    "rain-plan": rain_plan,
}
