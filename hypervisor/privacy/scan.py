"""What is kept now, in Redis and on disk: names, ends and ages, never contents. A door to redis."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from redis import Redis, RedisError

from hypervisor.delivery import queue_keys
from hypervisor.privacy.proof import Found
from hypervisor.store.values import StoreAway

BATCH = 500
PATTERN = "parvis1:*"


def keys(url: str) -> Iterator[Found]:
    """Yield every key of Parvis.

    Raises:
        StoreAway: the server does not answer; the message holds no address.
    """
    try:
        with Redis.from_url(url, decode_responses=True, protocol=2, socket_timeout=10) as redis:
            seconds, micros = redis.time()
            now_s = seconds + micros / 1e6
            batch: list[str] = []
            for name in redis.scan_iter(PATTERN, count=BATCH):
                batch.append(name)
                if len(batch) == BATCH:
                    yield from _looked_at(redis, batch, now_s)
                    batch = []
            yield from _looked_at(redis, batch, now_s)
    except (RedisError, OSError) as error:
        raise StoreAway(f"Redis does not answer ({type(error).__name__})") from error


def files(folder: Path, now_s: float) -> Iterator[tuple[str, str, float]]:
    """Yield pictures, tracks and history under a data directory: kind, name, age in seconds.

    The age of a month of history is that of its end: it is written anew whenever something of it comes late.
    """
    for kind, pattern in (("tracks", "tracks/**/*"), ("pictures", "cleanliness/**/*.jpg")):
        for path in sorted(folder.glob(pattern)):
            if path.is_file():
                yield kind, str(path.relative_to(folder)), now_s - path.stat().st_mtime
    for path in sorted(folder.glob("history/**/*.parquet")):
        yield "history", str(path.relative_to(folder)), now_s - _end_s(path.stem)


def _end_s(name: str) -> float:
    """Return when the day or month that a file is called after was over, epoch seconds."""
    parts = [int(one) for one in name.split("-")]
    first = date(*parts) if len(parts) == 3 else date(parts[0], parts[1], 1)
    after = first + timedelta(days=1) if len(parts) == 3 else (first + timedelta(days=31)).replace(day=1)
    return datetime(after.year, after.month, after.day, tzinfo=UTC).timestamp()


def _looked_at(redis: Any, names: list[str], now_s: float) -> Iterator[Found]:
    pipe = redis.pipeline(transaction=False)
    for name in names:
        pipe.pttl(name)
        pipe.type(name)
    answers = pipe.execute()
    for name, ttl_ms, kind in zip(names, answers[::2], answers[1::2], strict=True):
        if ttl_ms == -2:  # it vanished in between, as it should
            continue
        age_s = _oldest_s(redis, name, kind, now_s)
        yield Found(name, None if ttl_ms < 0 else ttl_ms / 1000, age_s)


def _oldest_s(redis: Any, name: str, kind: str, now_s: float) -> float | None:
    """Return the age of the oldest entry, of keys whose entries say it."""
    if kind == "stream":
        first = redis.xrange(name, count=1)
        return now_s - int(first[0][0].split("-")[0]) / 1000 if first else None
    if name.startswith(queue_keys.dead_order("")):
        oldest = redis.zrange(name, 0, 0, withscores=True)
        return now_s - float(oldest[0][1]) if oldest else None
    return None
