"""How often a day's hours were written anew: what was reckoned from them before is out of date.

Whoever rewrites a day notes it here (`HourFiles.write_day` does); whoever keeps what is reckoned from hours keeps the
sum of the revisions beside it and reckons again when it has changed. No clock is compared with another.
"""

import json
import os
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

MOST = 2000
"""Days that are remembered: as far as hours are kept."""


class Revisions:
    """The revisions of the days under one folder; a day that was written once has none."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "revisions.json"

    def note(self, day: date) -> None:
        """Say that a day was written anew.

        Raises:
            OSError: if it cannot be written.
        """
        found = dict(self.all())
        found[str(day)] = found.get(str(day), 0) + 1
        newest = dict(sorted(found.items())[-MOST:])
        part = self.path.with_suffix(".part")
        with part.open("w", encoding="utf-8") as file:
            json.dump(newest, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path)

    def all(self) -> Mapping[str, int]:
        """Return day → how often it was rewritten; a file that is broken is as none: all is reckoned again."""
        try:
            found = json.loads(self.path.read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    def of(self, days: Iterable[date]) -> int:
        """Return the sum of the revisions of days."""
        known = self.all()
        return sum(int(known.get(str(day), 0)) for day in days)
