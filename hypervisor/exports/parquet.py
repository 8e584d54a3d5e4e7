"""Tables as Parquet, written by DuckDB out of a table on disk: bounded memory over any range."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from hypervisor.history.duck import connected, quoted

MEMORY = "256MB"
MEDIA_TYPE = "application/vnd.apache.parquet"
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


async def write(table: AsyncIterator[bytes], folder: Path, columns: Mapping[str, str] = COLUMNS) -> Path:
    """Write a table (CSV with a header and these columns, as `exports.tables.plain`) into a folder; return the file."""
    source, target = folder / "rows.csv", folder / "rows.parquet"
    with source.open("wb") as file:
        async for chunk in table:
            file.write(chunk)
    await asyncio.to_thread(_convert, source, target, columns)
    source.unlink()
    return target


def _convert(source: Path, target: Path, columns: Mapping[str, str]) -> None:
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    with connected(MEMORY, threads=1) as connection:
        connection.execute(
            f"COPY (SELECT * FROM read_csv(?, header = true, columns = {{{types}}})) TO '{quoted(target)}' "
            "(FORMAT parquet, COMPRESSION zstd)",
            [str(source)],
        )


async def answer(write_into: Callable[[Path], Awaitable[Path]], name: str) -> FileResponse:
    """Return a file that is written into a folder of its own, which ends with the answer."""
    folder = Path(mkdtemp(prefix="parvis-export-"))
    try:
        file = await write_into(folder)
    except BaseException:  # whatever it was, the folder must not stay; it is raised again
        rmtree(folder, ignore_errors=True)
        raise
    tidy = BackgroundTask(rmtree, folder, ignore_errors=True)
    return FileResponse(file, media_type=MEDIA_TYPE, filename=name, background=tidy)
