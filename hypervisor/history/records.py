"""Cases and deposits as Parquet, a file a month in a folder a year: whole documents, and what they are found by.

`cases/2026/2026-05.parquet`. A file is written beside its place, synchronised, renamed, and read again: what is not
there word for word was not put.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from hypervisor.history.duck import Damaged, answered, connected, fault_of, parquet, saved
from hypervisor.history.shelf import SUFFIX

COLUMNS = {
    "id": "VARCHAR",
    "version": "BIGINT",
    "month": "DATE",
    "order_ms": "BIGINT",
    "from_ms": "BIGINT",
    "to_ms": "BIGINT",
    "tags": "VARCHAR",
    "body": "VARCHAR",
}
OPEN_MS = 2**62
"""End of what has not ended."""


class Record(NamedTuple):
    """A document; in the order of `COLUMNS`."""

    id: str
    version: int  # of two with one id the higher one counts
    month: date  # where it lies: the first day of a month
    order_ms: int  # they are listed newest first by it, then by id
    from_ms: int  # epoch milliseconds: what it tells of began,
    to_ms: int  # and ended
    tags: tuple[str, ...]  # under which it is listed; none holds `|`
    body: str  # JSON


class RecordFiles:
    """The files under one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, month: date) -> Path:
        """Return the file of a month."""
        return self.folder / f"{month:%Y}" / f"{month:%Y-%m}{SUFFIX}"

    def files(self) -> list[Path]:
        """Return the files there are, oldest first."""
        return sorted(self.folder.glob(f"*/*{SUFFIX}"))

    def put(self, records: Sequence[Record]) -> None:
        """Keep documents, in the place of those with the same ids; they are on the disk, and were read again, after it.

        Raises:
            Damaged: if a file that is there cannot be read, or not what was written.
            OSError: if the folder cannot be written.
        """
        for month in sorted({one.month for one in records}):
            self._put(self.path(month), [one for one in records if one.month == month])

    def find(self, record_id: str) -> Record | None:
        """Return a document."""
        return next(iter(self.found([record_id])), None)

    def found(self, ids: Sequence[str]) -> list[Record]:
        """Return those documents that there are."""
        return _newest(self._read(f"id IN ({', '.join('?' * len(ids))})", ids)) if ids else []

    def listed(self, tag: str, before: tuple[int, str] | None, limit: int) -> list[Record]:
        """Return documents newest first (order, then id), after a position in that order; all, or those of a tag."""
        where, values = ["true"], list[object]()
        if tag:
            where.append("list_contains(string_split(tags, '|'), ?)")
            values.append(tag)
        if before is not None:
            where.append("(order_ms < ? OR (order_ms = ? AND id < ?))")
            values += [before[0], before[0], before[1]]
        sql = f"WHERE {' AND '.join(where)} GROUP BY id, order_ms ORDER BY order_ms DESC, id DESC LIMIT {int(limit)}"
        rows, _ = answered(self.files(), lambda files: f"SELECT id FROM {files} {sql}", values)
        ids = [row[0] for row in rows]
        return sorted(self.found(ids), key=lambda one: (one.order_ms, one.id), reverse=True)

    def between(self, from_ms: int, to_ms: int, tags: Iterable[str] = ()) -> list[Record]:
        """Return what touches [from_ms, to_ms), of any of some tags; of all without one."""
        named = list(tags)
        some = f" AND list_has_any(string_split(tags, '|'), [{', '.join('?' * len(named))}])" if named else ""
        return _newest(self._read(f"to_ms >= ? AND from_ms < ?{some}", [from_ms, to_ms, *named]))

    def newest_ms(self) -> int:
        """Return the highest order there is; −1 without a document."""
        rows, _ = answered(self.files(), lambda files: f"SELECT max(order_ms) FROM {files}")
        return int(rows[0][0]) if rows and rows[0][0] is not None else -1

    def drop_before(self, day: date) -> int:
        """Delete whole months before a day; return how many files went."""
        old = [path for path in self.files() if date.fromisoformat(f"{path.stem}-01") < day.replace(day=1)]
        for path in old:
            path.unlink()
        return len(old)

    def _put(self, target: Path, records: list[Record]) -> None:
        fault = fault_of(target) if target.exists() else None
        if fault is not None:
            raise Damaged(target, fault)
        columns = [list(column) for column in zip(*map(_row, records), strict=True)]
        with connected() as duck:
            # Columns, not rows: DuckDB takes a row at a time slowly, and a long text in a table of text not at all.
            listed = ", ".join(f"unnest(?::{kind}[]) AS {name}" for name, kind in COLUMNS.items())
            duck.execute(f"CREATE TEMP TABLE fresh AS SELECT {listed}", columns)
            old = f" UNION ALL SELECT * FROM {parquet(target)} ANTI JOIN fresh USING (id)" if target.exists() else ""
            saved(duck, f"SELECT * FROM (SELECT * FROM fresh{old}) ORDER BY order_ms, id", target)
            lacking = f"SELECT count(*) FROM (SELECT * FROM fresh EXCEPT SELECT * FROM {parquet(target)})"
            if duck.execute(lacking).fetchone()[0]:
                raise Damaged(target, "it does not hold what was just written")

    def _read(self, where: str, values: Sequence[object]) -> list[Record]:
        named = ", ".join(COLUMNS)
        rows, _ = answered(self.files(), lambda files: f"SELECT {named} FROM {files} WHERE {where}", values)
        return [
            Record(name, version, month, order_ms, from_ms, to_ms, tuple(tags.split("|")), body)
            for name, version, month, order_ms, from_ms, to_ms, tags, body in rows
        ]


def month_of(ms: int) -> date:
    """Return the first day of the month (UTC) of a moment, epoch milliseconds."""
    return datetime.fromtimestamp(ms / 1000, UTC).date().replace(day=1)


def _row(record: Record) -> tuple[object, ...]:
    return (*record[:6], "|".join(record.tags), record.body)


def _newest(records: Iterable[Record]) -> list[Record]:
    found: dict[str, Record] = {}
    for one in records:
        if one.id not in found or one.version > found[one.id].version:
            found[one.id] = one
    return list(found.values())
