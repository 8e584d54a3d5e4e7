"""From places' daily figures to the one series that a trial is judged by: treated minus controls, day by day.

Difference-in-differences: what moves all places alike (season, holidays, a strike) is in the controls too, and falls
out.
Without controls the series of the treated places stands for itself (interrupted time series).
"""

from typing import Literal

import numpy as np

from hypervisor.statistics.noise import Floats

Scale = Literal["ratio", "difference"]
SMALL = 0.5
"""Added to counts before the logarithm, so that an empty day has one (Anscombe's half)."""


def outcome_of(treated: Floats, controls: Floats | None, baseline: np.ndarray, scale: Scale) -> Floats:
    """Return (days,): the outcome, NaN where one side was not observed.

    Args:
        treated: (places, days) daily figures; NaN is not observed.
        controls: (places, days) of places without the trial, or None.
        baseline: (days,) True before the trial.
        scale: `ratio` compares logarithms (counts, speeds), `difference` the figures themselves (shares, levels).

    Each place is taken against its own mean before the trial, so that a day on which one place is missing does not
    look like a change of the mean over places.
    """
    own = _levelled(treated, baseline, scale)
    if controls is None:
        return own
    return own - _levelled(controls, baseline, scale)


def _levelled(figures: Floats, baseline: np.ndarray, scale: Scale) -> Floats:
    values = np.log(figures + SMALL) if scale == "ratio" else figures
    known = np.isfinite(values)
    before = known & baseline
    means = np.divide(
        np.where(before, values, 0).sum(axis=1),
        before.sum(axis=1),
        out=np.full(len(values), np.nan),
        where=before.any(axis=1),
    )
    level = np.where(known, values - means[:, None], 0.0)
    usable = known & np.isfinite(means)[:, None]
    n = usable.sum(axis=0)
    mean: Floats = np.divide(
        np.where(usable, level, 0).sum(axis=0), n, out=np.full(values.shape[1], np.nan), where=n > 0
    )
    return mean
