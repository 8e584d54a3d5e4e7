"""One coefficient with its interval: model-averaged estimate, block-bootstrap t (Hall 1988: percentile-t).

The bootstrap tells how far the estimate lies from the truth, measured in its own standard deviations, in series that
have the same gaps, weekdays and memory. In simulated cities (`parvis bench decisions`) the 95 % interval covers the
planted effect in 93 to 97 of 100.
"""

import math
from dataclasses import dataclass

import numpy as np

from hypervisor.statistics.noise import GRID, Floats, Model

LEVEL = 0.95
DRAWS = 299
BLOCK = 7
"""Days of a block: a week holds together."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What the data say of one number, on the scale of the outcome."""

    value: float
    low: float
    high: float
    sd: float
    n: int  # steps that were observed
    memory: float  # persistence x share, averaged over what the noise may be: 0 means that days tell the same nothing

    @property
    def is_clear(self) -> bool:
        """Tell whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0

    def as_ratio(self) -> "Estimate":
        """Return the estimate of a logarithm as a relative change: 0.1 is ten per cent more."""
        value, low, high = (math.expm1(one) for one in (self.value, self.low, self.high))
        return Estimate(value, low, high, self.sd, self.n, self.memory)


def estimate(
    model: Model, outcome: Floats, column: int, rng: np.random.Generator, level: float = LEVEL, draws: int = DRAWS
) -> Estimate:
    """Return the coefficient of a column with its interval of `level`.

    Args:
        model: of the outcome's design.
        outcome: (n,) finite.
        column: which coefficient.
        rng: what the bootstrap draws from: the same seed gives the same interval.
        level: probability that the interval covers the truth.
        draws: series of the bootstrap.

    Raises:
        ValueError: if the outcome does not vary: there is nothing to learn from a constant.
    """
    if np.ptp(outcome) == 0:
        raise ValueError("the series is constant; expected one that varies")
    judged = model.judged(outcome[:, None], column)
    value, sd, weights = float(judged.mean[0]), float(judged.sd[0]), judged.weights[:, 0]
    null = model.judged(model.resampled(outcome, weights, BLOCK, rng, draws), column)
    reach = float(np.quantile(np.abs(null.mean / null.sd), level)) * sd
    memory = float(sum(w * one.persistence * one.share for w, one in zip(weights, GRID, strict=True)))
    return Estimate(value, value - reach, value + reach, sd, model.n, memory)
