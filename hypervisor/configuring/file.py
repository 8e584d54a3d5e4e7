"""The one configuration file: read with its faults, and replaced as a whole or not at all.

Whoever changes it holds `turn` from reading to writing; what a person writes by hand in between is noticed, because the
file must still be what was read at the moment it is replaced.
"""

import asyncio
import fcntl
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hypervisor.configuring.versions import BY_HAND, Versions, version_of
from hypervisor.problems import Refusal
from pipeline.config_faults import ConfigError, Problem
from pipeline.config_file import LoadedSite, parse_config

TURN_S = 5.0
"""How long somebody waits for another process that writes the file."""

_LOOK_S = 0.05


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The file at one moment: `loaded` if it can be used, else `faults`."""

    data: bytes
    version: str
    text: str
    loaded: LoadedSite | None
    faults: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Staged:
    """A new content that is on the disk, and not yet in its place."""

    path: Path
    data: bytes


class ConfigFile:
    """The file at `path`; its versions and its lock are kept in `folder`."""

    def __init__(self, path: Path, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self.path = path.resolve()  # what a link leads to is written, not the link
        self.versions = Versions(folder, clock)
        self._folder, self._turn = folder, asyncio.Lock()

    def read(self) -> Snapshot:
        """Return what the file holds now; a version made by hand is noted."""
        try:
            data = self.path.read_bytes()
        except OSError as error:
            return Snapshot(b"", version_of(b""), "", None, (self._fault(f"cannot be read: {error.strerror}"),))
        snapshot = self.checked(data)
        if snapshot.loaded is not None:
            with suppress(OSError):  # whoever only reads is not refused for that; who writes is
                self.versions.keep(data, None, BY_HAND)
        return snapshot

    def checked(self, data: bytes) -> Snapshot:
        """Return how a content would read in the file's place."""
        version, text = version_of(data), data.decode("utf-8", errors="replace")
        try:
            if text.encode() != data:
                raise ConfigError([self._fault("is not UTF-8 text; expected a YAML file")])
            return Snapshot(data, version, text, parse_config(self.path, text))
        except ConfigError as error:
            return Snapshot(data, version, text, None, error.problems)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Hold the only right to write, among all processes that ask.

        Raises:
            Refusal: if another one holds it for too long, or there is no place to hold it in.
        """
        async with self._turn:
            try:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                lock = os.open(self._folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
            except OSError as error:
                raise unwritable(self._folder, error) from None
            try:
                await self._locked(lock)
                yield
            finally:
                os.close(lock)  # which lets go of it

    async def _locked(self, lock: int) -> None:
        until_s = time.monotonic() + TURN_S
        while True:
            try:
                return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                if time.monotonic() > until_s:
                    raise Refusal("state-conflict", "another process is writing the file; try again") from None
                await asyncio.sleep(_LOOK_S)

    def stage(self, data: bytes) -> Staged:
        """Write a new content beside the file.

        Raises:
            Refusal: if that cannot be done; nothing is left behind.
        """
        new = self.path.with_name(f".{self.path.name}.new")
        try:
            found = self.path.stat() if self.path.exists() else None
            new.unlink(missing_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                if found is not None:
                    with suppress(PermissionError):  # only an administrator can give a file away
                        os.fchown(file.fileno(), found.st_uid, found.st_gid)
                    os.fchmod(file.fileno(), found.st_mode & 0o777)
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            self._drop(new)
            raise unwritable(self.path, error) from None
        return Staged(new, data)

    def place(self, staged: Staged, before: Snapshot, who: str, what: str) -> None:
        """Put a staged content in the file's place, if the file is still what was read.

        Raises:
            Refusal: otherwise, or if that cannot be done; the file is as it was.
        """
        try:
            self.versions.keep(before.data, None, BY_HAND if before.loaded else f"{BY_HAND}, with faults")
            now = self.path.read_bytes() if self.path.exists() else b""
            if now != before.data:
                raise Refusal("changed-since", "the file was changed by hand at this moment; read it again")
            os.replace(staged.path, self.path)
            self.versions.keep(staged.data, who, what)
            _settle(self.path.parent)
        except OSError as error:
            raise unwritable(self.path, error) from None
        finally:
            self._drop(staged.path)

    def drop(self, staged: Staged) -> None:
        """Take a staged content away again."""
        self._drop(staged.path)

    def _drop(self, path: Path) -> None:
        with suppress(OSError):  # a folder that cannot be written holds none either
            path.unlink(missing_ok=True)

    def _fault(self, text: str) -> Problem:
        return Problem(self.path, None, "", text)


def unwritable(path: Path, error: OSError) -> Refusal:
    """Return the refusal that says why a file cannot be written; only its name is told, not where it is."""
    return Refusal(
        "configuration-unwritable",
        f"{path.name} cannot be written: {error.strerror}; expected a file and a folder that `parvis serve` may write",
    )


def _settle(folder: Path) -> None:
    """Wait until the folder on the disk knows the new file."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
