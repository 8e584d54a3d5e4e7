"""Between ids of Redis' streams and places in the one order of all cameras' entries: pure functions."""

import math
from typing import Any

from hypervisor.feed import Position


def before(time: tuple[int, int]) -> Position:
    """Return the position before the millisecond of a TIME answer (seconds, microseconds)."""
    return Position.before_ms(time[0] * 1000 + time[1] // 1000)


def position(entry_id: str, camera: str) -> Position:
    """Return where an entry of a camera's stream stands."""
    ms, seq = entry_id.split("-")
    return Position(int(ms), int(seq), camera)


def exclusive(after: Position, camera: str) -> str:
    """Return the id after which a camera's entries sort after `after` (of equal ids the camera decides)."""
    if camera <= after.camera:
        return f"{after.ms}-{after.seq}"
    if after.seq > 0:
        return f"{after.ms}-{after.seq - 1}"
    return f"{after.ms - 1}-{2**64 - 1}" if after.ms > 0 else "0-0"


def lost(info: dict[str, Any], ttl_ms: int, after: Position, now_ms: int) -> bool:
    """Tell from XINFO STREAM whether entries after a position may be gone.

    `max-deleted-entry-id` knows nothing of trimming, so what counts is: were entries removed at all, and does the
    first that is left (or, when none is, the last that ever was) come after the position? A stream that was quiet
    for its whole time to live vanished and began anew: then what counts is whether that can have been since.
    """
    last = position(info["last-generated-id"], after.camera)
    first = position(info["recorded-first-entry-id"], after.camera) if info["length"] else last
    if info["entries-added"] > info["length"]:
        return first > after
    kept_ms = ttl_ms + now_ms - last.ms if ttl_ms > 0 else math.inf
    return after.ms < first.ms - kept_ms
