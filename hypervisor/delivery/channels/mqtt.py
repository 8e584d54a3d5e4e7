"""MQTT 5, to the one broker that the operator configured (the only door to aiomqtt).

Events go to `<prefix>/<site>/<kind>/<subject>`, QoS 1, as CloudEvents (structured JSON, the content type of the
binding), and the broker drops what is too old. `parvis/<site>/status` is retained: `online`, and `offline` by last
will. Where several processes deliver, one that lives corrects what the will of another said.
"""

import asyncio
import json
import re
import ssl
from contextlib import AsyncExitStack, suppress
from typing import Any
from urllib.parse import unquote, urlsplit

import aiomqtt
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from hypervisor.delivery.channels.channel import ACCEPTED, Answer, Letter
from hypervisor.delivery.model import Mqtt

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
STATUS_PREFIX = "parvis"
ANNOUNCED_MOST = 1000  # topics that one process announces to Home Assistant
CONNECT_S = 5.0


class MqttChannel:
    """Publishes events over one connection, which is made when it is first needed and again when it breaks."""

    def __init__(self, url: str, site: str, name: str) -> None:
        self._url, self._site, self._name = urlsplit(url), site, name
        self._client: aiomqtt.Client | None = None
        self._stack = AsyncExitStack()
        self._listening: asyncio.Task[None] | None = None
        self._connecting = asyncio.Lock()
        self._announced: set[str] = set()

    async def deliver(self, letter: Letter) -> Answer:
        """Try once."""
        channel = letter.subscription.channel
        assert isinstance(channel, Mqtt)
        topic = topic_of(channel.prefix, self._site, letter.event)
        payload = json.dumps(letter.event, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            client = await self._connected()
            if channel.home_assistant and topic not in self._announced and len(self._announced) < ANNOUNCED_MOST:
                await self._announce(client, topic, letter)
            await client.publish(topic, payload, 1, channel.retain, _properties(channel.expiry_s))
        except aiomqtt.MqttError as error:
            await self.close()
            return Answer("failed", error=f"the broker did not take it ({error})"[:200])
        return ACCEPTED

    async def close(self) -> None:
        """Say that it is over, and let go of the connection."""
        async with self._connecting:
            if self._client is not None:
                with suppress(aiomqtt.MqttError):
                    await self._client.publish(self._status, b"offline", 1, retain=True)
            if self._listening is not None:
                self._listening.cancel()
            self._client, self._listening = None, None
            with suppress(aiomqtt.MqttError):
                await self._stack.aclose()

    @property
    def _status(self) -> str:
        return f"{STATUS_PREFIX}/{self._site}/status"

    async def _connected(self) -> aiomqtt.Client:
        async with self._connecting:
            if self._listening is not None and self._listening.done():  # the connection broke meanwhile
                with suppress(aiomqtt.MqttError):
                    await self._stack.aclose()
                self._client = None
            if self._client is None:
                self._client = await self._connect()
            return self._client

    async def _connect(self) -> aiomqtt.Client:
        secure = self._url.scheme == "mqtts"
        client = aiomqtt.Client(
            self._url.hostname or "localhost",
            self._url.port or (8883 if secure else 1883),
            username=unquote(self._url.username) if self._url.username else None,
            password=unquote(self._url.password) if self._url.password else None,
            identifier=self._name,
            protocol=aiomqtt.ProtocolVersion.V5,
            will=aiomqtt.Will(self._status, b"offline", 1, retain=True),
            timeout=CONNECT_S,
            tls_context=ssl.create_default_context() if secure else None,
        )
        self._stack = AsyncExitStack()
        await self._stack.enter_async_context(client)
        await client.subscribe(self._status, 1)
        await client.publish(self._status, b"online", 1, retain=True)
        self._listening = asyncio.create_task(self._correct(client))
        return client

    async def _correct(self, client: aiomqtt.Client) -> None:
        """Say `online` again when the will of another process said otherwise; end with the connection."""
        with suppress(aiomqtt.MqttError):
            async for message in client.messages:
                if message.payload != b"online":
                    await client.publish(self._status, b"online", 1, retain=True)

    async def _announce(self, client: aiomqtt.Client, topic: str, letter: Letter) -> None:
        """Tell Home Assistant of a topic: a sensor with the value of its last event."""
        name = re.sub(r"[^a-zA-Z0-9_-]", "_", topic)
        told: dict[str, Any] = {
            "name": f"{letter.event['type']} {letter.event['subject']}",
            "unique_id": name,
            "state_topic": topic,
            "value_template": "{{ value_json.data.value | default(value_json.type) }}",
            "availability_topic": self._status,
            "device": {"identifiers": [f"parvis_{self._site}"], "name": f"Parvis {self._site}"},
        }
        await client.publish(f"homeassistant/sensor/{name}/config", json.dumps(told), 1, retain=True)
        self._announced.add(topic)


def topic_of(prefix: str, site: str, event: Any) -> str:
    """Return the topic of an event; what topics may not hold becomes `_`."""
    kind = str(event["type"]).removeprefix("parvis.")
    subject = re.sub(r"[^\w./:-]", "_", str(event["subject"]))
    return f"{prefix}/{site}/{kind}/{subject}"


def _properties(expiry_s: int) -> Properties:
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    properties.MessageExpiryInterval = expiry_s
    properties.ContentType = CONTENT_TYPE
    return properties
