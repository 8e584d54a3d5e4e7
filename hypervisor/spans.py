"""The grid of a series: where its buckets begin and end, and which stored buckets make one of them."""

from collections.abc import Iterator
from datetime import datetime, time
from functools import lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

BucketSize = Literal["1m", "15m", "1h", "1d"]
FINEST_S: dict[str, int] = {"1m": 60, "15m": 900, "1h": 3600, "1d": 86400}
"""Nominal length of a bucket, seconds (a day may last 23 to 25 hours)."""


class Span(NamedTuple):
    """One bucket of a series, half-open, epoch seconds."""

    start: int
    end: int

    def sources(self, size: BucketSize) -> tuple[int, range]:
        """Return the step and the starts of the stored buckets that fill it.

        Hours and days are made of stored hours, or of quarters where the zone's offset is not a whole hour.
        """
        step_s = min(FINEST_S[size], 3600)
        if self.start % step_s or self.end % step_s:
            step_s = 900
        return step_s, range(self.start, self.end, step_s)


def spans(size: BucketSize, zone: str, from_s: float, to_s: float) -> Iterator[Span]:
    """Yield the buckets that start in [from, to), hours and days as the zone's clocks cut them."""
    start = floor(size, zone, from_s)
    while start < to_s:
        end = _next(size, zone, start)
        if start >= from_s:
            yield Span(start, end)
        start = end


@lru_cache(maxsize=32)
def cut(size: BucketSize, zone: str, from_s: float, to_s: float) -> tuple[Span, ...]:
    """Return `spans`; cameras of one zone are asked for the same ones (5,000 at most, so about 1 MB each)."""
    return tuple(spans(size, zone, from_s, to_s))


def floor(size: BucketSize, zone: str, at_s: float) -> int:
    """Return the start of the bucket that holds a moment, epoch seconds."""
    if size in ("1m", "15m"):
        return int(at_s // FINEST_S[size]) * FINEST_S[size]
    local = datetime.fromtimestamp(at_s, ZoneInfo(zone))
    if size == "1d":
        return _midnight(local)
    return int(at_s) - local.minute * 60 - local.second


def _next(size: BucketSize, zone: str, start: int) -> int:
    if size == "1d":
        # 36 hours after a midnight it is the next day, whatever the clocks did.
        return _midnight(datetime.fromtimestamp(start + 36 * 3600, ZoneInfo(zone)))
    end = start + FINEST_S[size]
    # A clock change of half an hour (Lord Howe) moves the full hour; the next bucket starts at the new one.
    return end if size != "1h" else max(floor(size, zone, end), start + 1800)


def _midnight(local: datetime) -> int:
    return int(datetime.combine(local.date(), time(), local.tzinfo).timestamp())
