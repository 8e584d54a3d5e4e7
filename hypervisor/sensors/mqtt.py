"""The subscriber: MQTT 5 messages into the listener, for as long as it is asked to run. The door of aiomqtt here."""

import asyncio
import logging
import ssl
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from hypervisor.sensors.listener import Listener
from hypervisor.store.values import StoreAway

WAITING_MOST = 1000
"""Messages in memory; what the broker sends beyond is dropped (and is in its log)."""

LONGEST_PAUSE_S = 30.0
SESSION_S = 3600  # the broker keeps what comes while we are away for so long

_log = logging.getLogger(__name__)


class WrongBroker(ValueError):
    """An address that is none; the message holds no password."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where to subscribe."""

    host: str
    port: int
    tls: bool
    user: str | None
    password: str | None = field(repr=False)

    @staticmethod
    def parse(url: str) -> "Broker":
        """Read `mqtt://user:password@host:1883` or `mqtts://…:8883`.

        Raises:
            WrongBroker: it is not of that form.
        """
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise WrongBroker("the broker's port is none; expected mqtt://host:1883") from None
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise WrongBroker("the broker's address is none; expected mqtt://host:1883 or mqtts://host:8883")
        tls = parts.scheme == "mqtts"
        user = unquote(parts.username) if parts.username else None
        password = unquote(parts.password) if parts.password else None
        return Broker(parts.hostname, port or (8883 if tls else 1883), tls, user, password)


async def listen(broker: Broker, listener: Listener, client_id: str = "parvis-sensors") -> None:
    """Subscribe, and come back whenever the broker or the store was away; until it is cancelled."""
    pause_s = 1.0
    while True:
        try:
            async with _client(broker, client_id) as client:
                for topic in listener.topics:
                    await client.subscribe(topic, qos=1)
                _log.info("sensors: listening at %s:%d", broker.host, broker.port)
                pause_s = 1.0
                async for one in client.messages:
                    await _take(listener, str(one.topic), one.payload if isinstance(one.payload, bytes) else b"")
        except aiomqtt.MqttError as error:
            _log.warning("sensors: the broker is away (%s); again in %.0f s", error, pause_s)
        await asyncio.sleep(pause_s)
        pause_s = min(LONGEST_PAUSE_S, pause_s * 2)


async def _take(listener: Listener, topic: str, payload: bytes) -> None:
    """Keep one message, however long the store is away: the next ones wait behind it."""
    pause_s = 0.5
    while True:
        try:
            await listener.take(topic, payload)
        except StoreAway:
            _log.warning("sensors: the store is away; again in %.1f s", pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(LONGEST_PAUSE_S, pause_s * 2)
        else:
            return


def _client(broker: Broker, client_id: str) -> aiomqtt.Client:
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = SESSION_S
    return aiomqtt.Client(
        broker.host,
        broker.port,
        username=broker.user,
        password=broker.password,
        identifier=client_id,
        protocol=aiomqtt.ProtocolVersion.V5,
        clean_start=False,
        properties=properties,
        max_queued_incoming_messages=WAITING_MOST,
        tls_context=ssl.create_default_context() if broker.tls else None,
    )
