"""From the fields of buckets to figures: pure functions (`pipeline.keys` defines the fields)."""

from collections.abc import Iterable, Iterator
from typing import Any

from hypervisor.feed import Bucket
from pipeline import keys

OBSERVED = 0.95
"""Coverage from which on a bucket counts as observed; below it is partial."""


def merge(buckets: Iterable[Bucket]) -> dict[str, int]:
    """Return one bucket out of several: maxima of maxima, sums of everything else, sealed if all are."""
    total: dict[str, int] = {}
    every = list(buckets)
    for bucket in every:
        for field, value in bucket.items():
            if field == keys.SHED or (field.startswith(("o|", "g|")) and field.endswith("|max")):
                total[field] = max(total.get(field, 0), value)
            else:
                total[field] = total.get(field, 0) + value
    total["q|sealed"] = int(bool(every) and all(bucket.get("q|sealed", 0) for bucket in every))
    return total


def coverage(bucket: Bucket, length_s: float) -> float:
    """Return the part of the time that was watched, 0..1."""
    return min(1.0, bucket.get("q|covered_ms", 0) / 1000 / length_s)


def status(covered: float) -> str:
    """Return how far a figure of that coverage can be read."""
    if covered <= 0:
        return "not_observed"
    return "observed" if covered >= OBSERVED else "partial"


def crossings(bucket: Bucket, line: str, class_name: str, direction: str) -> int:
    """Return how many crossed."""
    return bucket.get(keys.crossing_field(line, class_name, direction), 0)


def flow_rate(bucket: Bucket, line: str, class_name: str, direction: str) -> float | None:
    """Return the crossings for each hour watched; None without any time watched."""
    covered_ms = bucket.get("q|covered_ms", 0)
    if covered_ms <= 0:
        return None
    return round(crossings(bucket, line, class_name, direction) * 3_600_000 / covered_ms, 1)


def occupancy_mean(bucket: Bucket, zone: str, class_name: str) -> float | None:
    """Return the mean number of objects over the time watched; None without any."""
    covered_ms = bucket.get("q|covered_ms", 0)
    if covered_ms <= 0:
        return None
    return round(bucket.get(keys.occupancy_field(zone, class_name, "ms"), 0) / covered_ms, 3)


def occupancy_max(bucket: Bucket, zone: str, class_name: str) -> int:
    """Return the most objects seen at once."""
    return bucket.get(keys.occupancy_field(zone, class_name, "max"), 0)


def dwell(bucket: Bucket, zone: str, class_name: str, share: float) -> float | None:
    """Return the duration, seconds, that `share` of the stays did not exceed; None if no stay ended."""
    return _percentile(bucket, keys.dwell_field(zone, class_name, 0)[:-1], share)


def counted(bucket: Bucket, measure: str, place: str, class_name: str, way: str) -> int:
    """Return how often something happened."""
    return bucket.get(keys.count_field(measure, place, class_name, way), 0)


def level_mean(bucket: Bucket, measure: str, place: str, class_name: str) -> float | None:
    """Return the mean level over the time watched; None without any."""
    covered_ms = bucket.get("q|covered_ms", 0)
    if covered_ms <= 0:
        return None
    return round(bucket.get(keys.gauge_field(measure, place, class_name, "ms"), 0) / covered_ms / 1000, 3)


def level_max(bucket: Bucket, measure: str, place: str, class_name: str) -> float:
    """Return the highest level."""
    return bucket.get(keys.gauge_field(measure, place, class_name, "max"), 0) / 1000


def value(bucket: Bucket, measure: str, key: tuple[str, str, str], share: float) -> float | None:
    """Return what `share` of the values at (place, class, way) did not exceed; None if there was none."""
    return _percentile(bucket, keys.value_field(measure, *key, 0)[:-1], share)


def _percentile(bucket: Bucket, prefix: str, share: float) -> float | None:
    """Return the middle of the bin that holds a percentile; bins are the fields that begin with `prefix`."""
    bins = sorted((int(field[len(prefix) :]), n) for field, n in bucket.items() if field.startswith(prefix))
    wanted = share * sum(n for _, n in bins)
    seen = 0
    for number, n in bins:
        seen += n
        if n and seen >= wanted:
            return round(keys.dwell_bin_middle_s(number), 2)
    return None


def quality(bucket: Bucket) -> dict[str, Any]:
    """Return how the figures of a bucket came about; `devices` only where several took part."""
    devices = dict(_named(bucket, "q|device|"))
    answer: dict[str, Any] = {
        "frames_expected": bucket.get("q|expected", 0),
        "frames_processed": bucket.get("q|processed", 0),
        "device": _main(devices),
        "model": _main(dict(_named(bucket, "q|model|"))),
        "revision": _main(dict(_named(bucket, "q|revision|"))),
        "late": bucket.get("q|late", 0),
        "suspended_s": round(bucket.get("q|suspended_ms", 0) / 1000, 1),
        "shed": bucket.get(keys.SHED, 0),
        "sealed": bool(bucket.get("q|sealed", 0)),
    }
    return answer | {"devices": devices} if len(devices) > 1 else answer


def _named(bucket: Bucket, prefix: str) -> Iterator[tuple[str, int]]:
    return ((field[len(prefix) :], n) for field, n in bucket.items() if field.startswith(prefix))


def _main(counts: dict[str, int]) -> str | None:
    """Return the name that most detections were made with."""
    return max(counts, key=lambda name: (counts[name], name)) if counts else None
