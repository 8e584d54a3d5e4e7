"""Counts as Parquet, written by DuckDB out of a table on disk: bounded memory over any range."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from hypervisor.history.duck import connected, quoted

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
    with connected(MEMORY, threads=1) as connection:
        connection.execute(
            f"COPY (SELECT * FROM read_csv(?, header = true, columns = {{{types}}})) TO '{quoted(target)}' "
            "(FORMAT parquet, COMPRESSION zstd)",
            [str(source)],
        )
