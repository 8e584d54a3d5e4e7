"""The pipeline's ear and mouth for questions: channels of Redis, on which nothing is kept.

Apart from `pipeline.redis_client`, whose connections read text: here pictures pass. Who waits for one asks again.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from pipeline.embedded import ensure_server
from pipeline.redis_client import RedisAway, without_secrets

TIMEOUT_S = 5.0


class RedisLine:
    """Hears some channels (`hear` and `next` on one thread) and speaks on others (from any). All raise `RedisAway`."""

    def __init__(self, redis: Redis, name: str) -> None:
        self._redis, self._name = redis, name
        self._heard: Any = redis.pubsub(ignore_subscribe_messages=True)  # type: ignore[no-untyped-call]
        self._channels: frozenset[str] = frozenset()
        self.db = int(redis.connection_pool.connection_kwargs.get("db") or 0)

    def hear(self, channels: Iterable[str]) -> None:
        """Hear these channels, and no others any more."""
        wanted = frozenset(channels)
        with self._answering():
            if fresh := wanted - self._channels:
                self._heard.subscribe(*fresh)
            if gone := self._channels - wanted:
                self._heard.unsubscribe(*gone)
        self._channels = wanted

    def next(self, wait_s: float) -> tuple[str, bytes] | None:
        """Return channel and content of the next message; None if none came in time. Hear something first."""
        with self._answering():
            message: Any = self._heard.get_message(timeout=wait_s)
        return None if message is None else (message["channel"].decode(), message["data"])

    def say(self, channel: str, content: bytes) -> int:
        """Say something; return how many heard it."""
        with self._answering():
            heard: Any = self._redis.publish(channel, content)
        return int(heard)

    def close(self) -> None:
        """Let the connections go."""
        self._heard.close()
        self._redis.close()

    @contextmanager
    def _answering(self) -> Iterator[None]:
        try:
            yield
        except (RedisError, OSError) as error:
            raise RedisAway(f"redis: {self._name}: {str(error).rstrip('.')}") from error


def open_line(where: str, data_dir: Path) -> RedisLine:
    """Return a line over `embedded` (started in `data_dir` if need be) or the URL of a server.

    Raises:
        Refused: if the URL is wrong, or the embedded server cannot be started.
    """
    url = ensure_server(data_dir) if where == "embedded" else where
    name = without_secrets(url)
    redis = Redis.from_url(
        url,
        socket_timeout=TIMEOUT_S,
        socket_connect_timeout=TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
        protocol=2,
        client_name="parvis-desk",
    )
    return RedisLine(redis, name)
