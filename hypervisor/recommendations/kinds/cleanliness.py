"""Decisions of who keeps a city clean: when to come round, where a bin is missing, and which bin is too many."""

from collections.abc import Mapping

import numpy as np

from hypervisor.recommendations.question import Question
from hypervisor.recommendations.view import DAY, Site

Numbers = Mapping[str, float]


def collection_round(site: Site, subject: str, numbers: Numbers) -> Question | None:
    """Ask whether deposits arrive within a few hours of the day: `times` as often as in an average hour, and more."""
    opened = site.table("deposits_opened", subject)
    if opened is None:
        return None
    hours = opened.busiest(site.window, int(numbers["width_h"]))
    if not hours:
        return None
    then, all_day = opened.mean(hours), opened.mean()
    profile = opened.profile(site.window.judging)
    share = float(np.nansum(profile[hours]) / max(np.nansum(profile), 1e-9))
    return Question(
        then - numbers["times"] * all_day,
        "1/h",
        asked=site.window.judging,
        words={"hours": tuple(hours), "share": 100 * share, "after": (hours[-1] + 1) % DAY},
        profile=profile,
        shown=then,
    )


def add_bin(site: Site, subject: str, numbers: Numbers) -> Question | None:
    """Ask whether more deposits come than a place has by accident."""
    opened = site.table("deposits_opened", subject)
    if opened is None:
        return None
    daily = opened.mean() * DAY
    words = {"mean": float(np.nanmean(daily)) if np.isfinite(daily).any() else 0.0}
    return Question(
        daily - numbers["a_day"],
        "1/d",
        words=words,
        profile=opened.profile(),
        shown=daily,
        bound=numbers["a_day"],
    )


def clear_sooner(site: Site, subject: str, numbers: Numbers) -> Question | None:
    """Ask whether deposits lie longer than promised: what lies there on average is arrivals times how long (Little)."""
    lying, opened = site.table("deposits", subject), site.table("deposits_opened", subject)
    if lying is None or opened is None:
        return None
    hours, arrived = lying.mean() * DAY, opened.mean() * DAY
    mean = float(np.nansum(hours) / max(np.nansum(np.where(np.isfinite(hours), arrived, 0.0)), 1.0))
    return Question(
        hours - numbers["promised_h"] * arrived,
        "h/d",
        words={"mean": mean},
        profile=lying.profile(),
        shown=hours,
    )


def empty_sooner(site: Site, _: str, numbers: Numbers) -> Question | None:
    """Ask whether a bin gets fuller than it should, at the hour at which it usually is fullest."""
    return _filling(site, numbers["percent"], 1.0)


def empty_later(site: Site, _: str, numbers: Numbers) -> Question | None:
    """Ask whether a bin is emptied long before it needs to be: even when it is fullest there is much room."""
    return _filling(site, numbers["percent"], -1.0)


def _filling(site: Site, bound: float, sign: float) -> Question | None:
    # Not each day's highest value: the highest of 24 noisy ones is too high (noise made it the highest).
    filling = site.table("filling", "")
    hours = [] if filling is None else filling.busiest(site.window)
    if filling is None or not hours:
        return None
    then, asked = filling.mean(hours), site.window.judging
    known = then[asked & np.isfinite(then)]
    return Question(
        sign * (then - bound),
        "%",
        asked=asked,
        words={"mean": float(known.mean()) if len(known) else 0.0, "hours": tuple(hours)},
        profile=filling.profile(asked),
        shown=then,
        bound=bound,
    )


ASKERS = {
    "collection-round": collection_round,
    "add-bin": add_bin,
    "clear-sooner": clear_sooner,
    "empty-sooner": empty_sooner,
    "empty-later": empty_later,
}
