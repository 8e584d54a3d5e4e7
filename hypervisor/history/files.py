"""Hours as Parquet: a file a day, and a file a month once that is over. Written by one, read by many, never half.

`hours/2026-05/2026-05-04.parquet`, later `hours/2026-05.parquet`. A file is written beside its place, synchronised and
renamed. A month that is one file hides its days, so nothing is counted twice between the two steps.
"""

import csv
import os
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from hypervisor.history.duck import Duck, connected, quoted
from hypervisor.history.revisions import Revisions
from hypervisor.history.rows import Row

SUFFIX = ".parquet"
COLUMNS = {
    **dict.fromkeys(("measure", "camera", "sensor", "subject", "class", "way"), "VARCHAR"),
    "hour": "BIGINT",
    "value": "DOUBLE",
    "coverage": "FLOAT",
}
"""Column → type; in the order of `Row`."""

_ORDER = "measure, camera, sensor, subject, class, way, hour"  # what is asked together lies together
_ROW_GROUP = 60_000


class HourFiles:
    """The files under one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "hours"
        self.revisions = Revisions(self.folder)

    def month(self, day: date) -> Path:
        """Return the file of a day's month."""
        return self.folder / f"{day:%Y-%m}{SUFFIX}"

    def day(self, day: date) -> Path:
        """Return the file of a day."""
        return self.folder / f"{day:%Y-%m}" / f"{day:%Y-%m-%d}{SUFFIX}"

    def days(self) -> dict[date, Path]:
        """Return the days that lie in files of their own."""
        found = {date.fromisoformat(path.stem): path for path in sorted(self.folder.glob(f"*/*{SUFFIX}"))}
        return {day: path for day, path in found.items() if not self.month(day).exists()}

    def months(self) -> dict[date, Path]:
        """Return the months that are one file, by their first day."""
        return {date.fromisoformat(f"{path.stem}-01"): path for path in sorted(self.folder.glob(f"*{SUFFIX}"))}

    def holds(self, day: date) -> bool:
        """Tell whether a day is kept here."""
        return self.month(day).exists() or self.day(day).exists()

    def touching(self, first: date, last: date) -> list[Path]:
        """Return the files that may hold anything of the days first..last."""
        months = [path for month, path in self.months().items() if first.replace(day=1) <= month <= last]
        return [*months, *(path for day, path in self.days().items() if first <= day <= last)]

    def write_day(self, day: date, rows: Iterable[Row]) -> int:
        """Write a day anew, wherever it lies, and note so if it was there; return how many rows it has.

        Raises:
            OSError: if the folder cannot be written.
        """
        month, is_again = self.month(day), self.holds(day)
        target = month if month.exists() else self.day(day)
        others = f"SELECT * FROM read_parquet('{quoted(month)}') WHERE NOT ({_within(day)})" if month.exists() else ""
        table = target.with_suffix(".csv")
        table.parent.mkdir(parents=True, exist_ok=True)
        try:
            written = _tabled(rows, table)
            with connected() as duck:
                _saved(duck, f"SELECT * FROM {_csv(table)}{' UNION ALL ' + others if others else ''}", target)
        finally:
            table.unlink(missing_ok=True)
        if is_again:
            self.revisions.note(day)
        return written

    def write_month(self, month: date, rows: Iterable[Row]) -> int:
        """Write a whole month anew as one file; return how many rows it has.

        Raises:
            OSError: if the folder cannot be written.
        """
        target = self.month(month)
        table = target.with_suffix(".csv")
        table.parent.mkdir(parents=True, exist_ok=True)
        try:
            written = _tabled(rows, table)
            with connected() as duck:
                _saved(duck, f"SELECT * FROM {_csv(table)}", target)
        finally:
            table.unlink(missing_ok=True)
        return written

    def close_month(self, month: date) -> None:
        """Make one file out of a month's days."""
        days = [path for day, path in self.days().items() if (day.year, day.month) == (month.year, month.month)]
        if not days:
            return
        listed = ", ".join(f"'{quoted(path)}'" for path in days)
        with connected() as duck:
            _saved(duck, f"SELECT * FROM read_parquet([{listed}])", self.month(month))
        for path in days:
            path.unlink()
        days[0].parent.rmdir()

    def fill_month(self, month: date, query: str) -> None:
        """Write a month out of a query with the columns of `COLUMNS`: for whoever brings history from elsewhere."""
        with connected() as duck:
            _saved(duck, query, self.month(month))

    def drop_before(self, day: date) -> int:
        """Delete whole months before a day; return how many files went."""
        old = [path for month, path in self.months().items() if month < day.replace(day=1)]
        for path in old:
            path.unlink()
        return len(old)


def _tabled(rows: Iterable[Row], table: Path) -> int:
    """Write rows as a table; return how many there were. Empty names stay empty, a missing value is no value."""
    written = 0
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        for row in rows:
            writer.writerow([r"\N" if one is None else one for one in row])
            written += 1
    return written


def _csv(table: Path) -> str:
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
    return f"read_csv('{quoted(table)}', header = false, columns = {{{types}}}, nullstr = '\\N')"


def _saved(duck: Duck, query: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    duck.execute(
        f"COPY ({query} ORDER BY {_ORDER}) TO '{quoted(part)}' "
        f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP})"
    )
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)


def _within(day: date) -> str:
    return f"hour // 86400 = {(day - date(1970, 1, 1)).days}"
