"""Signing in at the city's own OpenID Connect provider (the only door to joserfc): authorization code with PKCE.

Only people who are members already come in: the provider proves who someone is, `parvis admin` says what they may do.
"""

import hashlib
import logging
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

from hypervisor.access.secrets import Random, new_secret

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""Signatures with public keys only: `none`, and secrets shared with the provider, prove nothing."""

LEEWAY_S = 60  # clocks that disagree
KNOWN_S = 600.0  # how long addresses and keys of the provider are believed
TIMEOUT_S = 10.0
MOST_BYTES = 1 << 20
LOOPBACK = ("127.0.0.1", "localhost", "::1")

_log = logging.getLogger(__name__)


class ProviderFault(Exception):
    """The provider did not answer, or did not prove anything. The message holds no secret and no token."""


class ProviderSettings(BaseModel):
    """Which provider, and what this is called there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str = Field(description="its issuer, as its own documents name it")
    client_id: str = Field(description="what this is called there")
    client_secret: SecretStr = Field(description="the secret of that name")

    @field_validator("issuer")
    @classmethod
    def _over_tls(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError("expected an address that begins with https://")
        return value


class Attempt(NamedTuple):
    """What one attempt to sign in must come back with; it waits in a cookie of the browser that began it."""

    state: str
    nonce: str
    verifier: str

    @staticmethod
    def new(random: Random) -> "Attempt":
        """Return a fresh one."""
        return Attempt(new_secret(random), new_secret(random), new_secret(random))

    @staticmethod
    def parse(text: str) -> "Attempt | None":
        """Read it from a cookie."""
        parts = text.split(".")
        return Attempt(*parts) if len(parts) == len(Attempt._fields) and all(parts) else None

    def __str__(self) -> str:
        return ".".join(self)


@dataclass(slots=True)
class _Known:
    """What the provider says of itself."""

    document: dict[str, Any]
    keys: KeySet
    until_s: float


class Provider:
    """One OpenID Connect provider."""

    def __init__(self, settings: ProviderSettings, clock: Callable[[], float]) -> None:
        self._settings = settings
        self._clock = clock
        self._known: _Known | None = None

    async def address(self, attempt: Attempt, back: str) -> str:
        """Return where to send the browser; it comes back to `back`.

        Raises:
            ProviderFault: if the provider does not answer.
        """
        known = await self._knowledge()
        challenge = urlsafe_b64encode(hashlib.sha256(attempt.verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "response_type": "code",
            "client_id": self._settings.client_id,
            "redirect_uri": back,
            "scope": "openid",
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        address = str(known.document["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"

    async def subject(self, code: str, attempt: Attempt, back: str) -> str:
        """Return who signed in, as the provider calls that person (`sub`).

        Raises:
            ProviderFault: if the provider does not answer, or its answer proves nothing.
        """
        known = await self._knowledge()
        secret = self._settings.client_secret.get_secret_value()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
        form["code_verifier"] = attempt.verifier
        answer = await _asked("POST", str(known.document["token_endpoint"]), form, (self._settings.client_id, secret))
        try:
            return self._proven(str(answer["id_token"]), known.keys, attempt.nonce)
        except KeyError:
            raise ProviderFault("the provider's answer holds no id_token") from None
        except JoseError as error:
            self._known = None  # its keys may have changed: the next attempt asks again
            raise ProviderFault(f"the provider's token proves nothing ({error.error})") from None

    def _proven(self, token: str, keys: KeySet, nonce: str) -> str:
        found = jwt.decode(token, keys, algorithms=ALGORITHMS)
        rules = jwt.JWTClaimsRegistry(
            now=int(self._clock()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": self._settings.issuer},
            aud={"essential": True, "value": self._settings.client_id},
            nonce={"essential": True, "value": nonce},
            exp={"essential": True},
            sub={"essential": True},
        )
        rules.validate(found.claims)
        if found.claims.get("azp", self._settings.client_id) != self._settings.client_id:
            raise ProviderFault("the provider's token was made for another party")
        return str(found.claims["sub"])

    async def _knowledge(self) -> _Known:
        if self._known is not None and monotonic() < self._known.until_s:
            return self._known
        document = await _asked("GET", f"{self._settings.issuer.rstrip('/')}/.well-known/openid-configuration")
        if document.get("issuer") != self._settings.issuer:
            raise ProviderFault("the provider calls itself otherwise than the configured issuer")
        try:
            keys = KeySet.import_key_set(await _asked("GET", str(document["jwks_uri"])))  # type: ignore[arg-type]
            self._known = _Known(document, keys, monotonic() + KNOWN_S)
            _ = document["authorization_endpoint"], document["token_endpoint"]
        except (KeyError, ValueError, JoseError) as error:
            raise ProviderFault(f"the provider's documents are incomplete ({type(error).__name__})") from None
        return self._known


async def _asked(
    method: str, address: str, form: dict[str, str] | None = None, auth: tuple[str, str] | None = None
) -> dict[str, Any]:
    """Return the provider's JSON answer; never more than a megabyte of it."""
    try:
        async with (
            httpx2.AsyncClient(follow_redirects=False, timeout=TIMEOUT_S) as client,
            client.stream(method, address, data=form, auth=auth) as answer,
        ):
            body = b""
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise ProviderFault("the provider's answer is too large")
            if answer.status_code != httpx2.codes.OK:
                raise ProviderFault(f"the provider answers {answer.status_code}")
            found = httpx2.Response(200, content=body).json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
        raise ProviderFault(f"the provider does not answer ({type(error).__name__})") from None
    if not isinstance(found, dict):
        raise ProviderFault("the provider's answer is no object")
    return found
