"""A stream for neighbours that read the same Redis or Valkey: one entry an event, trimmed by length."""

import json

from hypervisor.delivery.channels.channel import ACCEPTED, Answer, Letter
from hypervisor.delivery.model import RedisStream
from hypervisor.delivery.redis_queue import RedisQueue
from hypervisor.store.values import StoreAway


def key(service: str, stream: str) -> str:
    """Return the key of a neighbour's stream; services cannot meet each other's."""
    return f"parvis:out:{service}:{stream}"


class RedisStreamChannel:
    """Appends events; fields `id`, `type`, `subject` and `event` (CloudEvents, JSON)."""

    def __init__(self, queue: RedisQueue) -> None:
        self._queue = queue

    async def deliver(self, letter: Letter) -> Answer:
        """Try once."""
        channel, event = letter.subscription.channel, letter.event
        assert isinstance(channel, RedisStream)
        fields = {
            "id": str(event["id"]),
            "type": str(event["type"]),
            "subject": str(event["subject"]),
            "event": json.dumps(event, ensure_ascii=False, separators=(",", ":")),
        }
        try:
            await self._queue.append(key(letter.subscription.service, channel.stream), fields, channel.max_length)
        except StoreAway as error:
            return Answer("failed", error=str(error))
        return ACCEPTED

    async def close(self) -> None:
        """The connections are the queue's."""
