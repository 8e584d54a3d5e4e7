"""DuckDB: a connection that fetches nothing, within a written bound of memory. The door of duckdb."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MEMORY = "512MB"
ROW_GROUP = 60_000
Duck = Any
"""A connection: loaded when the first file is read or written, so the service starts without it."""


class Damaged(Exception):
    """A file that cannot be read, or not wholly."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"{path.name} is damaged: {reason}")
        self.path, self.reason = path, reason


@contextmanager
def connected(memory: str = MEMORY, threads: int = 2) -> Iterator[Duck]:
    """Yield a connection of its own, on this thread."""
    import duckdb

    with duckdb.connect(":memory:") as connection:
        # What an extension would be needed for is an error, not a download.
        connection.execute("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false")
        connection.execute(f"SET memory_limit = '{memory}'; SET threads = {threads}; SET TimeZone = 'UTC'")
        yield connection


def quoted(path: Path) -> str:
    """Return a path as it is written between quotes."""
    return str(path).replace("'", "''")


def parquet(*paths: Path) -> str:
    """Return files as a query names them."""
    listed = ", ".join(f"'{quoted(path)}'" for path in paths)
    return f"read_parquet([{listed}])"


def answered(
    paths: Sequence[Path], query: Callable[[str], str], values: Sequence[Any] = ()
) -> tuple[list[tuple[Any, ...]], list[Path]]:
    """Return what a query finds in files, and which were left out: gone meanwhile, or damaged. The rest is answered.

    `query` is given the files as a query names them.
    """
    import duckdb

    if not paths:
        return [], []
    with connected() as duck:
        try:
            return duck.execute(query(parquet(*paths)), list(values)).fetchall(), []
        except duckdb.Error:
            lost = [path for path in paths if fault_of(path) is not None]
            if not lost:  # it was not the files
                raise
            sound = [path for path in paths if path not in lost]
            return (duck.execute(query(parquet(*sound)), list(values)).fetchall() if sound else []), lost


def fault_of(path: Path) -> str | None:
    """Read all of a file; return what is wrong with it, None if nothing is."""
    import duckdb

    with connected() as duck:
        try:
            duck.execute(f"SELECT max(hash(one)) FROM {parquet(path)} AS one").fetchall()
        except duckdb.Error as error:
            return _reason(error, path)
    return None


def saved(duck: Duck, query: str, target: Path) -> None:
    """Write what a query gives as a file: whole, or not at all; it is on the disk when this returns."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    # What is too large to be sorted in memory goes there, and not where the process happens to stand.
    duck.execute(f"SET temp_directory = '{quoted(target.parent / '.spill')}'")
    duck.execute(f"COPY ({query}) TO '{quoted(part)}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})")
    placed(part, target)


def placed(part: Path, target: Path) -> None:
    """Put a file that is written in its place, and both on the disk."""
    for step in (part, target.parent):
        if step is not part:
            part.replace(target)
        number = os.open(step, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _reason(error: Exception, path: Path) -> str:
    if not path.exists():
        return "it is gone"
    first = str(error).splitlines()[0].replace(str(path), path.name)
    return first.split("Error: ", 1)[-1]
