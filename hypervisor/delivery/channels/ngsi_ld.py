"""To a context broker: what is told becomes NGSI-LD entities, which replace those that the broker has.

Parvis is no broker and keeps no subscriptions of this kind: it pushes (`entityOperations/upsert`), signed by nothing,
because NGSI-LD knows no signature. What makes no entity (a case, a passage) is accepted without being sent.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from hypervisor.delivery.channels.channel import ACCEPTED, Answer, Letter
from hypervisor.delivery.channels.webhook import AGENT, retry_after_s, unreached
from hypervisor.delivery.guarded import GuardedClient, Refused, Reply
from hypervisor.delivery.model import NgsiLd
from hypervisor.store.values import Message
from hypervisor.wire import Event
from pipeline.observation import CameraDescription

PATH = "/ngsi-ld/v1/entityOperations/upsert"
CONTENT_TYPE = "application/ld+json"

Cameras = Callable[[], Awaitable[Mapping[str, CameraDescription]]]
Serializer = Callable[[Message | Event, Mapping[str, CameraDescription]], list[dict[str, Any]]]
"""Makes entities of what was told (`hypervisor.ngsi.entities.entities_of`)."""


class NgsiLdChannel:
    """Pushes entities."""

    def __init__(
        self, client: GuardedClient, cameras: Cameras, entities_of: Serializer, clock: Callable[[], float]
    ) -> None:
        self._client, self._cameras, self._entities_of, self._clock = client, cameras, entities_of, clock

    async def deliver(self, letter: Letter) -> Answer:
        """Try once."""
        channel = letter.subscription.channel
        assert isinstance(channel, NgsiLd)
        entities = self._entities_of(told(letter.stored[0]), await self._cameras())
        if not entities:
            return ACCEPTED
        headers = {"content-type": CONTENT_TYPE, "user-agent": AGENT}
        if channel.tenant is not None:
            headers["ngsild-tenant"] = channel.tenant
        body = json.dumps(entities, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            reply = await self._client.request("POST", channel.url.rstrip("/") + PATH, headers, body)
        except (Refused, OSError) as error:
            return unreached(error)
        return _judged(reply, self._clock())

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.close()


def told(stored: Mapping[str, Any]) -> Message | Event:
    """Return what was told, as it stood on the stream or the bus."""
    event = stored["event"]
    if stored["source"] == "feed":
        return Event.model_validate(event["data"])
    return Message(
        id=str(event["id"]),
        kind=str(event["type"]).removeprefix("parvis."),
        time_s=float(stored["time_s"]),
        subject=str(event["subject"]),
        lane=str(stored["lane"]),
        services=tuple(stored["services"]),
        cameras=tuple(stored["cameras"]),
        data=event["data"],
    )


def _judged(reply: Reply, now_s: float) -> Answer:
    """Return what a broker's answer means; 207 says that it took some of the entities only."""
    if reply.status in (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.NO_CONTENT):
        return Answer("accepted", reply.status)
    if reply.status == HTTPStatus.MULTI_STATUS:
        return Answer("failed", reply.status, "the broker took a part of the entities only")
    asked = retry_after_s(reply.headers.get("retry-after", ""), now_s)
    return Answer("failed", reply.status, f"the broker answered {reply.status}", asked)
