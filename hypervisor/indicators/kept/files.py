"""Values that were reckoned, as Parquet beside the hours: a file a month for days, a file a year for weeks and months.

`values/day/2026-05.parquet`, `values/week/2026.parquet`. A city of 200 places has some five million values a year:
they lie with the hours, not in Redis. A file is written beside its place, synchronised and renamed, by one keeper.

Every spot and period has a row without an indicator that says that it was reckoned, and out of which revision of the
hours; so a keeper that was away for days knows what is missing, and one value that cannot be computed is no gap.
"""

import csv
import os
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import NamedTuple

from hypervisor.history.duck import connected, quoted
from hypervisor.indicators.kept.periods import Step

SUFFIX = ".parquet"


class KeptRow(NamedTuple):
    """One value of one spot and period; the order of the members is that of the columns."""

    spot: str  # "": everything; place/ID, camera/ID
    first: str  # local day with which the period begins
    from_s: int
    to_s: int
    indicator: str  # "": what says that the period was reckoned
    value: float | None
    low: float | None
    high: float | None
    unit: str
    coverage: float | None
    n: int | None
    definition: str
    reason: str | None
    why_fr: str | None
    why_en: str | None
    revision: int
    computed_s: int


_TYPES = {
    **dict.fromkeys(("spot", "first", "indicator", "unit", "definition", "reason", "why_fr", "why_en"), "VARCHAR"),
    **dict.fromkeys(("from_s", "to_s", "n", "revision", "computed_s"), "BIGINT"),
    **dict.fromkeys(("value", "low", "high", "coverage"), "DOUBLE"),
}
COLUMNS = {name: _TYPES[name] for name in KeptRow._fields}
"""Column → type, in the order of `KeptRow`."""


class ValueFiles:
    """The files under one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "values"

    def path(self, step: Step, first: date) -> Path:
        """Return the file of a period."""
        return self.folder / step / f"{first:%Y-%m}{SUFFIX}" if step == "day" else self._year(step, first)

    def reckoned(self, step: Step, earliest: date) -> dict[tuple[str, str], int]:
        """Return (spot, first day) → revision of the hours that it was reckoned from."""
        paths = self._since(step, earliest)
        if not paths:
            return {}
        with connected() as duck:
            sql = f"SELECT spot, first, max(revision) FROM {_read(paths)} WHERE indicator = '' GROUP BY ALL"
            return {(spot, first): revision for spot, first, revision in duck.execute(sql).fetchall()}

    def write(self, step: Step, first: date, rows: Sequence[KeptRow]) -> None:
        """Write the rows of one period in place of those that its spots had.

        Raises:
            OSError: if the folder cannot be written.
        """
        target = self.path(step, first)
        target.parent.mkdir(parents=True, exist_ok=True)
        table, part = target.with_suffix(".csv"), target.with_suffix(".part")
        try:
            _tabled(rows, table)
            with connected() as duck:
                new = f"SELECT * FROM {_csv(table)}"
                old = ""
                if target.exists():
                    mine = f"(first = '{first}' AND spot IN (SELECT spot FROM {_csv(table)}))"
                    old = f" UNION ALL SELECT * FROM {_read([target])} WHERE NOT {mine}"
                duck.execute(
                    f"COPY ({new}{old} ORDER BY spot, indicator, first) TO '{quoted(part)}' "
                    "(FORMAT parquet, COMPRESSION zstd)"
                )
        finally:
            table.unlink(missing_ok=True)
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)

    def read(self, step: Step, spot: str, indicators: Sequence[str], earliest: date) -> list[KeptRow]:
        """Return what was reckoned of a spot since a day, oldest first; of all indicators where none is named."""
        paths = self._since(step, earliest)
        if not paths:
            return []
        named = f"AND indicator IN ({', '.join('?' * len(indicators))})" if indicators else "AND indicator <> ''"
        with connected() as duck:
            sql = f"SELECT * FROM {_read(paths)} WHERE spot = ? AND first >= ? {named} ORDER BY first, indicator"
            found = duck.execute(sql, [spot, str(earliest), *indicators]).fetchall()
        return [KeptRow(*row) for row in found]

    def drop_before(self, day: date) -> int:
        """Delete files that hold only what began before a day; return how many went."""
        old = [path for path in self.folder.glob(f"*/*{SUFFIX}") if path.stem < f"{day:%Y-%m}"[: len(path.stem)]]
        for path in old:
            path.unlink()
        return len(old)

    def _year(self, step: Step, first: date) -> Path:
        return self.folder / step / f"{first:%Y}{SUFFIX}"

    def _since(self, step: Step, earliest: date) -> list[Path]:
        least = self.path(step, earliest).stem
        return sorted(path for path in (self.folder / step).glob(f"*{SUFFIX}") if path.stem >= least)


def _tabled(rows: Iterable[KeptRow], table: Path) -> None:
    with table.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([[r"\N" if one is None else one for one in row] for row in rows])


def _csv(table: Path) -> str:
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in COLUMNS.items())
    return f"read_csv('{quoted(table)}', header = false, columns = {{{types}}}, nullstr = '\\N')"


def _read(paths: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(_between_quotes(path) for path in paths)}])"


def _between_quotes(path: Path) -> str:
    return f"'{quoted(path)}'"
