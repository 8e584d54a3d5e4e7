"""Checks of what a subscription names; each raises `ValueError` with what was expected."""

import re
from typing import Any, get_args
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hypervisor.kinds import MESSAGE_KINDS
from pipeline.observation import Kind

KINDS: tuple[str, ...] = (*get_args(Kind), *MESSAGE_KINDS)
"""Observations of the cameras' streams, and messages of the bus."""
OBSERVED: frozenset[str] = frozenset(get_args(Kind))
LONGEST_URL = 2000
_MAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)
_HOST = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*\.?", re.ASCII)


def kind(value: Any) -> str:
    """Check a kind of event, or the first words of some."""
    text = str(value)
    if not any(one == text or one.startswith(f"{text}.") for one in KINDS):
        raise ValueError(f"is unknown; expected one of {', '.join(KINDS)}, or their first word")
    return text


def time_zone(value: Any) -> str:
    """Check an IANA time zone."""
    try:
        ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("is no time zone; expected an IANA name such as Europe/Paris") from None
    return str(value)


def web_address(value: Any) -> str:
    """Check an address for HTTP: absolute, with a plain host, no password and no fragment."""
    text = str(value)
    expected = "expected https://host/path"
    if len(text) > LONGEST_URL or not text.isascii() or any(ord(c) <= 32 or c in '\\"<>^`{|}' for c in text):
        raise ValueError(f"is no address (ASCII, {LONGEST_URL} characters at most); {expected}")
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(f"is no address; {expected}") from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"is no address for HTTP; {expected}")
    if "@" in parts.netloc or parts.fragment:
        raise ValueError(f"holds a user or a fragment, which are not sent; {expected}")
    if port == 0 or not (":" in parts.hostname or _HOST.fullmatch(parts.hostname)):
        raise ValueError(f"has no usable host or port; {expected}")
    return text


def mail_address(value: Any) -> str:
    """Check a mail address, so that no header can be smuggled in."""
    text = str(value)
    if not _MAIL.fullmatch(text) or len(text) > 254:
        raise ValueError("is no mail address; expected name@domain")
    return text
