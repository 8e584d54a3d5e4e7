"""How quickly 200 lines are put beside one series."""

import time
from collections.abc import Callable

import numpy as np

from benchmarks.report import Row
from hypervisor.statistics.cross import across, without_rhythm

YEAR_OF_QUARTERS, LINES = 365 * 96, 200
QUARTERS_OF_WEEK = 7 * 96
REPEATS = 5


def cross_rows() -> list[Row]:
    """Put a year of 200 lines, a quarter of an hour a step, beside one series at 49 lags."""
    rng = np.random.default_rng(1)
    lines, one = rng.normal(size=(LINES, YEAR_OF_QUARTERS)), rng.normal(size=(1, YEAR_OF_QUARTERS))
    phase = np.arange(YEAR_OF_QUARTERS) % QUARTERS_OF_WEEK

    def asked() -> None:
        across(without_rhythm(lines, phase), without_rhythm(one, phase)[0], range(-24, 25))

    return [timed("series beside 200 lines", "one year of quarters, 49 lags, rhythm removed", asked)]


def timed(metric: str, settings: str, asked: Callable[[], None]) -> Row:
    """Return the median of a few runs, seconds."""
    spent = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        asked()
        spent.append(time.perf_counter() - began)
    return Row(
        "decisions",
        "generated",
        "parvis",
        settings,
        metric,
        float(np.median(spent)),
        "s",
        REPEATS,
        min(spent),
        max(spent),
    )
