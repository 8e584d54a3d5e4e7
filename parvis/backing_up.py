"""Backups as files: a header, a line for each part, and an end that proves that nothing is missing."""

import gzip
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from pipeline.errors import Refused

if TYPE_CHECKING:
    from hypervisor.store.backup import Line

SCHEMA = "parvis.backup/1"


class Written(NamedTuple):
    """What a backup holds."""

    lines: int
    made_at: str
    figures: bool
    form: int | None


def write(path: Path, lines: "Iterator[Line]", figures: bool, form: int | None) -> Written:
    """Write a backup, whole or not at all, for this user's eyes only: hashes and secrets of receivers are in it.

    Raises:
        Refused: if there is such a file already, or no such folder.
    """
    if path.exists():
        raise Refused(f"{path}: is there already; expected a new file")
    if not path.parent.is_dir():
        raise Refused(f"{path}: its folder does not exist; expected a file that can be written")
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    header = {"schema": SCHEMA, "made_at": made_at, "figures": figures, "form": form}
    draft = path.with_name(f".{path.name}.new")
    digest, count = hashlib.sha256(), 0
    try:
        with _private(draft) as file:
            _put(file, digest, json.dumps(header))
            for line in lines:
                _put(file, digest, line.text())
                count += 1
            file.write(json.dumps({"end": count, "sha256": digest.hexdigest()}) + "\n")
        os.replace(draft, path)
    finally:
        with suppress(FileNotFoundError):
            draft.unlink()
    return Written(count, made_at, figures, form)


def checked(path: Path) -> Written:
    """Read all of a backup and return what it holds.

    Raises:
        Refused: if it is none, or something of it is missing or changed.
    """
    from hypervisor.store.backup import Line

    digest, count, header, end = hashlib.sha256(), 0, None, None
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for text in file:
                if end is not None:
                    raise ValueError("goes on after its end")
                if header is None:
                    header = _header(text)
                elif text.startswith("{"):
                    end = json.loads(text)
                    continue
                else:
                    Line.parse(text)
                    count += 1
                digest.update(text.encode())
        if header is None or end != {"end": count, "sha256": digest.hexdigest()}:
            raise ValueError("is not whole")
    except (OSError, EOFError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise Refused(f"{path}: {reason}; expected a whole backup of parvis admin backup") from None
    return Written(count, header["made_at"], bool(header["figures"]), header["form"])


def lines_of(path: Path) -> "Iterator[Line]":
    """Yield the lines of a backup that was checked."""
    from hypervisor.store.backup import Line

    with gzip.open(path, "rt", encoding="utf-8") as file:
        next(file)
        for text in file:
            if not text.startswith("{"):
                yield Line.parse(text)


def _header(text: str) -> dict[str, Any]:
    found = json.loads(text)
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise ValueError("is no backup, or of another schema")
    return found


def _put(file: IO[str], digest: "hashlib._Hash", text: str) -> None:
    digest.update(f"{text}\n".encode())
    file.write(f"{text}\n")


@contextmanager
def _private(path: Path) -> Iterator[IO[str]]:
    """Open a new file that only this user may read."""
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(number, "wb") as raw:
        with gzip.open(raw, "wt", encoding="utf-8") as file:
            yield file
        raw.flush()
        os.fsync(raw.fileno())
