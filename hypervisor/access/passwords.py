"""Passwords of members: argon2id (the only door to argon2), off the event loop, few at a time."""

import asyncio
from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

SHORTEST, LONGEST = 12, 1024
AT_ONCE = 2  # each takes 64 MiB; who signs in at the same moment waits a little


class Passwords:
    """Hashes and checks passwords, with the library's current parameters unless told otherwise."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._places = asyncio.Semaphore(AT_ONCE)

    @cached_property
    def _nobody(self) -> str:
        return self._hasher.hash("nobody has this password")

    def hashed(self, password: str) -> str:
        """Return what is kept of a password; it takes a moment, on purpose."""
        return self._hasher.hash(password)

    async def is_right(self, password: str, kept: str | None) -> bool:
        """Check a password. Without anything kept (no such member) it is wrong, and takes just as long."""
        if len(password) > LONGEST:
            return False
        async with self._places:
            right = await asyncio.to_thread(self._verified, password, kept)
        return right and kept is not None

    def _verified(self, password: str, kept: str | None) -> bool:
        try:
            return self._hasher.verify(kept or self._nobody, password)
        except (VerificationError, InvalidHashError):
            return False
