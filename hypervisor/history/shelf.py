"""Which files there are at one moment, and up to when everything was moved into them.

Whoever reads looks once and keeps to what was seen: a day that is written meanwhile is read from Redis, where it still
is, and a month that becomes one file is read as its days. So nothing is read twice, and nothing is missed.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import NamedTuple

from hypervisor.history.duck import placed

SUFFIX = ".parquet"
HANDLED = "moved.json"


class Handled(NamedTuple):
    """How far the keeper has come. It lies beside the files: they and it are copied, restored and deleted together."""

    server_s: float  # by the clock of Redis: what was written before it has been looked at
    clock_s: float  # the same by the clock of the machine
    last: date  # days up to it were written, if there was anything to write


@dataclass(frozen=True, slots=True)
class Shelf:
    """What lies there."""

    days: dict[date, Path]  # that are files of their own
    months: dict[date, Path]  # that are one file, by their first day
    handled: Handled | None = None
    lost: frozenset[Path] = frozenset()  # that cannot be read

    def file_of(self, day: date) -> Path | None:
        """Return the file that a day lies in."""
        return self.months.get(day.replace(day=1)) or self.days.get(day)

    def holds(self, day: date) -> bool:
        """Tell whether a day is kept here. A month that is one file is complete: another day was not watched."""
        return self.file_of(day) is not None

    def is_elsewhere(self, day: date) -> bool:
        """Tell whether Redis may have a day that cannot be read here."""
        path = self.file_of(day)
        if path is not None:
            return path in self.lost
        return self.handled is None or day > self.handled.last

    def touching(self, first: date, last: date) -> list[Path]:
        """Return the files that may hold anything of the days first..last, as far as they can be read."""
        found = [path for month, path in self.months.items() if first.replace(day=1) <= month <= last]
        found += [path for day, path in self.days.items() if first <= day <= last]
        return [path for path in found if path not in self.lost]

    def all(self) -> list[Path]:
        """Return every file that can be read."""
        return [path for path in (*self.months.values(), *self.days.values()) if path not in self.lost]

    def without(self, lost: Iterable[Path]) -> "Shelf":
        """Return what is left when some cannot be read."""
        return replace(self, lost=self.lost | frozenset(lost))


def shelf_of(folder: Path) -> Shelf:
    """Look at a folder. How far the keeper has come is read first, and days before months: both only grow."""
    handled = handled_of(folder)
    days = {date.fromisoformat(path.stem): path for path in sorted(folder.glob(f"*/*{SUFFIX}"))}
    months = {date.fromisoformat(f"{path.stem}-01"): path for path in sorted(folder.glob(f"*{SUFFIX}"))}
    return Shelf({day: path for day, path in days.items() if day.replace(day=1) not in months}, months, handled)


def handled_of(folder: Path) -> Handled | None:
    """Return how far the keeper has come; None if nobody knows: then all is looked at anew."""
    try:
        found = json.loads((folder / HANDLED).read_text("utf-8"))
        return Handled(float(found["server_s"]), float(found["clock_s"]), date.fromisoformat(found["last"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def note(folder: Path, handled: Handled) -> None:
    """Keep how far the keeper has come.

    Raises:
        OSError: if the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f"{HANDLED}.part"
    part.write_text(json.dumps(handled._asdict() | {"last": str(handled.last)}) + "\n", "utf-8")
    placed(part, folder / HANDLED)
