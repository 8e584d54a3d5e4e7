"""Secrets that the hypervisor gives out: keys, session cookies, tickets. Only their sha256 is ever kept.

They are random and long (256 bits), so a slow hash would protect nothing: there is no dictionary to try.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import NamedTuple

PREFIX = "parvis"
SECRET_BYTES = 32
_KEY = re.compile(rf"{PREFIX}_([0-9a-z]{{26}})_([A-Za-z0-9_-]{{43}})", re.ASCII)
_SECRET = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)

Random = Callable[[int], bytes]
"""Gives so many random bytes: `os.urandom`, except in tests."""


class KeyText(NamedTuple):
    """A key as a service shows it: `parvis_<id>_<secret>`."""

    id: str
    secret: str

    def __str__(self) -> str:
        return f"{PREFIX}_{self.id}_{self.secret}"


def new_secret(random: Random) -> str:
    """Return 256 random bits as 43 characters that need no escaping anywhere."""
    return urlsafe_b64encode(random(SECRET_BYTES)).decode().rstrip("=")


def key_text(text: str) -> KeyText | None:
    """Read a key; None if it does not look like one."""
    found = _KEY.fullmatch(text)
    return None if found is None else KeyText(found[1], found[2])


def is_secret(text: str) -> bool:
    """Tell whether a text looks like a cookie or a ticket of ours."""
    return _SECRET.fullmatch(text) is not None


def digest(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_secret_of(secret: str, kept: str) -> bool:
    """Compare a secret with what is kept of it, in a time that tells nothing."""
    return hmac.compare_digest(digest(secret), kept)


def csrf_token(session: str) -> str:
    """Return what a page must send along with a change: it follows from the cookie, which scripts cannot read."""
    return hmac.new(session.encode(), b"csrf", hashlib.sha256).hexdigest()


def is_csrf_token(token: str, session: str) -> bool:
    """Check a token in a time that tells nothing."""
    return hmac.compare_digest(token.encode(), csrf_token(session).encode())
