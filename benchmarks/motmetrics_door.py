"""MOTA, IDF1 and HOTA by Roboflow's `trackers`, in the peers' environment (it brings another OpenCV)."""

import json
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.handover import PEERS_PYTHON
from benchmarks.report import ROOT
from pipeline.analyze import write_mot
from pipeline.tracks import Tracks

Looks = Sequence[Tracks]


def measure(looks: Looks, truth: Path) -> dict[str, float] | None:
    """Return the tracking measures of a whole clip; None where the peers' environment is not installed."""
    if not PEERS_PYTHON.exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        return _run([(_written(looks, Path(folder) / "tracks.txt"), truth)])[0]


def measure_all(pairs: Sequence[tuple[Looks, Looks]]) -> list[dict[str, float]] | None:
    """Return the measures of each pair of tracks and true tracks; None where the peers' environment is absent."""
    if not PEERS_PYTHON.exists():
        return None
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [
            (_written(looks, folder / f"{number}-tracks.txt"), _written(truth, folder / f"{number}-truth.txt"))
            for number, (looks, truth) in enumerate(pairs)
        ]
        return _run(files)


def _written(looks: Looks, path: Path) -> Path:
    with path.open("w", encoding="utf-8") as file:
        for look in looks:
            write_mot(file, look)
    return path


def _run(files: Sequence[tuple[Path, Path]]) -> list[dict[str, float]]:
    command = [str(PEERS_PYTHON), str(ROOT / "benchmarks/peers/mot.py")]
    told = json.dumps([[str(tracks), str(truth)] for tracks, truth in files])
    done = subprocess.run(command, input=told, capture_output=True, text=True, check=True)
    found: list[dict[str, float]] = json.loads(done.stdout)
    return found
