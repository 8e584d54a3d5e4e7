"""Ground truth of crossings (`parvis.truth/1`): reading and checking."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import Refused

LINE_KEYS = ("id", "from", "to", "points", "anchor")
"""What a line of a truth shares with one of a configuration."""


@dataclass(frozen=True, slots=True)
class TrueCrossing:
    """One crossing that a person saw, or that derives from annotated tracks."""

    line: str
    class_name: str
    direction: str
    time_s: float  # (frame - 1) / fps
    certain: bool  # False: neither a hit nor an error


@dataclass(frozen=True, slots=True)
class Truth:
    """What truly happened in one clip."""

    clip: str
    fps: float
    frames: int
    sha256: str
    lines: tuple[dict[str, Any], ...]  # id, from, to: as in a configuration
    crossings: tuple[TrueCrossing, ...]

    @property
    def certain(self) -> tuple[TrueCrossing, ...]:
        """Return the crossings that count."""
        return tuple(c for c in self.crossings if c.certain)

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the classes that occur, sorted."""
        return tuple(sorted({c.class_name for c in self.crossings}))


def load_truth(path: Path) -> Truth:
    """Read a truth file.

    Raises:
        Refused: if it is missing or not of the documented form.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        fps = float(data["fps"])
        rows = list(data["crossings"]) + list(data.get("not_counted_near_misses", []))
        crossings = tuple(
            TrueCrossing(
                row["line"],
                row["class"],
                row["direction"],
                (int(row["frame"]) - 1) / fps,
                bool(row.get("certain", True)),
            )
            for row in rows
        )
        lines = tuple({key: line[key] for key in LINE_KEYS if key in line} for line in data["lines"])
        return Truth(data["clip"], fps, int(data["frames"]), data.get("sha256", ""), lines, crossings)
    except OSError as error:
        raise Refused(f"{path}: {error.strerror}; expected a truth file (parvis.truth/1)") from error
    except (KeyError, TypeError, ValueError, ZeroDivisionError) as error:
        raise Refused(f"{path}: {error!r}; expected a truth file (parvis.truth/1)") from error
