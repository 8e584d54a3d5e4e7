"""From the fields of sensors' buckets to figures: pure (`hypervisor.sensors.keys` defines the fields)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hypervisor.figures import status
from hypervisor.sensors.keys import KEPT_S
from hypervisor.sensors.measures import MEASURES, figure

STEPS_S: tuple[int, ...] = tuple(KEPT_S)


@dataclass(frozen=True, slots=True)
class Reading:
    """What buckets of one measure hold together."""

    value: float | None  # in the unit that is kept
    low: float | None
    high: float | None
    received: int
    expected: float  # values, by the interval that the sensor was registered with
    coverage: float  # 0..1
    late: int
    sealed: bool

    @property
    def status(self) -> str:
        """Return how far the figure can be read: observed, partial or not_observed."""
        return status(self.coverage)


def finest_s(interval_s: int) -> int:
    """Return the shortest bucket that holds an interval, seconds."""
    return next((step for step in STEPS_S if step >= interval_s), STEPS_S[-1])


def read(parts: Sequence[Mapping[str, str]], step_s: int, length_s: float, key: str, interval_s: int) -> Reading:
    """Read one measure out of the buckets (of `step_s`) that make up a span of `length_s` seconds."""
    measure = key.partition("@")[0]
    held = [part for part in parts if int(part.get(f"{key}|n", 0))]
    n = sum(int(part[f"{key}|n"]) for part in held)
    sums = tuple(sum(float(part.get(f"{key}|{name}", 0)) for part in held) for name in "st")
    low = min((float(part[f"{key}|min"]) for part in held), default=None)
    high = max((float(part[f"{key}|max"]) for part in held), default=None)
    covered = sum(_covered_s(part, key, step_s) for part in held)
    directed = MEASURES[measure].kind == "circular"
    return Reading(
        value=figure(MEASURES[measure].kind, n, (sums[0], sums[1]), high or 0.0),
        low=None if low is None or directed else round(low, 3),
        high=None if high is None or directed else round(high, 3),
        received=n,
        expected=round(length_s / interval_s, 2),
        coverage=round(min(1.0, covered / length_s), 4),
        late=sum(int(part.get(f"{key}|late", 0)) for part in held),
        sealed=bool(parts) and all(part.get("sealed") == "1" for part in parts),
    )


def _covered_s(bucket: Mapping[str, str], key: str, step_s: int) -> float:
    """Return for how long a bucket's values stand.

    A value stands for one interval. Sixty values in one minute do not cover an hour: of each quarter no more than a
    quarter counts. Where the interval is longer than the bucket, a value stands for time beyond it.
    """
    interval_s = int(bucket.get(f"{key}|i", 1))
    if interval_s > step_s:
        return float(int(bucket[f"{key}|n"]) * interval_s)
    if step_s == 3600 and interval_s <= 900:
        return sum(min(900.0, int(bucket.get(f"{key}|q{quarter}", 0)) * interval_s) for quarter in range(4))
    return min(float(step_s), int(bucket[f"{key}|n"]) * interval_s)
