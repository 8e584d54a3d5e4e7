"""Moments and spans as the wire and the buckets have them."""

from datetime import UTC, datetime

from pipeline import keys

_MINUTE_S = keys.STEPS_S[0]


def by_minute(start_s: float, end_s: float) -> list[tuple[float, float]]:
    """Cut a span at full minutes, so that each part lies in one bucket."""
    parts: list[tuple[float, float]] = []
    while start_s < end_s:
        cut_s = min(end_s, (start_s // _MINUTE_S + 1) * _MINUTE_S)
        parts.append((start_s, cut_s))
        start_s = cut_s
    return parts


def ms(time_s: float) -> int:
    """Return whole milliseconds."""
    return round(time_s * 1000)


def iso(time_s: float) -> str:
    """Return ISO 8601 in UTC."""
    return datetime.fromtimestamp(time_s, UTC).isoformat().replace("+00:00", "Z")
