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


def measure(looks: Sequence[Tracks], truth: Path) -> dict[str, float] | None:
    """Return the tracking measures of a whole clip; None where the peers' environment is not installed."""
    if not PEERS_PYTHON.exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        tracks = Path(folder) / "tracks.txt"
        with tracks.open("w", encoding="utf-8") as file:
            for look in looks:
                write_mot(file, look)
        command = [str(PEERS_PYTHON), str(ROOT / "benchmarks/peers/mot.py"), str(tracks), str(truth)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found
