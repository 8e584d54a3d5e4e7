"""Tails of Student's t: the one place of recommendations that needs SciPy."""

from scipy.special import stdtr, stdtrit


def survival(statistic: float, free: int) -> float:
    """Return the probability that t with `free` degrees is above a value."""
    return float(stdtr(free, -statistic))


def quantile(share: float, free: int) -> float:
    """Return the value below which a share of t lies."""
    return float(stdtrit(free, share))
