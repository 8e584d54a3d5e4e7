"""Where what was worked out on this machine is kept: prepared and quantised models, and which one is fastest here.

Everything in it can be made again; whoever deletes the folder loses seconds.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ENVIRONMENT = "PARVIS_CACHE"


def cache_folder() -> Path:
    """Return the folder that `PARVIS_CACHE` names, else the user's (XDG_CACHE_HOME, ~/.cache); it may not exist."""
    named = os.environ.get(ENVIRONMENT)
    if named:
        return Path(named)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "parvis"


def usable(folder: Path) -> bool:
    """Return whether files can be kept in a folder, which is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK | os.X_OK)


def write_file(path: Path, content: bytes) -> None:
    """Write a file that others see whole or not at all.

    Raises:
        OSError: if it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}-", delete=False) as file:
        try:
            file.write(content)
            file.close()
            Path(file.name).replace(path)
        except OSError:
            Path(file.name).unlink(missing_ok=True)
            raise


def write_json(path: Path, document: dict[str, Any]) -> None:
    """Write a document. Raises OSError if it cannot be written."""
    write_file(path, json.dumps(document, indent=1, ensure_ascii=False).encode())


def read_json(path: Path) -> dict[str, Any] | None:
    """Return a document; None if there is none, or it is damaged: then it is made again."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return document if isinstance(document, dict) else None


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Let one process at a time work out what goes to a path (not on Windows, where each may work it out itself)."""
    if sys.platform == "win32":
        yield
        return
    import fcntl

    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
