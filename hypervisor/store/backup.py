"""Everything that is kept, as lines of a file, and back. With the stores a door to redis; it blocks, so commands only.

Written in plain values rather than by `DUMP`, so that a backup of one server can be read by any other.

Consistency: all keys of one hash tag (the hypervisor's, or a camera's) are read in one transaction, with the last
position of each stream; what streams hold up to there is read afterwards, because it does not change any more.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from hypervisor.store import keys
from hypervisor.store.values import StoreAway

ALL = "parvis1:"
PAGE = 1000
TRIES = 5
TIMEOUT_S = 60.0
LEFT_OUT = (
    *(f"{keys.PREFIX}{name}:" for name in ("rate", "lease")),
    *(f"{keys.PREFIX}{kind}:{name}" for kind in "ci" for name in ("sessions", "tickets")),
)
"""What ends by itself within minutes, and who had signed in: after a restore everybody signs in again."""


class Line(NamedTuple):
    """A part of a key: all of it, or a page of a stream."""

    key: str
    type: str  # string, hash, zset, set, list or stream
    ends_ms: int  # epoch; 0: never
    value: Any  # as JSON has it

    def text(self) -> str:
        """Return it as a line."""
        return json.dumps(self)

    @staticmethod
    def parse(text: str) -> "Line":
        """Read a line.

        Raises:
            ValueError: if it is none.
        """
        found = json.loads(text)
        if not isinstance(found, list) or len(found) != len(Line._fields) or found[1] not in WRITE:
            raise ValueError("is no line of a backup")
        return Line(*found)


class NotEmpty(Exception):
    """The store to restore into holds something."""


def dump(url: str, figures: bool) -> Iterator[Line]:
    """Yield everything of the hypervisor, and with `figures` everything of the cameras too.

    Raises:
        StoreAway: the server does not answer, or so much is changed that no consistent state can be read.
    """
    with _connected(url) as redis:
        groups = sorted({_tag(key) for key in _names(redis, ALL if figures else keys.PREFIX)})
        for tag in groups:
            yield from _group(redis, tag)


def load(url: str, lines: Iterable[Line], now_ms: int) -> int:
    """Write a backup into an empty store; return how many keys there are. Nothing is left of one that breaks off.

    Raises:
        NotEmpty: if the store holds something of Parvis.
        StoreAway: the server does not answer.
    """
    with _connected(url) as redis:
        if any(True for _ in _names(redis, ALL)):
            raise NotEmpty("holds something already")
        try:
            for line in lines:
                if not line.ends_ms or line.ends_ms > now_ms:
                    _write(redis, line)
        except BaseException:
            for key in _names(redis, ALL):
                redis.unlink(key)
            raise
        return sum(1 for _ in _names(redis, ALL))


def is_empty(url: str) -> bool:
    """Tell whether a store holds nothing of Parvis."""
    with _connected(url) as redis:
        return not any(True for _ in _names(redis, ALL))


def _group(redis: Any, tag: str) -> Iterator[Line]:
    """Yield all keys of one tag, as they were at one moment."""
    for _ in range(TRIES):
        found = sorted(_names_of(redis, tag))
        types = {key: redis.type(key) for key in found}
        with redis.pipeline(transaction=True) as pipe:
            for key in found:
                pipe.type(key)
                pipe.pexpiretime(key)
                READ.get(types[key], _nothing)(pipe, key)
            answers = pipe.execute()
        rows = list(zip(found, answers[::3], answers[1::3], answers[2::3], strict=True))
        # A key that came while the names were read is missing: read them again.
        if _names_of(redis, tag) <= set(found) and all(kind in ("none", types[key]) for key, kind, _, _ in rows):
            break
    else:
        raise StoreAway("so much is changed at this moment that nothing consistent can be read; try again")
    for key, kind, ends_ms, value in rows:
        if kind == "stream":
            yield from _stream(redis, key, max(0, ends_ms), value)
        elif kind in WRITE:
            yield Line(key, kind, max(0, ends_ms), _plain(kind, value))


def _stream(redis: Any, key: str, ends_ms: int, last: Any) -> Iterator[Line]:
    """Yield a stream in pages, up to the entry that was the last one at the moment of the others."""
    after = "-"
    while last and (page := redis.xrange(key, after, last[0][0], PAGE)):
        yield Line(key, "stream", ends_ms, page)
        after = f"({page[-1][0]}"


def _plain(kind: str, value: Any) -> Any:
    """Return a value as JSON knows it: it has neither sets nor infinity."""
    if kind == "zset":
        return [[name, repr(score)] for name, score in value]
    return sorted(value) if kind == "set" else value


def _nothing(pipe: Any, key: str) -> None:
    pipe.exists(key)


READ: Mapping[str, Callable[[Any, str], object]] = {
    "string": lambda pipe, key: pipe.get(key),
    "hash": lambda pipe, key: pipe.hgetall(key),
    "zset": lambda pipe, key: pipe.zrange(key, 0, -1, withscores=True),
    "set": lambda pipe, key: pipe.smembers(key),
    "list": lambda pipe, key: pipe.lrange(key, 0, -1),
    "stream": lambda pipe, key: pipe.xrevrange(key, "+", "-", 1),
}


def _write_stream(pipe: Any, key: str, value: Any) -> None:
    for position, fields in value:
        pipe.xadd(key, fields, id=position)


WRITE: Mapping[str, Callable[[Any, str, Any], object]] = {
    "string": lambda pipe, key, value: pipe.set(key, value),
    "hash": lambda pipe, key, value: pipe.hset(key, mapping=value),
    "zset": lambda pipe, key, value: pipe.zadd(key, {name: float(score) for name, score in value}),
    "set": lambda pipe, key, value: pipe.sadd(key, *value),
    "list": lambda pipe, key, value: pipe.rpush(key, *value),
    "stream": _write_stream,
}


def _write(redis: Any, line: Line) -> None:
    with redis.pipeline(transaction=True) as pipe:
        WRITE[line.type](pipe, line.key, line.value)
        if line.ends_ms:
            pipe.pexpireat(line.key, line.ends_ms)
        pipe.execute()


def _names(redis: Any, start: str) -> Iterator[str]:
    """Yield the names of keys to be kept."""
    escaped = start.replace("[", "\\[")
    return (key for key in redis.scan_iter(f"{escaped}*", count=PAGE) if not key.startswith(LEFT_OUT))


def _names_of(redis: Any, tag: str) -> set[str]:
    return {key for key in _names(redis, _start(tag)) if _tag(key) == tag}


def _tag(key: str) -> str:
    """Return the hash tag of a key; empty without."""
    head, brace, rest = key.partition("{")
    return rest.partition("}")[0] if brace and head == ALL else ""


def _start(tag: str) -> str:
    return f"{ALL}{{{tag}}}" if tag else ALL


@contextmanager
def _connected(url: str) -> Iterator[Any]:
    """Yield a client that repeats nothing by itself; whatever it raises becomes `StoreAway`, without the address."""
    redis = Redis.from_url(
        url,
        decode_responses=True,
        encoding_errors="surrogateescape",
        protocol=2,
        socket_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        yield redis
    except (RedisError, OSError) as error:
        raise StoreAway(f"Redis does not answer ({type(error).__name__})") from error
    finally:
        redis.close()
