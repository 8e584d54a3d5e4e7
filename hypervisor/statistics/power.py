"""How long a trial must last: the probability that an effect of a given size would be seen, before it is tried."""

import numpy as np
from numpy.typing import NDArray

from hypervisor.statistics.design import Calendar, columns_of
from hypervisor.statistics.effect import LEVEL
from hypervisor.statistics.noise import Floats, Model


def power(baseline: Floats, calendar: Calendar, trial_days: int, effect: float, level: float = LEVEL) -> float:
    """Return the probability 0..1 that a trial would find an effect.

    Args:
        baseline: (n,) the outcome before the trial, a value a day, NaN where nobody watched.
        calendar: its days; the planned days follow them, and are watched as often as these were.
        trial_days: how many.
        effect: on the outcome's scale.
        level: of the interval that has to leave out zero.

    The noise is judged from the baseline alone; each form of it says how sharp the trial would be, and they are
    averaged by their weights. The later days' weather is not known and left out.
    """
    from scipy.stats import norm, t  # loaded when the first power is asked for

    past = np.flatnonzero(np.isfinite(baseline))
    model = Model(columns_of(calendar)[past], past)
    weights = model.judged(baseline[past][:, None], 0).weights[:, 0]
    whole = calendar.longer(trial_days)
    watched = np.concatenate([np.isfinite(baseline), _thinned(trial_days, len(past) / len(baseline))])
    rows = np.flatnonzero(watched)
    began = (np.arange(len(whole)) >= len(calendar)).astype(float)
    planned = Model(np.column_stack([began, columns_of(whole)])[rows], rows)
    free = model.n - model.k
    variances = planned.variances(0) * model.noise_variances(baseline[past]) * free / (free - 2)
    # The trial will not know the form of its noise either: it is judged by the averaged spread.
    needed = t.ppf((1 + level) / 2, free) * np.sqrt(weights @ variances)
    sds = np.sqrt(variances)
    found = norm.sf((needed - abs(effect)) / sds) + norm.cdf((-needed - abs(effect)) / sds)
    return float(weights @ found)


def _thinned(days: int, share: float) -> NDArray[np.bool_]:
    """Return which of some days are watched, evenly, if a share of them is."""
    watched: NDArray[np.bool_] = np.diff(np.floor(np.arange(days + 1) * share + 0.5)) > 0
    return watched
