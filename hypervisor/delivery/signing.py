"""Standard Webhooks: secrets and signatures (version 1.0.0, HMAC-SHA256, `v1`).

Fifteen lines of our own: the library reads time stamps with a zone wrongly (`standardwebhooks` 1.1.0); tests hold these
against it.
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from hashlib import sha256

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret(random_bytes: Callable[[int], bytes]) -> str:
    """Return a new secret in its text form."""
    return PREFIX + b64encode(random_bytes(SECRET_BYTES)).decode()


def headers(event_id: str, body: bytes, secrets: Sequence[str], at_s: float) -> dict[str, str]:
    """Return the three headers; with two secrets there are two signatures, and one that fits is enough."""
    at = str(int(at_s))
    signed = f"{event_id}.{at}.".encode() + body
    signatures = [b64encode(hmac.digest(b64decode(one.removeprefix(PREFIX)), signed, sha256)) for one in secrets]
    return {
        "webhook-id": event_id,
        "webhook-timestamp": at,
        "webhook-signature": " ".join(f"v1,{one.decode()}" for one in signatures),
    }
