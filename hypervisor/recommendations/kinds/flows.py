"""Decisions of who waits for whom: phases of lights, counters, crowds."""

from collections.abc import Mapping, Sequence

import numpy as np

from hypervisor.recommendations.question import Question
from hypervisor.recommendations.view import VEHICLES, WALKERS, Site

Numbers = Mapping[str, float]


def pedestrian_phase(site: Site, subject: str, numbers: Numbers) -> Question | None:
    """Ask whether walkers stand or walk more densely than a level of service, in the busiest hour of the day."""
    return _peak(site, subject, "density", WALKERS, numbers["density"])


def signal_timing(site: Site, subject: str, numbers: Numbers) -> Question | None:
    """Ask whether vehicles wait longer than a level of service, in the hour in which they wait longest."""
    return _peak(site, subject, "wait_p50", VEHICLES, numbers["wait_s"])


def second_counter(site: Site, subject: str, numbers: Numbers) -> Question | None:
    """Ask whether people queue longer than bearable, in the hour in which they wait longest."""
    return _peak(site, subject, "wait_p85", WALKERS, numbers["wait_s"])


def crowd_measures(site: Site, subject: str, numbers: Numbers) -> Question | None:
    """Ask whether a place is crowded for much of the same hour, day after day."""
    return _peak(site, subject, "crowded", (), numbers["share"])


def _peak(site: Site, subject: str, measure: str, classes: Sequence[str], bound: float) -> Question | None:
    table = site.table(measure, subject, classes)
    hours = [] if table is None else table.busiest(site.window)
    if table is None or not hours:
        return None
    then = table.mean(hours)
    judged = then[site.window.judging]
    mean = float(np.nanmean(judged)) if np.isfinite(judged).any() else 0.0
    return Question(
        then - bound,
        table.unit,
        asked=site.window.judging,
        words={"hours": tuple(hours), "mean": mean, "bound": bound},
        profile=table.profile(site.window.judging),
        shown=then,
        bound=bound,
    )


ASKERS = {
    "pedestrian-phase": pedestrian_phase,
    "signal-timing": signal_timing,
    "second-counter": second_counter,
    "crowd-measures": crowd_measures,
}
