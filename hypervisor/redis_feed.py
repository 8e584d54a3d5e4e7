"""The feed out of Redis or Valkey: the only importer of redis on this side. It never writes.

**Why one short id is an exact resume point.** Every camera has its own stream, and the server gives the ids:
milliseconds of its clock, then a sequence. All entries together are ordered by (milliseconds, sequence, camera).
A reader first asks the server's TIME t, then which cameras there are, then reads their streams, and takes only
entries older than t. Commands are executed one after the other, so whatever is written later gets an id of t or more
and cannot sort before anything taken; and a camera that told something before t was described before t.
"Everything up to this position has been read" therefore stays true for ever, for all cameras at once.
(It needs one server clock that is not set back; a failover to another clock can break the order.)
"""

import itertools
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from hypervisor.feed import MOST_DEPOSITS, Asked, Bucket, BucketName, FeedAway, History, Page, Position, Told, Written
from hypervisor.redis_changes import told_since
from hypervisor.redis_positions import before, exclusive, lost, position
from pipeline import keys
from pipeline.observation import CameraDescription, CameraState, ConfigurationState, ModelsTold, Observation

SOCKET_TIMEOUT_S = 2.0
CONNECT_TIMEOUT_S = 2.0
MAX_CONNECTIONS = 16
LAST_WRITTEN = 100  # the newest bucket is looked for among so many; late facts touch a few older ones
LEAST_OF_A_STREAM = 20  # entries read of each stream at once
ROUNDS = 8  # times that streams are read on for one page
BATCH = 500  # buckets asked for in one round trip

Model = TypeVar("Model", bound=BaseModel)

_log = logging.getLogger(__name__)


class RedisFeed:
    """Reads what the pipelines wrote, over a bounded pool of connections."""

    def __init__(self, url: str) -> None:
        # Reading twice is harmless, so one retry carries a request over a restart of the server. No call blocks
        # in the server, so the socket time-out bounds every wait. RESP2 has the same answers in all client versions.
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=MAX_CONNECTIONS,
            timeout=SOCKET_TIMEOUT_S,
            socket_timeout=SOCKET_TIMEOUT_S,
            retry=Retry(NoBackoff(), 1),
            decode_responses=True,
            protocol=2,
            **({} if url.startswith("unix:") else {"socket_connect_timeout": CONNECT_TIMEOUT_S}),
        )
        self._redis: Redis = Redis(connection_pool=pool)
        self._texts: dict[str, str] = {}
        self._described: dict[str, CameraDescription] = {}

    async def ping(self) -> None:
        """Return if the server answers."""
        async with _reached():
            await self._redis.ping()

    async def now(self) -> Position:
        """Return the position before the server's current millisecond."""
        async with _reached():
            return before(await self._redis.time())

    async def configuration(self) -> ConfigurationState | None:
        """Return which configuration the pipeline follows; None while no pipeline tells of it."""
        async with _reached():
            text: Any = await self._redis.get(keys.CONFIGURATION)
        return _parse(ConfigurationState, text, "(all)") if text else None

    async def models(self) -> ModelsTold | None:
        """Return which models the pipeline uses; None while no pipeline tells of them."""
        async with _reached():
            text: Any = await self._redis.get(keys.MODELS)
        return _parse(ModelsTold, text, "(all)") if text else None

    async def cameras(self) -> dict[str, CameraDescription]:
        """Return all described cameras, ordered by id."""
        async with _reached():
            found: dict[str, str] = dict(cast(Any, await self._redis.hgetall(keys.CAMERAS)))
        if found != self._texts:  # they rarely change
            parsed = ((camera, _parse(CameraDescription, found[camera], camera)) for camera in sorted(found))
            self._described = {camera: description for camera, description in parsed if description is not None}
            self._texts = found
        return self._described

    async def states(self, cameras: Sequence[str]) -> dict[str, CameraState]:
        """Return the last told states; a camera without one is left out."""
        async with _reached():
            pipe = self._redis.pipeline(transaction=False)
            for camera in cameras:
                pipe.get(keys.state(camera))
            found = await pipe.execute()
        parsed = ((one, _parse(CameraState, text, one)) for one, text in zip(cameras, found, strict=True) if text)
        return {camera: state for camera, state in parsed if state is not None}

    async def buckets(self, wanted: Sequence[BucketName]) -> dict[BucketName, Bucket]:
        """Return those that exist."""
        result: dict[BucketName, Bucket] = {}
        for first in range(0, len(wanted), BATCH):
            names = wanted[first : first + BATCH]
            async with _reached():
                pipe = self._redis.pipeline(transaction=False)
                for name in names:
                    pipe.hgetall(keys.bucket(*name))
                found = await pipe.execute()
            for name, fields in zip(names, found, strict=True):
                if fields:
                    result[name] = {field: int(value) for field, value in fields.items()}
        return result

    async def newest(self, cameras: Sequence[str], step_s: int) -> int | None:
        """Return the start of the newest bucket among those written last (the index is scored by expiry)."""
        async with _reached():
            pipe = self._redis.pipeline(transaction=False)
            for camera in cameras:
                pipe.zrevrange(keys.bucket_index(camera, step_s), 0, LAST_WRITTEN - 1)
            found = await pipe.execute()
        return max((int(start) for starts in found for start in starts), default=None)

    async def written(self, asked: Sequence[Asked]) -> tuple[float, list[Written]]:
        """Return the server's time, and what indexes say after it (commands are executed in order)."""
        async with _reached():
            pipe = self._redis.pipeline(transaction=False)
            pipe.time()
            for one in asked:
                index = keys.bucket_index(one.camera, one.step_s)
                pipe.zrange(index, "-inf" if one.since is None else one.since, "+inf", byscore=True, withscores=True)
                pipe.zscore(index, one.witness)
                pipe.pexpiretime(index)
            time, *found = await pipe.execute()
        answers = zip(found[::3], found[1::3], found[2::3], strict=True)
        return time[0] + time[1] / 1e6, [
            Written([(start, int(score)) for start, score in entries], None if own is None else int(own), at // 1000)
            for entries, own, at in answers
        ]

    async def written_since(
        self, cameras: Sequence[str], step_s: int, since_s: float | None
    ) -> tuple[float, list[BucketName]]:
        """Return the server's time, and the buckets that were written since an earlier such time."""
        async with _reached():
            indexes = [keys.bucket_index(camera, step_s) for camera in cameras]
            now_s, found = await told_since(self._redis, indexes, since_s)
        pairs = [(camera, start) for camera, starts in zip(cameras, found, strict=True) for start in starts]
        return now_s, [BucketName(camera, step_s, int(start)) for camera, start in pairs]

    async def deposits_told(self, cameras: Sequence[str], since_s: float | None) -> tuple[float, list[History]]:
        """Return the server's time, and all that is kept of each deposit of which something was told since."""
        async with _reached():
            now_s, found = await told_since(self._redis, [keys.deposits_kept(one) for one in cameras], since_s)
        names = [(camera, one) for camera, ids in zip(cameras, found, strict=True) for one in ids]
        return now_s, [history for _, history in await self._histories(names)]

    async def deposits(self, cameras: Sequence[str], since_s: float) -> dict[str, list[History]]:
        """Return what was told of each deposit that lay there at or after a moment, by camera."""
        async with _reached():
            pipe = self._redis.pipeline(transaction=False)
            for camera in cameras:
                pipe.zrevrangebyscore(keys.deposits(camera), "+inf", since_s, 0, MOST_DEPOSITS)
            found = await pipe.execute()
        names = [(camera, one) for camera, ids in zip(cameras, found, strict=True) for one in ids]
        result: dict[str, list[History]] = {camera: [] for camera in cameras}
        for camera, history in await self._histories(names):
            result[camera].append(history)
        return result

    async def deposit(self, cameras: Sequence[str], deposit_id: str) -> History:
        """Return what was told of one deposit of these cameras, oldest first; empty if there is none."""
        found = await self._histories([(camera, deposit_id) for camera in cameras])
        return found[0][1] if found else ()

    async def _histories(self, names: Sequence[tuple[str, str]]) -> list[tuple[str, History]]:
        """Return those that are kept, each with its camera."""
        result: list[tuple[str, History]] = []
        for first in range(0, len(names), BATCH):
            asked = names[first : first + BATCH]
            async with _reached():
                pipe = self._redis.pipeline(transaction=False)
                for camera, deposit_id in asked:
                    pipe.lrange(keys.deposit(camera, deposit_id), 0, -1)
                found = await pipe.execute()
            for (camera, _), texts in zip(asked, found, strict=True):
                parsed = (_parse(Observation, text, camera) for text in texts)
                told = tuple(one for one in parsed if one is not None and one.camera_id == camera)
                if told:
                    result.append((camera, told))
        return result

    async def watches(self, cameras: Sequence[str]) -> dict[tuple[str, str], Observation]:
        """Return how well zones are watched for deposits, as last told."""
        async with _reached():
            pipe = self._redis.pipeline(transaction=False)
            for camera in cameras:
                pipe.hgetall(keys.watch(camera))
            found = await pipe.execute()
        return {
            (camera, zone): told
            for camera, zones in zip(cameras, found, strict=True)
            for zone, text in zones.items()
            if (told := _parse(Observation, text, camera)) is not None
        }

    async def read(self, only: frozenset[str], after: Position, limit: int) -> Page:
        """Return the first `limit` observations after a position, of what is older than the server's now."""
        async with _reached():
            # The time first, then which cameras there are, then their streams: see the module's explanation.
            pipe = self._redis.pipeline(transaction=False)
            pipe.time()
            pipe.hkeys(keys.CAMERAS)
            time, described = await pipe.execute()
            cameras = [camera for camera in described if not only or camera in only]
        until = max(after, before(time))
        rows, complete = await self._first(dict.fromkeys(cameras, after), limit, until)
        rows = [row for row in rows if row[0] < until and row[0] <= complete][:limit]
        more = len(rows) == limit or complete < until
        parsed = ((position, _parse(Observation, text, position.camera)) for position, text in rows)
        items = tuple(Told(position, observation) for position, observation in parsed if observation is not None)
        return Page(items, rows[-1][0] if more else until, more)

    async def _first(
        self, ends: dict[str, Position], limit: int, until: Position
    ) -> tuple[list[tuple[Position, str]], Position]:
        """Return entries after each camera's position, in order, and up to where they are all that there is.

        Of many streams a part each is read: all of `limit` would mostly be read in vain, the more the further behind
        the reader is. A stream that gave all it was asked for may have more; it is read on if that could be among the
        first `limit`.
        """
        part = min(limit, max(LEAST_OF_A_STREAM, 2 * limit // max(1, len(ends))))
        rows: list[tuple[Position, str]] = []
        asked, complete = ends, until
        for _ in range(ROUNDS):
            found = await self._entries(asked, part)
            rows = sorted(itertools.chain(rows, *found.values()))
            full = {camera: entries[-1][0] for camera, entries in found.items() if len(entries) == part}
            ends = {camera: end for camera, end in ends.items() if camera not in asked} | full
            horizon = rows[limit - 1][0] if len(rows) >= limit else until
            asked = {camera: end for camera, end in ends.items() if end < horizon}
            complete = min(ends.values(), default=until)
            if not asked:
                break
            part = min(limit, 4 * part)
        return rows, complete

    async def _entries(self, after: dict[str, Position], part: int) -> dict[str, list[tuple[Position, str]]]:
        """Return the first entries of each camera's stream after a position."""
        streams: Any = {keys.stream(camera): exclusive(at, camera) for camera, at in after.items()}
        async with _reached():
            found: Any = await self._redis.xread(streams, count=part) if streams else []
        cameras_of = {keys.stream(camera): camera for camera in after}
        return {
            cameras_of[key]: [(position(one, cameras_of[key]), fields.get("o", "")) for one, fields in entries]
            for key, entries in found or ()
        }

    async def trimmed(self, cameras: Sequence[str], after: Position) -> tuple[str, ...]:
        """Return the cameras of which something told after a position may have been deleted since."""
        async with _reached():
            pipe = self._redis.pipeline(transaction=False)
            pipe.time()
            for camera in cameras:
                pipe.xinfo_stream(keys.stream(camera))
                pipe.pttl(keys.stream(camera))
            time, *found = await pipe.execute(raise_on_error=False)  # no stream yet is an error of its own
        now_ms = before(time).ms
        infos = zip(cameras, found[::2], found[1::2], strict=True)
        return tuple(one for one, info, ms in infos if isinstance(info, dict) and lost(info, ms, after, now_ms))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()
        await self._redis.connection_pool.aclose()


@asynccontextmanager
async def _reached() -> AsyncIterator[None]:
    """Turn whatever the client raises into `FeedAway`, without the address."""
    try:
        yield
    except (RedisError, OSError) as error:
        raise FeedAway(f"Redis does not answer ({type(error).__name__})") from error


def _parse(model: type[Model], text: str, camera: str) -> Model | None:
    """Return the value, or None with a line in the log if another version of Parvis wrote it."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        _log.warning("camera %s: a %s cannot be read (%d faults)", camera, model.__name__, error.error_count())
        return None
