"""How often something happens that was counted over a time: a rate with its 95 % interval."""

from scipy.special import chdtri

from pipeline.audit.estimate import Estimate

NEVER = 3.0
"""With none in a time T, the rate is below 3 / T (95 %, one-sided: −ln 0.05 = 2.996)."""


def rate(number: int, time: float) -> Estimate:
    """Return the rate of a number of events in a time, in one unit of it.

    The interval is exact for a Poisson process (Garwood 1936); with no event at all it reaches from 0 to 3 / T.
    """
    if time <= 0:
        return Estimate(0.0, 0.0, float("inf"))
    if number == 0:
        return Estimate(0.0, 0.0, NEVER / time)
    low, high = chdtri(2 * number, 0.975) / 2, chdtri(2 * (number + 1), 0.025) / 2
    return Estimate(number / time, float(low) / time, float(high) / time)
