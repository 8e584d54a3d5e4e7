"""How quickly questions of years are answered: hours out of files, and 200 lines beside one series."""

import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import numpy as np
from rich.progress import track

from benchmarks.report import Row
from hypervisor.history.files import HourFiles
from hypervisor.history.kept import start_of, stored
from hypervisor.history.past import Asked
from hypervisor.statistics.cross import across, without_rhythm

CAMERAS, MONTHS = 1000, 60
YEAR_OF_QUARTERS, LINES = 365 * 96, 200
QUARTERS_OF_WEEK = 7 * 96
REPEATS = 5


def history_rows(rows: int) -> list[Row]:
    """Fill five years of a thousand cameras with so many rows, and ask for a camera's month and its five years."""
    with tempfile.TemporaryDirectory(prefix="parvis-bench-") as name:
        files = HourFiles(Path(name))
        series = max(CAMERAS, round(rows / (MONTHS * 730.5)))
        for month, following in track(list(_months()), "history"):
            files.fill_month(month, _made(series, month, following))
        settings = f"{rows / 1e6:.0f} million hourly rows, {CAMERAS} cameras, five years"
        may = (start_of(date(2023, 5, 1)), start_of(date(2023, 6, 1)))
        whole = (start_of(date(2021, 1, 1)), start_of(date(2026, 1, 1)))
        return [
            _timed("a camera's month", settings, lambda: _asked(files, *may)),
            _timed("a camera's five years", settings, lambda: _asked(files, *whole)),
        ]


def cross_rows() -> list[Row]:
    """Put a year of 200 lines, a quarter of an hour a step, beside one series at 49 lags."""
    rng = np.random.default_rng(1)
    lines, one = rng.normal(size=(LINES, YEAR_OF_QUARTERS)), rng.normal(size=(1, YEAR_OF_QUARTERS))
    phase = np.arange(YEAR_OF_QUARTERS) % QUARTERS_OF_WEEK

    def asked() -> None:
        across(without_rhythm(lines, phase), without_rhythm(one, phase)[0], range(-24, 25))

    return [_timed("series beside 200 lines", "one year of quarters, 49 lags, rhythm removed", asked)]


def _asked(files: HourFiles, from_s: int, to_s: int) -> None:
    first, last = (date(1970, 1, 1).fromordinal(719163 + at // 86_400) for at in (from_s, to_s - 1))
    assert stored(files.shelf().touching(first, last), [Asked("crossings", "cam7")], from_s, to_s)[0]


def _timed(metric: str, settings: str, asked: Callable[[], None]) -> Row:
    """Return the median of a few runs, seconds."""
    spent = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        asked()
        spent.append(time.perf_counter() - began)
    return Row(
        "decisions",
        "generated",
        "parvis",
        settings,
        metric,
        float(np.median(spent)),
        "s",
        REPEATS,
        min(spent),
        max(spent),
    )


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
