"""How long deposits stay, by Kaplan and Meier (1958): those that still lie there count for the time they were seen.

An average over what has been cleaned would be too short: the slow ones are those that are still there. The estimate
and its pointwise 95 % band (log-log, Kalbfleisch and Prentice) are SciPy's. It is loaded when the first figure is
asked for, on the thread that computes it: the service starts, and answers everything else, without it.
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


class Lifetime(NamedTuple):
    """How long one deposit was there, seconds, and whether it was seen to go (else it may have stayed longer)."""

    duration_s: float
    ended: bool


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its 95 % interval; None where the data do not say."""

    value: float | None
    low: float | None
    high: float | None


NOTHING = Interval(None, None, None)


@dataclass(frozen=True, slots=True)
class TimeToClean:
    """What is known of the time that cleaning takes."""

    cleaned: int  # seen to go
    censored: int  # still there when last seen
    median_s: Interval
    p90_s: Interval
    within: Interval  # share cleaned within the service level, 0..1


def time_to_clean(lifetimes: Sequence[Lifetime], service_level_s: float) -> TimeToClean:
    """Return median, 90th percentile, and the share that was gone after `service_level_s`.

    A percentile is the first moment at which so many were gone. It is None where too many still lie there to tell,
    and so is the share where nobody was watched for so long.
    """
    ended = [one.duration_s for one in lifetimes if one.ended]
    still = [one.duration_s for one in lifetimes if not one.ended]
    if not ended:
        return TimeToClean(0, len(still), NOTHING, NOTHING, _nothing_went(still, service_level_s))
    curve = _Curve(ended, still)
    return TimeToClean(
        len(ended), len(still), curve.percentile(0.5), curve.percentile(0.9), curve.gone_after(service_level_s)
    )


class _Curve:
    """The share still there over time, with its band."""

    def __init__(self, ended: Sequence[float], still: Sequence[float]) -> None:
        from scipy.stats import CensoredData, ecdf  # only here: see the module's explanation

        there = ecdf(CensoredData(uncensored=ended, right=still)).sf
        with warnings.catch_warnings():
            # The band is undefined where everything is still there, or all is gone: `_known` makes None of that.
            warnings.simplefilter("ignore", RuntimeWarning)
            band = there.confidence_interval(confidence_level=0.95, method="log-log")
        self._last_s = max(*ended, *still, 0.0)
        self._there, self._low, self._high = there, band.low, band.high

    def percentile(self, share: float) -> Interval:
        """Return when `share` of them were gone (its interval: Brookmeyer and Crowley 1982)."""
        return Interval(*(_first_at_most(one, 1 - share) for one in (self._there, self._low, self._high)))

    def gone_after(self, limit_s: float) -> Interval:
        """Return which share was gone after a time."""
        there = float(self._there.evaluate(limit_s))
        if limit_s > self._last_s and there > 0:
            return NOTHING
        low, high = _known(self._high.evaluate(limit_s)), _known(self._low.evaluate(limit_s))
        return Interval(1 - there, None if low is None else 1 - low, None if high is None else 1 - high)


def _first_at_most(function: Any, share: float) -> float | None:
    """Return the first moment at which a falling step function is at `share` or below."""
    steps = zip(function.quantiles, function.probabilities, strict=True)
    return next((float(at_s) for at_s, there in steps if there <= share + 1e-12), None)


def _known(value: Any) -> float | None:
    return None if math.isnan(value) else float(value)


def _nothing_went(still: Sequence[float], limit_s: float) -> Interval:
    """Return the share that was gone, where none was seen to go."""
    return Interval(0.0, None, None) if still and max(still) >= limit_s else NOTHING
