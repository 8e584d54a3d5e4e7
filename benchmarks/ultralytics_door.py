"""Ultralytics' ObjectCounter on a clip, in an environment of its own (`make peers-ultralytics`).

It counts three times: with its defaults (YOLOv8n at 640 px, TrackTrack, scores from 0.25), with the settings that it
ships for ByteTrack and scores from 0.1, and tuned: ByteTrack told that any overlap will do, hidden objects kept for two
seconds at any rate, and pictures wider than 1000 px looked at with 960 px. Its tracks are counted by our lines as well.
From at most three first frames a rate.
"""

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import typer

from benchmarks import report
from benchmarks.comparison import OUR_LINES, Peer
from benchmarks.figures import Column, Counted
from benchmarks.handover import PEERS_PYTHON, Directions, Followed, count_looks, run_peer, versions_in
from benchmarks.recorded import Clip
from pipeline.config import LineConfig
from pipeline.events import Direction

PYTHON = Path(os.environ.get("PARVIS_ULTRALYTICS_PYTHON") or report.ROOT / ".venv-peers-ultralytics/bin/python")
COUNTER = report.ROOT / "benchmarks/peers/counter.py"
WEIGHTS = report.SHARED / "weights/yolov8n.pt"
LARGE_PX = 1000  # ours looks at wider pictures more closely too
KEEP_S = 2.0
PHASES_MOST = 3  # it sees every picture, which takes its time
SETTINGS = ("defaults", "bytetrack.yaml", "tuned")


@dataclass(frozen=True, slots=True)
class Job:
    """One ObjectCounter over a clip at one rate."""

    name: str
    model: str
    imgsz: int
    conf: float
    iou: float
    tracker: str | dict[str, Any]
    classes: tuple[int, ...]
    step: int
    phase: int


def ultralytics_peers(path: Path, clip: Clip, lines: Sequence[LineConfig], columns: Sequence[Column]) -> list[Peer]:
    """Return what ObjectCounter counts on a clip; nothing, with a message, where it is not installed."""
    if not PYTHON.exists():
        typer.echo("Ultralytics' ObjectCounter is left out: it needs `make peers-ultralytics`", err=True)
        return []
    starts = [(c, start) for c in columns for start in _some(c)]
    jobs = {(name, *at): _job(name, clip, lines, at[0].step, at[1]) for name in SETTINGS for at in starts}
    whole = {name: _job(name, clip, lines, 1, 0) for name in SETTINGS}
    unique = {job.name: job for job in (*jobs.values(), *whole.values())}
    found = _count(path, clip, list(unique.values()), lines)
    peers: list[Peer] = []
    for name in SETTINGS:
        runs = {c: [found[jobs[name, c, start].name] for start in _some(c)] for c in columns}
        peers += _two_ways(f"ObjectCounter, {name}", runs, clip, lines, found[whole[name].name])
    return peers


def _some(column: Column) -> list[int]:
    """Return some of a column's first frames, evenly spread."""
    few = min(PHASES_MOST, len(column.starts))
    return [column.starts[i * len(column.starts) // few] for i in range(few)]


def directions(line: LineConfig, size: tuple[int, int]) -> dict[str, Direction]:
    """Return what ObjectCounter's in and out mean at a line.

    It takes a line that is higher than wide for a vertical one: in is to the right; else in is downwards.
    """
    along = ((line.end[0] - line.start[0]) * size[0], (line.end[1] - line.start[1]) * size[1])
    way = (1.0, 0.0) if abs(along[0]) < abs(along[1]) else (0.0, 1.0)
    if along[0] * way[1] - along[1] * way[0] > 0:
        return {"in": "forward", "out": "backward"}
    return {"in": "backward", "out": "forward"}


def peer_versions() -> dict[str, str]:
    """Return the versions of the peers that are installed."""
    found = versions_in(PEERS_PYTHON, ("trackers", "supervision")) | versions_in(PYTHON, ("ultralytics", "torch"))
    return {f"peer {name}": version for name, version in found.items()}


def _job(name: str, clip: Clip, lines: Sequence[LineConfig], step: int, phase: int) -> Job:
    wanted = {class_name for line in lines for class_name in line.classes}
    classes = tuple(number for number, label in enumerate(clip.labels) if label in wanted)
    weights = str(WEIGHTS) if WEIGHTS.exists() else WEIGHTS.name  # Ultralytics fetches it by this name
    large = name == "tuned" and clip.size[0] > LARGE_PX
    conf, tracker = {
        "defaults": (0.25, "tracktrack.yaml"),
        "bytetrack.yaml": (0.1, "bytetrack.yaml"),
        "tuned": (0.1, tuned_tracker(clip.fps / step)),
    }[name]
    return Job(f"{name}@{step}@{phase}", weights, 960 if large else 640, conf, 0.7, tracker, classes, step, phase)


def tuned_tracker(rate: float) -> str | dict[str, Any]:
    """Return what counted best of the trackers and thresholds tried: ByteTrack, any overlap will do."""
    return {
        "tracker_type": "bytetrack",
        "track_high_thresh": 0.3,
        "track_low_thresh": 0.1,
        "new_track_thresh": 0.3,
        "track_buffer": max(2, round(KEEP_S * rate)),  # looks
        "match_thresh": 0.98,
        "fuse_score": False,
    }


def _count(path: Path, clip: Clip, jobs: Sequence[Job], lines: Sequence[LineConfig]) -> dict[str, Followed]:
    meaning: Directions = {line.id: directions(line, clip.size) for line in lines}
    command = [str(PYTHON), str(COUNTER), str(path)]
    return run_peer(command, [asdict(job) for job in jobs], clip, lines, meaning)


def _two_ways(
    name: str, runs: dict[Column, list[Followed]], clip: Clip, lines: Sequence[LineConfig], whole: Followed
) -> list[Peer]:
    """Return the counter itself, and its tracks with our event logic."""
    own = {c: [run.crossings for run in some] for c, some in runs.items()}
    ours = {c: [count_looks(run.looks, lines, clip.labels) for run in some] for c, some in runs.items()}
    times_s = {c: clip.decode_s + sum(run.track_s for run in some) / len(some) for c, some in runs.items()}
    return [Peer(Counted(name, own, times_s), whole.looks), Peer(Counted(name + OUR_LINES, ours, times_s))]
