"""The first member: made on a page, with the one-time code that `parvis up` prints while nobody can sign in.

The code never stands in an address. Its digest is all that is known here; it ends with the first member, and after too
many wrong ones.
"""

import asyncio
import re
import secrets
from dataclasses import dataclass, field

from hypervisor.access.directory import Directory
from hypervisor.access.kept import Grants, Member, Service
from hypervisor.access.passwords import LONGEST, SHORTEST, Passwords
from hypervisor.access.principal import Principal
from hypervisor.access.secrets import digest, is_secret_of

ENVIRONMENT = "PARVIS_FIRST_DIGEST"
LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is taken for another
LENGTH, GROUP = 8, 4
MOST_WRONG = 20
"""Of 8.5e11 codes, so many may be tried, whoever tries."""

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
SERVICE = "city"
BY = Principal("local", "first", None, frozenset({"admin"}))


def new_code() -> str:
    """Return a code such as `K7QF-9M2X`."""
    text = "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
    return "-".join(text[at : at + GROUP] for at in range(0, LENGTH, GROUP))


def digest_of(code: str) -> str:
    """Return what is known of a code, however it is typed."""
    return digest("".join(one for one in code.upper() if one.isalnum()))


@dataclass(slots=True)
class First:
    """Whether, and by whom, the first member can be made."""

    digest: str | None
    _wrong: int = 0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def is_open(self, directory: Directory) -> bool:
        """Tell whether a code is waited for; once somebody could come in, none ever is again."""
        if self.digest is not None and not await directory.is_empty():
            self.digest = None
        return self.digest is not None

    async def make(self, directory: Directory, passwords: Passwords, fields: dict[str, str]) -> str:
        """Make the first member out of a form; return the name of the fault, or nothing.

        It may do everything, and belongs to the service `city`, which can be renamed.
        """
        async with self._lock:
            if not await self.is_open(directory) or self.digest is None:
                return "first_over"
            code = fields.get("code", "")
            if not is_secret_of("".join(one for one in code.upper() if one.isalnum()), self.digest):
                self._wrong += 1
                if self._wrong >= MOST_WRONG:
                    self.digest = None
                return "first_wrong"
            name, password = fields.get("name", "").strip().lower(), fields.get("password", "")
            if not _ID.fullmatch(name):
                return "first_name_wrong"
            if not SHORTEST <= len(password) <= LONGEST:
                return "first_password_short"
            kept = await asyncio.to_thread(passwords.hashed, password)
            service = fields.get("service", "").strip()[:200]
            if await directory.services.get(SERVICE) is None:
                await directory.keep_service(BY, SERVICE, Service(name=service or SERVICE.title()))
            member = Member(name=name, service=SERVICE, grants=Grants(scopes=frozenset({"admin"})), password=kept)
            await directory.keep_member(BY, name, member)
            self.digest = None
            return ""
