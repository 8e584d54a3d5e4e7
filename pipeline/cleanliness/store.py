"""What a watch keeps on disk, so that deposits and the clean ground survive a restart.

Deposits are kept under every purpose: numbers and outlines of things. The clean ground is kept as pictures under
`operations` (no people: it is a median), and under `statistics` as blocks from which no picture can be made. All
files are for their owner only, written whole or not at all.
"""

import json
import logging
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.cleanliness.blocks import Blocks
from pipeline.cleanliness.references import Clean

_log = logging.getLogger(__name__)

SCHEMA = "parvis.cleanliness/1"
DAY_S = 86_400


def folder_of(data_dir: Path, camera_id: str) -> Path:
    """Return where a camera's clean ground, deposits and evidence are kept."""
    return data_dir / "cleanliness" / camera_id


@dataclass(frozen=True, slots=True)
class Store:
    """The folder of one camera; `pictures` says whether pictures may be kept."""

    folder: Path
    pictures: bool
    days: float

    def write_deposits(self, rows: list[dict[str, Any]], origin_s: float) -> None:
        """Keep what is known of open deposits."""
        text = json.dumps({"schema": SCHEMA, "origin_s": origin_s, "deposits": rows})
        _write(self.folder / "deposits.json", text.encode())

    def read_deposits(self) -> tuple[list[dict[str, Any]], float]:
        """Return the rows, and the time 0 of their times; none where nothing or nothing sound is kept."""
        try:
            found = json.loads((self.folder / "deposits.json").read_text(encoding="utf-8"))
            return list(found["deposits"]), float(found["origin_s"])
        except FileNotFoundError:
            return [], 0.0
        except (OSError, ValueError, KeyError, TypeError) as error:
            _log.error("%s: deposits of before cannot be read (%s); they are forgotten", self.folder, error)
            return [], 0.0

    def write_ground(self, references: list[Clean], blocks: Blocks) -> None:
        """Keep the clean ground: pictures where these may be kept, else blocks."""
        path = self.folder / "ground.npz"
        columns: dict[str, Any] = {"blocks": blocks}
        if self.pictures and self.days > 0:
            columns |= {
                "grey": np.stack([one.grey for one in references]),
                "chroma": np.stack([one.chroma for one in references]),
                "known": np.stack([one.known for one in references]),
                "taken_s": np.array([one.taken_s for one in references]),
            }
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        made = path.with_suffix(".new")
        with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            np.savez_compressed(file, **columns)
        made.replace(path)

    def read_ground(self, shape: tuple[int, int]) -> tuple[list[Clean], Blocks | None, str]:
        """Return references (h, w), blocks, and why there are none: "", `reference_damaged` or `resolution`."""
        try:
            with np.load(self.folder / "ground.npz", allow_pickle=False) as kept:
                blocks = kept["blocks"]
                if "grey" not in kept or not self.pictures:
                    return [], blocks, ""
                if kept["grey"].shape[1:] != shape:
                    return [], None, "resolution"
                return _cleans(kept), blocks, ""
        except FileNotFoundError:
            return [], None, ""
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
            _log.error("%s: the clean ground of before cannot be read (%s); it is learned anew", self.folder, error)
            return [], None, "reference_damaged"

    def write_evidence(self, name: str, picture: bytes) -> None:
        """Keep a picture of a deposit's place (JPEG)."""
        if self.pictures and self.days > 0:
            _write(self.folder / "evidence" / f"{name}.jpg", picture)

    def expire(self, now_s: float) -> None:
        """Delete pictures that are too old; all where none may be kept."""
        for path in [*self.folder.glob("evidence/*.jpg"), *self.folder.glob("ground.npz")]:
            limit_s = self.days * DAY_S if self.pictures else 0.0
            old = path.stat().st_mtime < now_s - limit_s
            if old and not (path.name == "ground.npz" and not self.pictures):
                path.unlink(missing_ok=True)


def _cleans(kept: Any) -> list[Clean]:
    grey, chroma, known, taken_s = (kept[name] for name in ("grey", "chroma", "known", "taken_s"))
    if grey.ndim != 3 or grey.dtype != np.uint8 or known.shape != grey.shape or len(chroma) != len(grey):
        raise ValueError("pictures and masks differ in size")
    return [Clean(grey[n], chroma[n], known[n], float(taken_s[n])) for n in range(len(grey))]


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = path.with_suffix(".new")
    with os.fdopen(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    made.replace(path)
