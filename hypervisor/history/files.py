"""Hours as Parquet: a file a day, and a file a month once that is over. Written by one, read by many, never half.

`hours/2026-05/2026-05-04.parquet`, later `hours/2026-05.parquet`. A file is written beside its place, synchronised and
renamed. A month that is one file hides its days, so nothing is counted twice between the two steps.
"""

import csv
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from hypervisor.history.duck import Damaged, Duck, connected, fault_of, parquet, quoted, saved
from hypervisor.history.revisions import Revisions
from hypervisor.history.rows import Row
from hypervisor.history.shelf import SUFFIX, Handled, Shelf, handled_of, note, shelf_of

COLUMNS = {
    **dict.fromkeys(("measure", "camera", "sensor", "subject", "class", "way"), "VARCHAR"),
    "hour": "BIGINT",
    "value": "DOUBLE",
    "coverage": "FLOAT",
}
"""Column → type; in the order of `Row`."""

_KEY = "measure, camera, sensor, subject, class, way, hour"
"""Names a figure; what is asked together lies together, so it is the order too."""


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

    def shelf(self) -> Shelf:
        """Return what lies there now."""
        return shelf_of(self.folder)

    def days(self) -> dict[date, Path]:
        """Return the days that lie in files of their own."""
        return self.shelf().days

    def months(self) -> dict[date, Path]:
        """Return the months that are one file, by their first day."""
        return self.shelf().months

    def handled(self) -> Handled | None:
        """Return how far the keeper has come."""
        return handled_of(self.folder)

    def note(self, handled: Handled) -> None:
        """Keep how far the keeper has come."""
        note(self.folder, handled)

    def holds(self, day: date) -> bool:
        """Tell whether a day is kept here."""
        return self.month(day).exists() or self.day(day).exists()

    def write_day(self, day: date, rows: Iterable[Row]) -> int:
        """Write a day anew, wherever it lies, and note so if it was there; return how many rows it has.

        Raises:
            Damaged: if it lies in a month that cannot be read.
            OSError: if the folder cannot be written.
        """
        is_again = self.holds(day)
        written = self._written_day(day, rows)
        if is_again:
            self.revisions.note(day)
        return written

    def _written_day(self, day: date, rows: Iterable[Row]) -> int:
        month = self.month(day)
        if not month.exists():
            return self._write(self.day(day), rows)
        _refuse_damaged(month)
        with _tabled(rows, month) as (table, written), connected() as duck:
            others = f"SELECT * FROM {parquet(month)} WHERE NOT ({_within(day)})"
            _saved(duck, f"SELECT * FROM {table} UNION ALL {others}", month)
        return written

    def write_month(self, month: date, rows: Iterable[Row]) -> int:
        """Write a whole month anew as one file; return how many rows it has.

        Raises:
            OSError: if the folder cannot be written.
        """
        return self._write(self.month(month), rows)

    def merge(self, day: date, rows: Iterable[Row]) -> bool:
        """Put figures that came late in the place of those that a written day has; tell whether any was another.

        What the day has besides stays: of a camera that is gone, or a line that is no longer drawn.

        Raises:
            Damaged: if the file cannot be read.
            OSError: if the folder cannot be written.
        """
        target = self.month(day) if self.month(day).exists() else self.day(day)
        _refuse_damaged(target)
        with _tabled(rows, target) as (table, _), connected() as duck:
            duck.execute(f"CREATE TEMP TABLE fresh AS SELECT * FROM {table}")
            old = parquet(target)
            sql = f"SELECT 1 FROM (SELECT * FROM fresh EXCEPT SELECT * FROM {old} WHERE {_within(day)}) LIMIT 1"
            if not duck.execute(sql).fetchall():
                return False
            _saved(duck, f"SELECT * FROM {old} ANTI JOIN fresh USING ({_KEY}) UNION ALL SELECT * FROM fresh", target)
        self.revisions.note(day)
        return True

    def close_month(self, month: date) -> None:
        """Make one file out of a month's days.

        Raises:
            Damaged: if one of them cannot be read.
            OSError: if the folder cannot be written.
        """
        days = [path for day, path in self.days().items() if day.replace(day=1) == month.replace(day=1)]
        if not days:
            return
        for path in days:
            _refuse_damaged(path)
        with connected() as duck:
            _saved(duck, f"SELECT * FROM {parquet(*days)}", self.month(month))
        self.tidy()

    def tidy(self) -> None:
        """Delete what is left of a writer that died: days of months that are one file, files that were not finished.

        For the one who writes.
        """
        months = self.months()
        for path in sorted(self.folder.glob(f"*/*{SUFFIX}")):
            if date.fromisoformat(path.stem).replace(day=1) in months:
                path.unlink()
        for pattern in ("*.part", "*.csv"):
            for path in self.folder.rglob(pattern):
                path.unlink()
        for folder in (one for one in self.folder.glob("*") if one.is_dir() and not any(one.iterdir())):
            folder.rmdir()

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

    def _write(self, target: Path, rows: Iterable[Row]) -> int:
        with _tabled(rows, target) as (table, written), connected() as duck:
            _saved(duck, f"SELECT * FROM {table}", target)
        return written


@contextmanager
def _tabled(rows: Iterable[Row], target: Path) -> Iterator[tuple[str, int]]:
    """Write rows as a table beside a file; yield it as a query names it, and how many there are.

    Empty names stay empty, a missing value is no value.
    """
    path, written = target.with_suffix(".csv"), 0
    path.parent.mkdir(parents=True, exist_ok=True)
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            for row in rows:
                writer.writerow([r"\N" if one is None else one for one in row])
                written += 1
        yield f"read_csv('{quoted(path)}', header = false, columns = {{{types}}}, nullstr = '\\N')", written
    finally:
        path.unlink(missing_ok=True)


def _saved(duck: Duck, query: str, target: Path) -> None:
    saved(duck, f"SELECT * FROM ({query}) ORDER BY {_KEY}", target)


def _refuse_damaged(path: Path) -> None:
    """Raise `Damaged` before anything is written out of what cannot be read."""
    if (fault := fault_of(path)) is not None:
        raise Damaged(path, fault)


def _within(day: date) -> str:
    return f"hour // 86400 = {(day - date(1970, 1, 1)).days}"
