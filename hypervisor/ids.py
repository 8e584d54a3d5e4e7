"""Ids that nobody has to think of: in order of time, safe in paths and as names of files."""

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base32 in lower case: no i, l, o, u, which people misread."""

RANDOM_BYTES = 10
_TIME_BITS = 48
_LENGTH = 26


def new_id(clock_s: float, random_bytes: bytes) -> str:
    """Return 26 characters: 48 bits of milliseconds since the epoch, then the 80 random bits that are passed in.

    So ids sort as they were made, to the millisecond. They match `[a-z0-9][a-z0-9_-]{0,62}`.

    Raises:
        ValueError: if these are not `RANDOM_BYTES` bytes, or the time has no place.
    """
    if len(random_bytes) != RANDOM_BYTES:
        raise ValueError(f"got {len(random_bytes)} random bytes; expected {RANDOM_BYTES}")
    ms = round(clock_s * 1000)
    if not 0 <= ms < 2**_TIME_BITS:
        raise ValueError(f"got {clock_s} s; expected a moment after 1970")
    number = ms << (8 * RANDOM_BYTES) | int.from_bytes(random_bytes, "big")
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(_LENGTH)))
