"""How quickly five years of a thousand cameras answer: as the keeper leaves them, and as days nobody put together."""

import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from rich.progress import track

from benchmarks.decisions_speed import timed
from benchmarks.report import Row
from hypervisor.history.duck import connected, parquet
from hypervisor.history.files import HourFiles
from hypervisor.history.kept import start_of, stored
from hypervisor.history.past import Asked
from hypervisor.history.rows import Row as Figure

CAMERAS, MONTHS = 1000, 60
PLACE = tuple(Asked("crossings", f"cam{n}") for n in range(100, 110))
ONE = (Asked("crossings", "cam7"),)
EVERY = (Asked("crossings"),)
MAY, FOURTH = date(2023, 5, 1), date(2023, 5, 4)
BEGIN, END, LAST_MONTH = date(2021, 1, 1), date(2026, 1, 1), date(2025, 12, 1)


def history_rows(rows: int) -> list[Row]:
    """Fill five years of a thousand cameras with so many rows, and ask for days, months and all of it."""
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as name:
        files = HourFiles(Path(name) / "kept")
        series = max(CAMERAS, round(rows / (MONTHS * 730.5)))
        for month, following in track(list(_months()), "history"):
            files.fill_month(month, _made(series, month, following))
        _split(files, LAST_MONTH, files)  # the month that runs lies in days
        size = sum(path.stat().st_size for path in files.shelf().all())
        made = series * (END - BEGIN).days * 24
        settings = f"{made / 1e6:.0f} million hourly rows, {CAMERAS} cameras, five years"
        kept = f"{settings}; {len(files.shelf().all())} files, {size / 1e6:.0f} MB"
        found = [*_asked(files, kept), *_written(files, kept)]
        apart = HourFiles(Path(name) / "apart")
        for month, _ in track(list(_months()), "days apart"):
            _split(files, month, apart)
        return found + _asked(apart, f"{settings}; {len(apart.shelf().all())} days apart")


def _asked(files: HourFiles, settings: str) -> list[Row]:
    june = date(2023, 6, 1)
    questions = {
        "a camera's day": (ONE, FOURTH, FOURTH + timedelta(days=1)),
        "all cameras' day": (EVERY, FOURTH, FOURTH + timedelta(days=1)),
        "a camera's month": (ONE, MAY, june),
        "a place's month, 10 cameras": (PLACE, MAY, june),
        "a camera's running month, in days": (ONE, LAST_MONTH, END),
        "a camera's five years": (ONE, BEGIN, END),
        "a place's five years, 10 cameras": (PLACE, BEGIN, END),
    }
    return [
        timed(metric, settings, lambda asked=asked, first=first, end=end: _ask(files, asked, first, end))  # type: ignore[misc]
        for metric, (asked, first, end) in questions.items()
    ]


def _ask(files: HourFiles, asked: tuple[Asked, ...], first: date, end: date) -> None:
    paths = files.shelf().touching(first, end - timedelta(days=1))
    found, lost = stored(paths, asked, start_of(first), start_of(end))
    assert found, "nothing was found"
    assert not lost, "files were lost"


def _written(files: HourFiles, settings: str) -> list[Row]:
    """Return how long the keeper takes to put an hour that came late into a month, and a month together."""
    turns = iter(range(1, 1000))

    def late() -> None:
        hour = start_of(FOURTH) + 8 * 3600
        row = Figure("crossings", "cam7", "", "line0", "person", "forward", hour, float(1000 + next(turns)), 1.0)
        assert files.merge(FOURTH, [row])

    def together() -> None:
        files.close_month(LAST_MONTH)

    found = [timed("an hour that came late into its month", settings, late)]
    began = time.perf_counter()
    together()
    spent = time.perf_counter() - began
    return [
        *found,
        Row("decisions", "generated", "parvis", settings, "31 days into a month", spent, "s", 1, None, None),
    ]


def _split(files: HourFiles, month: date, into: HourFiles) -> None:
    """Write a month as days, as it is before it is over."""
    source, target = files.month(month), into.day(month).parent
    target.mkdir(parents=True)
    with connected() as duck:
        duck.execute(
            f"COPY (SELECT *, strftime(to_timestamp(hour), '%Y-%m-%d') AS day FROM {parquet(source)}) TO '{target}' "
            "(FORMAT parquet, COMPRESSION zstd, PARTITION_BY (day), OVERWRITE_OR_IGNORE)"
        )
    for folder in sorted(target.iterdir()):
        (part,) = folder.iterdir()
        part.replace(target / f"{folder.name.removeprefix('day=')}.parquet")
        folder.rmdir()
    if files is into:
        source.unlink()


def _months() -> Iterator[tuple[date, date]]:
    for n in range(MONTHS):
        yield date(2021 + n // 12, n % 12 + 1, 1), date(2021 + (n + 1) // 12, (n + 1) % 12 + 1, 1)


def _made(series: int, month: date, following: date) -> str:
    """Return the query that makes a month of so many series."""
    hours, first = (following - month).days * 24, start_of(month) // 3600
    return (
        f"SELECT 'crossings' AS measure, 'cam' || (i % {CAMERAS}) AS camera, '' AS sensor, "
        f"'line' || (i // {2 * CAMERAS}) AS subject, 'person' AS class, "
        f"CASE WHEN i // {CAMERAS} % 2 = 0 THEN 'forward' ELSE 'backward' END AS way, "
        f"(({first} + h) * 3600)::BIGINT AS hour, floor(random() * 100)::DOUBLE AS value, 1.0::FLOAT AS coverage "
        f"FROM range({series}) a(i), range({hours}) b(h)"
    )
