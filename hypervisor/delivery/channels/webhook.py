"""Webhooks: CloudEvents 1.0 (structured JSON) by POST, signed as Standard Webhooks.

2xx is consent; a redirect is not followed and counts as a failure; 410 ends the subscription; `Retry-After` is honoured
on 429 and 503. Where the subscription asks for it, the receiver is asked for consent first (`OPTIONS`, CloudEvents
abuse protection), once a process and address.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from hypervisor.delivery import signing
from hypervisor.delivery.channels.channel import ACCEPTED, Answer, Letter
from hypervisor.delivery.guarded import GuardedClient, Refused, Reply
from hypervisor.delivery.model import Webhook

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
AGENT = "Parvis-Webhook/1"
RATE = "120"  # requests a minute that consent is asked for
REMEMBERED = 1000


class WebhookChannel:
    """Posts events."""

    def __init__(self, client: GuardedClient, origin: str, clock: Callable[[], float]) -> None:
        self._client, self._origin, self._clock = client, origin, clock
        self._consents: dict[str, None] = {}  # addresses that have consented, oldest first

    async def deliver(self, letter: Letter) -> Answer:
        """Try once."""
        channel = letter.subscription.channel
        assert isinstance(channel, Webhook)
        try:
            if channel.handshake and channel.url not in self._consents:
                refusal = await self._consent(channel.url)
                if refusal is not None:
                    return refusal
            reply = await self._post(channel, letter)
        except (Refused, OSError) as error:
            return unreached(error)
        return judged(reply, self._clock())

    async def close(self) -> None:
        """Let go of connections."""
        await self._client.close()

    async def _post(self, channel: Webhook, letter: Letter) -> Reply:
        body = json.dumps(letter.event, ensure_ascii=False, separators=(",", ":")).encode()
        secrets = [one.text for one in letter.subscription.secrets]
        headers = {
            "content-type": CONTENT_TYPE,
            "user-agent": AGENT,
            **signing.headers(str(letter.event["id"]), body, secrets, letter.at_s),
            **({"webhook-request-origin": self._origin} if channel.handshake else {}),
        }
        return await self._client.request("POST", channel.url, headers, body)

    async def _consent(self, url: str) -> Answer | None:
        """Ask for consent; a status alone is none (CloudEvents, http-webhook 1.0)."""
        asked = {"webhook-request-origin": self._origin, "webhook-request-rate": RATE, "user-agent": AGENT}
        reply = await self._client.request("OPTIONS", url, asked)
        if not is_consent(reply.headers, self._origin):
            return Answer("failed", reply.status, "the receiver did not consent (WebHook-Allowed-Origin)")
        self._consents[url] = None
        while len(self._consents) > REMEMBERED:
            del self._consents[next(iter(self._consents))]
        return None


def is_consent(headers: Mapping[str, str], origin: str) -> bool:
    """Tell whether an answer allows our origin."""
    return headers.get("webhook-allowed-origin", "").strip() in ("*", origin)


def judged(reply: Reply, now_s: float) -> Answer:
    """Return what a receiver's answer means."""
    status = reply.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Answer(ACCEPTED.verdict, status)
    if status == HTTPStatus.GONE:
        return Answer("stop", status, "the receiver answered 410 Gone")
    asked: Any = None
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        asked = retry_after_s(reply.headers.get("retry-after", ""), now_s)
    redirected = HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST
    error = f"the receiver answered {status}" + ("; redirects are not followed" if redirected else "")
    return Answer("failed", status, error, asked)


def unreached(error: Exception) -> Answer:
    """Return what an attempt came to that no receiver answered."""
    return Answer("failed", error="no answer in time" if isinstance(error, TimeoutError) else str(error))


def retry_after_s(text: str, now_s: float) -> float | None:
    """Read `Retry-After`: seconds, or a date."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() - now_s)
