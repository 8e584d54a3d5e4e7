"""Ids that sort by the moment they were made at, from a clock and randomness that are passed in."""

from base64 import b32hexencode
from collections.abc import Callable

RANDOM_BYTES = 10


def new_id(now_s: float, random_bytes: Callable[[int], bytes]) -> str:
    """Return 26 lower-case characters: 48 bits of milliseconds since the epoch, then 80 random ones.

    The alphabet (0-9, a-v) is in the order of its characters, so later ids are greater.
    """
    made = round(now_s * 1000).to_bytes(6, "big") + random_bytes(RANDOM_BYTES)
    return b32hexencode(made).decode().rstrip("=").lower()
