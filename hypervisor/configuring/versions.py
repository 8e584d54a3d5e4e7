"""Former versions of the configuration file: as many as are kept, readable by nobody else (they hold passwords)."""

import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

MOST_VERSIONS = 200
BY_HAND = "by hand"
_NAME = re.compile(r"(\d{15})-([0-9a-f]{12})\.yaml")


def version_of(data: bytes) -> str:
    """Return 12 hexadecimal digits that change with every byte of a file."""
    return sha256(data).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Version:
    """One version: `who` is the actor as in the audit log, None for a change by hand; `what` was changed."""

    version: str
    at: datetime
    who: str | None
    what: str


class Versions:
    """A folder of versions: a YAML file each, with a note beside it of who made it."""

    def __init__(self, folder: Path, clock: Callable[[], float], most: int = MOST_VERSIONS) -> None:
        self.folder, self._clock, self._most = folder, clock, most

    def keep(self, data: bytes, who: str | None, what: str) -> None:
        """Keep a version, unless it is the newest already; the oldest beyond the bound are forgotten.

        Raises:
            OSError: if the folder cannot be written.
        """
        version, names = version_of(data), self._names()
        if names and names[0][1] == version:
            return
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        newest_ms = names[0][0] if names else 0
        at_ms = max(round(self._clock() * 1000), newest_ms + 1)  # a clock that was set back changes no order
        note = json.dumps({"who": who, "what": what}).encode()
        for suffix, content in ((".json", note), (".yaml", data)):
            write_private(self.folder / f"{at_ms:015d}-{version}{suffix}", content)
        for old_ms, old in self._names()[self._most :]:
            for suffix in (".yaml", ".json"):
                (self.folder / f"{old_ms:015d}-{old}{suffix}").unlink(missing_ok=True)

    def listed(self) -> list[Version]:
        """Return all versions, the newest first."""
        found = []
        for at_ms, version in self._names():
            try:
                note = json.loads((self.folder / f"{at_ms:015d}-{version}.json").read_bytes())
            except (OSError, ValueError):
                note = {}
            at = datetime.fromtimestamp(at_ms / 1000, UTC)
            found.append(Version(version, at, note.get("who"), note.get("what", BY_HAND)))
        return found

    def read(self, version: str) -> bytes | None:
        """Return what the file held in a version; None if that is not kept."""
        at_ms = next((at_ms for at_ms, one in self._names() if one == version), None)
        if at_ms is None:
            return None
        try:
            return (self.folder / f"{at_ms:015d}-{version}.yaml").read_bytes()
        except FileNotFoundError:
            return None

    def _names(self) -> list[tuple[int, str]]:
        try:
            found = [match for match in map(_NAME.fullmatch, os.listdir(self.folder)) if match]
        except FileNotFoundError:
            return []
        return sorted(((int(match[1]), match[2]) for match in found), reverse=True)


def write_private(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Write a file that is whole on the disk before it bears its name.

    Raises:
        OSError: if that cannot be done; nothing is left behind.
    """
    new = path.with_name(f".{path.name}.new")
    try:
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
