"""Local days out of hours."""

import numpy as np

from hypervisor.indicators.frame import Column, Frame
from hypervisor.indicators.functions import least_part


def daily(frame: Frame, of: Column, name: str) -> Column:
    """Return the days of hours: those that lie in the period as a whole, and of which enough was watched."""
    asked = np.bincount(frame.day, of.asked, frame.days)
    known = of.asked & np.isfinite(of.values)
    covered = np.bincount(frame.day, np.where(of.asked, of.coverage, 0.0), frame.days) / np.maximum(asked, 1)
    watched = np.bincount(frame.day, np.where(known, of.coverage, 0.0), frame.days)
    if name in ("daily_max", "daily_min"):
        sign = 1.0 if name == "daily_max" else -1.0
        values = np.full(frame.days, -np.inf)
        np.maximum.at(values, frame.day[known], sign * of.values[known])
        values = sign * values
    else:
        weighted = np.where(known, of.values * of.coverage, 0.0)
        values = np.bincount(frame.day, weighted, frame.days) / np.maximum(watched, 1e-9)
        if name != "daily_mean":
            values = values * asked  # the mean hour, times the hours that the day has
    is_day = frame.whole & (asked > 0)
    enough = is_day & (watched >= least_part(name) * asked)
    return Column(np.where(enough, values, np.nan), covered, is_day)
