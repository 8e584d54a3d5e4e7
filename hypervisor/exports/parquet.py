"""Counts as Parquet, written by DuckDB out of a table on disk: bounded memory over any range. The door of duckdb."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import duckdb

MEMORY = "256MB"
COLUMNS = {
    "camera": "VARCHAR",
    "line": "VARCHAR",
    "class": "VARCHAR",
    "direction": "VARCHAR",
    "start": "TIMESTAMPTZ",
    "end": "TIMESTAMPTZ",
    "value": "INTEGER",
    "status": "VARCHAR",
    "coverage": "DOUBLE",
}


async def write(table: AsyncIterator[bytes], folder: Path) -> Path:
    """Write a table (CSV of `exports.tables.plain`) as Parquet into a folder; return the file."""
    source, target = folder / "rows.csv", folder / "rows.parquet"
    with source.open("wb") as file:
        async for chunk in table:
            file.write(chunk)
    await asyncio.to_thread(_convert, source, target)
    source.unlink()
    return target


def _convert(source: Path, target: Path) -> None:
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
    with duckdb.connect(":memory:") as connection:
        # Nothing is fetched: what an extension would be needed for is an error, not a download.
        connection.execute("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false")
        connection.execute(f"SET memory_limit = '{MEMORY}'; SET threads = 1; SET TimeZone = 'UTC'")
        connection.execute(
            f"COPY (SELECT * FROM read_csv(?, header = true, columns = {{{types}}})) TO '{_quoted(target)}' "
            "(FORMAT parquet, COMPRESSION zstd)",
            [str(source)],
        )


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
