"""When to try again, and when a digest is due."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypervisor.delivery.matching import minutes
from hypervisor.delivery.model import WEEKDAYS, Email
from hypervisor.delivery.settings import DeliverySettings


def pause_s(
    settings: DeliverySettings, failures: int, random: Callable[[], float], asked_s: float | None = None
) -> float | None:
    """Return the pause after so many failures in a row; None: give up.

    The jitter only lengthens it, so that receivers that fell together are not all asked again together. What the
    receiver asked for (`Retry-After`) is honoured, within a day.
    """
    if failures > len(settings.retry_s):
        return None
    planned = settings.retry_s[failures - 1] * (1 + settings.jitter * random())
    return planned if asked_s is None else max(planned, min(asked_s, 86_400.0))


def next_digest_s(channel: Email, now_s: float) -> float:
    """Return the next moment at which a digest is sent, after now."""
    zone = ZoneInfo(channel.timezone)
    local = datetime.fromtimestamp(now_s, UTC).astimezone(zone)
    moments = []
    for days in range(9):
        day = (local + timedelta(days=days)).date()
        if WEEKDAYS[day.weekday()] not in channel.weekdays:
            continue
        for hour in channel.hours:
            midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - local wall time; the zone comes next
            at = (midnight + timedelta(minutes=minutes(hour))).replace(tzinfo=zone).timestamp()
            if at > now_s:
                moments.append(at)
        if moments:
            break
    return min(moments)
