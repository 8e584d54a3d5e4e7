"""What a checked sample says of a count, and how sure it is: stratified random sampling, standard library only.

Two strata are drawn from at random, without replacement: the crossings that were counted, and all moments at each line,
which are wrong where a crossing was missed. The share of wrong ones has a Wilson score interval in each stratum (Wilson
1927). The corrected count adds the strata, each times its size; its interval puts the Wilson limits together (MOVER,
Donner and Zou 2002). The correction for finite populations is left out, so intervals are rather too wide.
"""

import math
from dataclasses import dataclass

Z = 1.96
"""95 % of a normal distribution."""


@dataclass(frozen=True, slots=True)
class Stratum:
    """One kind of moment: how many there were, were checked, and turned out wrong."""

    total: int
    checked: int
    wrong: int

    @property
    def share(self) -> float:
        """Return the share of wrong ones among those checked."""
        return self.wrong / self.checked if self.checked else 0.0


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its 95 % interval."""

    value: float
    low: float
    high: float

    @property
    def width(self) -> float:
        """Return how wide the interval is."""
        return self.high - self.low


def wilson(wrong: float, checked: float) -> tuple[float, float]:
    """Return the Wilson score interval of a share; nothing checked says nothing: 0 to 1."""
    if checked <= 0:
        return 0.0, 1.0
    share, scaled = wrong / checked, Z * Z / checked
    middle = (share + scaled / 2) / (1 + scaled)
    reach = Z * math.sqrt(share * (1 - share) / checked + scaled / (4 * checked)) / (1 + scaled)
    return max(0.0, middle - reach), min(1.0, middle + reach)


def share_wrong(stratum: Stratum) -> Estimate:
    """Return the share of wrong moments of a stratum."""
    return Estimate(stratum.share, *wilson(stratum.wrong, stratum.checked))


def corrected(counted: Stratum, moments: Stratum, times: float = 1.0) -> Estimate:
    """Return how many crossings there were: those counted, less the wrong ones, and with those that were missed.

    `times` asks for the interval that so many times as many checks would give, were they to turn out alike.
    """
    false, missed = counted.total * counted.share, moments.total * moments.share
    false_low, false_high = (counted.total * x for x in wilson(counted.wrong * times, counted.checked * times))
    missed_low, missed_high = (moments.total * x for x in wilson(moments.wrong * times, moments.checked * times))
    value = counted.total - false + missed
    low = value - math.hypot(missed - missed_low, false_high - false)
    high = value + math.hypot(missed_high - missed, false - false_low)
    return Estimate(value, max(0.0, low), high)


def more_to_halve(counted: Stratum, moments: Stratum) -> int:
    """Return how many more checks would make the interval of the corrected count half as wide."""
    checked = counted.checked + moments.checked
    wanted = corrected(counted, moments).width / 2
    times = 1.0
    while checked and corrected(counted, moments, times).width > wanted and times < 100:
        times += 1 / checked
    return round((times - 1) * checked)
