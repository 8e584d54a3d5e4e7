"""Questions and answers through channels of Redis or Valkey, on which nothing is kept (`pipeline.asks`)."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import ValidationError
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from hypervisor.pictures.line import PipelineAway
from pipeline import asks
from pipeline.asks import Answer, Ask, ProbeAsk

TIMEOUT_S = 2.0
MAX_CONNECTIONS = 64
"""One for each question that waits and each camera that is watched live."""

_log = logging.getLogger(__name__)


class RedisLine:
    """Asks over a pool of its own: a question holds its connection until it is answered."""

    def __init__(self, url: str) -> None:
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=MAX_CONNECTIONS,
            timeout=TIMEOUT_S,
            socket_timeout=TIMEOUT_S,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
            **({} if url.startswith("unix:") else {"socket_connect_timeout": TIMEOUT_S}),
        )
        self._redis: Redis = Redis(connection_pool=pool)
        self._db = int(pool.connection_kwargs.get("db") or 0)

    async def ask(self, camera: str, ask: Ask) -> tuple[Answer, bytes]:
        """Ask a camera."""
        nobody = f"no process of `parvis run` answers for camera {camera!r}"
        return await self._asked(asks.asks(camera, self._db), ask, nobody)

    async def probe(self, ask: ProbeAsk) -> Answer:
        """Let a source be tried."""
        answer, _ = await self._asked(asks.probes(self._db), ask, "no process of `parvis run` is there to try a source")
        return answer

    async def want(self, camera: str, ask: Ask) -> None:
        """Say that live pictures of a camera are wanted."""
        async with _reached():
            heard = await self._redis.publish(asks.asks(camera, self._db), ask.model_dump_json(by_alias=True))
        if not heard:
            raise PipelineAway(f"no process of `parvis run` answers for camera {camera!r}")

    @asynccontextmanager
    async def live(self, camera: str) -> AsyncIterator[AsyncIterator[tuple[Answer, bytes]]]:
        """Hear the live pictures of a camera."""
        async with self._heard(asks.live(camera, self._db)) as heard:
            yield _messages(heard)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._redis.aclose()
        await self._redis.connection_pool.aclose()

    async def _asked(self, channel: str, ask: Ask | ProbeAsk, nobody: str) -> tuple[Answer, bytes]:
        async with self._heard(asks.answers(ask.id, self._db)) as heard:
            async with _reached():
                present = await self._redis.publish(channel, ask.model_dump_json(by_alias=True))
            if not present:
                raise PipelineAway(nobody)
            try:
                async with asyncio.timeout(ask.within_s):
                    async for answer, picture in _messages(heard):
                        if answer.id == ask.id:
                            return answer, picture
            except TimeoutError:
                pass
        raise PipelineAway(f"{nobody} within {ask.within_s:g} s")

    @asynccontextmanager
    async def _heard(self, channel: str) -> AsyncIterator[Any]:
        """Subscribe before anything is said, and until the end."""
        heard: Any = self._redis.pubsub()
        try:
            async with _reached():
                async with asyncio.timeout(TIMEOUT_S):
                    await heard.subscribe(channel)
                    await heard.get_message(timeout=None)  # the server's word that it is subscribed
            yield heard
        finally:
            await heard.aclose()


async def _messages(heard: Any) -> AsyncIterator[tuple[Answer, bytes]]:
    while True:
        async with _reached():
            message = await heard.get_message(timeout=None)  # whoever asks bounds the wait, and hangs up then
        if message is None or message["type"] != "message":
            continue
        try:
            yield asks.unpacked(message["data"])
        except ValidationError as error:
            _log.warning("an answer cannot be read (%d faults)", error.error_count())


@asynccontextmanager
async def _reached() -> AsyncIterator[None]:
    """Turn whatever the client raises into `PipelineAway`, without the address."""
    try:
        yield
    except (RedisError, OSError, TimeoutError) as error:
        raise PipelineAway(f"Redis does not answer ({type(error).__name__})") from error
