"""Places of twelve weeks, written down: what a test does not say is quiet."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from hypervisor.history.kept import start_of
from hypervisor.history.past import Asked, Hours, TableOfHours
from hypervisor.history.rows import is_level
from parvis.simulated_city import remembering

FIRST, DAYS, DAY = date(2026, 1, 5), 84, 24
TODAY = date(2026, 3, 30)
NOW_S = start_of(TODAY) + 6 * 3600.0
Floats = np.ndarray[Any, np.dtype[np.float64]]


def hours_of(profile: Sequence[float] | float, seed: int = 0, spread: float = 0.15) -> Floats:
    """Return (days × 24,): a profile, times what lasts from day to day and what an hour has by chance."""
    rng = np.random.default_rng(seed)
    shape = np.broadcast_to(np.asarray(profile, dtype=float), (DAY,))
    days = np.exp(remembering(rng, (1, DAYS), 0.5, spread)[0])
    hours: Floats = (shape[None, :] * days[:, None] * np.exp(rng.normal(0, spread, (DAYS, DAY)))).ravel()
    return hours


def counts_of(profile: Sequence[float] | float, seed: int = 0) -> Floats:
    """Return (days × 24,) whole numbers around a profile."""
    return np.random.default_rng(seed + 1000).poisson(hours_of(profile, seed)).astype(float)


def peak(hours: Sequence[int], high: float, low: float) -> list[float]:
    """Return a day with some high hours."""
    return [high if hour in hours else low for hour in range(DAY)]


def series(asked: Asked, values: Floats, coverage: Floats | float = 1.0) -> Hours:
    """Return a series of the twelve weeks."""
    covered = np.broadcast_to(np.asarray(coverage, dtype=float), values.shape).copy()
    return Hours(
        asked, start_of(FIRST), np.where(covered > 0, values * np.where(covered > 0, 1.0, 0.0), np.nan), covered, ""
    )


def past(*rows: Hours) -> TableOfHours:
    """Return a past of these series."""
    return TableOfHours(rows, frozenset(one.asked.measure for one in rows if is_level(one.asked.measure)))


def at(measure: str, subject: str = "zone", class_name: str = "", camera: str = "place") -> Asked:
    """Return the name of a series of a camera."""
    return Asked(measure, camera, "", subject, class_name)


def sensed(measure: str, sensor: str = "air") -> Asked:
    """Return the name of a series of a sensor."""
    return Asked(measure, "", sensor)
