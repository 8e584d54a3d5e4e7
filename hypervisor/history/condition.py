"""What lies in history, how large it is, and whether it can be read."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from hypervisor.history.archive import CASES, DEPOSITS
from hypervisor.history.duck import answered, fault_of
from hypervisor.history.files import HourFiles
from hypervisor.history.records import RecordFiles


class Condition(NamedTuple):
    """One file."""

    kind: str  # hours, cases, deposits
    period: str  # 2026-05 or 2026-05-04
    path: Path
    size: int  # bytes
    rows: int | None  # None: it cannot be read
    fault: str | None  # what is wrong with it


def conditions(folder: Path, *, whole: bool) -> Iterator[Condition]:
    """Yield every file of history, by kind and period; `whole`: all of it is read, else its end only."""
    shelf = HourFiles(folder).shelf()
    found = [("hours", path) for path in sorted(shelf.all(), key=lambda path: path.stem)]
    found += [(kind, path) for kind in (CASES, DEPOSITS) for path in RecordFiles(folder / kind).files()]
    for kind, path in found:
        rows, lost = answered([path], lambda files: f"SELECT count(*) FROM {files}")
        fault = fault_of(path) if whole or lost else None
        size = path.stat().st_size if path.exists() else 0
        yield Condition(kind, path.stem, path, size, int(rows[0][0]) if rows else None, fault)
