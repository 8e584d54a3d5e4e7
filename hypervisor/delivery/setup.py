"""A delivering process's real parts, out of an address and settings."""

import os
from collections.abc import Awaitable, Callable
from random import random
from time import time

from hypervisor.delivery.channels.channel import Channel
from hypervisor.delivery.channels.ngsi_ld import NgsiLdChannel
from hypervisor.delivery.channels.redis_stream import RedisStreamChannel
from hypervisor.delivery.channels.webhook import WebhookChannel
from hypervisor.delivery.directory import Making
from hypervisor.delivery.entitled import by_keys_and_members
from hypervisor.delivery.guarded import GuardedClient
from hypervisor.delivery.process import Parts
from hypervisor.delivery.redis_queue import RedisQueue
from hypervisor.delivery.rights import Entitled
from hypervisor.delivery.settings import DeliverySettings
from hypervisor.ngsi.entities import entities_of
from hypervisor.redis_feed import RedisFeed
from hypervisor.store.redis_store import RedisStore
from hypervisor.store.values import Store


def parts(
    url: str,
    settings: DeliverySettings,
    clock: Callable[[], float] = time,
    entitled: Callable[[Store, Callable[[], float]], Awaitable[Entitled]] = by_keys_and_members,
) -> Parts:
    """Return the parts of a process that delivers from and to these; it opens connections when it needs them."""
    queue, store = RedisQueue(url, settings, clock), RedisStore(url, clock)
    client = GuardedClient(settings.webhook_allow_nets, settings.timeout_s)
    feed, name = RedisFeed(url), f"deliver-{os.getpid()}-{os.urandom(4).hex()}"
    channels: dict[str, Channel] = {
        "webhook": WebhookChannel(client, settings.origin, clock),
        "redis_stream": RedisStreamChannel(queue),
        "ngsi_ld": NgsiLdChannel(client, feed.cameras, entities_of, clock),
    }
    if settings.mqtt_url is not None:
        from hypervisor.delivery.channels.mqtt import MqttChannel  # only here: who has no broker needs no client

        channels["mqtt"] = MqttChannel(settings.mqtt_url.get_secret_value(), settings.site, name)
    if settings.smtp_url is not None:
        from hypervisor.delivery.channels.mail import MailChannel

        channels["email"] = MailChannel(settings.smtp_url.get_secret_value(), settings.mail_from, settings.site)
    making = Making(clock, os.urandom)
    return Parts(feed, store, queue, channels, settings, making, random, lambda: entitled(store, clock), name)


async def close(opened: Parts) -> None:
    """Let go of all connections."""
    for channel in opened.channels.values():
        await channel.close()
    await opened.queue.close()
    await opened.store.close()
    await opened.feed.close()
