"""DuckDB: a connection that fetches nothing, within a written bound of memory. The door of duckdb."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

MEMORY = "512MB"
Duck = Any
"""A connection: loaded when the first file is read or written, so the service starts without it."""


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
