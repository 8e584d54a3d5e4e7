"""Decisions about the cameras themselves: one that does not see is worth no decision."""

from collections.abc import Mapping

import numpy as np

from hypervisor.recommendations.question import Question
from hypervisor.recommendations.view import Site

Numbers = Mapping[str, float]


def camera_coverage(site: Site, _: str, numbers: Numbers) -> Question | None:
    """Ask whether a camera watches too little of the day, since it first did; one that was taken down is not asked."""
    watched = site.watched()
    seen = np.flatnonzero(watched)
    if not len(seen) or not watched[-int(numbers["gone_d"]) :].any():
        return None
    since = np.arange(len(watched)) >= seen[0]
    hours = np.max([one.coverage for one in site.tables.values()], axis=0).mean(axis=0)
    bound = numbers["share"]
    words = {"mean": 100 * float(watched[since].mean())}
    return Question(bound - watched, "share", asked=since, words=words, profile=hours, shown=watched, bound=bound)


def clear_view(site: Site, subject: str, numbers: Numbers) -> Question | None:
    """Ask whether a zone is hidden though its camera works: by leaves, a parked lorry, a terrace."""
    seen = site.table("deposits_watched", subject)
    if seen is None:
        return None
    daily, bound = seen.mean(), numbers["share"]
    words = {"mean": 100 * float(np.nanmean(daily)) if np.isfinite(daily).any() else 0.0}
    return Question(bound - daily, "share", words=words, profile=seen.profile(), shown=daily, bound=bound)


ASKERS = {"camera-coverage": camera_coverage, "clear-view": clear_view}
