"""Hand recorded detections to trackers in the peers' environment, and take their tracks and counts back.

The peers run as a process of their own (`benchmarks/peers/follow.py`, which describes the files): their packages bring
another OpenCV, and nothing of ours may run beside it.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.recorded import Clip
from benchmarks.report import ROOT
from pipeline.analyzers.line import LineAnalyzer
from pipeline.config import LineConfig
from pipeline.events import Crossing, Direction
from pipeline.tracks import Tracks

PEERS_PYTHON = ROOT / ".venv-peers/bin/python"
FOLLOW = ROOT / "benchmarks/peers/follow.py"
_TIMEOUT_S = 1800

Directions = Mapping[str, Mapping[str, Direction]]
"""Line → the peer's word → ours."""

LINE_ZONE_DIRECTIONS: Mapping[str, Direction] = {"in": "backward", "out": "forward"}
"""`supervision.LineZone` takes the left hand of who looks from start to end for inside."""


@dataclass(frozen=True, slots=True)
class Job:
    """One tracker over one clip at one rate."""

    name: str
    tracker: str  # a class in `trackers`
    settings: dict[str, Any]
    iou: str | None  # a class in `trackers`; None: the tracker's own
    step: int
    phase: int
    timestamps: bool = False  # tell the tracker the time; else it takes looks as evenly spaced
    score_min: float = 0.1
    nms_iou: float | None = None  # boxes of any class that overlap more are one


@dataclass(frozen=True, slots=True)
class Followed:
    """What came of one job."""

    looks: tuple[Tracks, ...]
    crossings: tuple[Crossing, ...]  # by the peer's own counter
    track_s: float  # processor time in the tracker


def follow(
    clip: Clip, jobs: Sequence[Job], lines: Sequence[LineConfig], command: Sequence[str] | None = None
) -> dict[str, Followed]:
    """Run jobs over a clip and return what came of each, by name.

    Args:
        clip: recorded detections.
        jobs: their names differ.
        lines: counted by the peer's own counter too.
        command: what runs `follow.py`; default: the peers' environment.

    Raises:
        subprocess.CalledProcessError: if the peer fails.
    """
    start = command or [str(PEERS_PYTHON), str(FOLLOW)]
    meaning: Directions = {line.id: LINE_ZONE_DIRECTIONS for line in lines}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "clip.npz"
        write_clip(clip, file)
        return run_peer([*start, str(file)], [asdict(job) for job in jobs], clip, lines, meaning)


def run_peer(
    command: Sequence[str],
    jobs: Sequence[dict[str, Any]],
    clip: Clip,
    lines: Sequence[LineConfig],
    meaning: Directions,
) -> dict[str, Followed]:
    """Start a peer's script with the files of its jobs and of its answers, and read what it made of each, by name.

    Args:
        command: takes two more arguments, the file of jobs and the folder for answers.
        jobs: each with `name`, `step` and `phase`.
        clip: what it looks at.
        lines: go to the peer in pixels.
        meaning: what the peer's "in" and "out" are at each line.

    Raises:
        subprocess.CalledProcessError: if the peer fails.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = write_jobs(folder, jobs, lines, clip.size)
        subprocess.run([*command, str(file), str(folder)], check=True, timeout=_TIMEOUT_S)
        return {job["name"]: read_followed(folder, n, job, clip, lines, meaning) for n, job in enumerate(jobs)}


def write_jobs(
    folder: Path, jobs: Sequence[dict[str, Any]], lines: Sequence[LineConfig], size: tuple[int, int]
) -> Path:
    """Write the file of jobs, the lines in pixels, and return its path."""
    wanted = [job | {"lines": lines_px(lines, size)} for job in jobs]
    file = folder / "jobs.json"
    file.write_text(json.dumps(wanted), encoding="utf-8")
    return file


def read_followed(
    folder: Path, number: int, job: dict[str, Any], clip: Clip, lines: Sequence[LineConfig], meaning: Directions
) -> Followed:
    """Return what came of a job, from the files that the peer wrote."""
    crossings, track_s = _told(folder / f"{number}.json", job["step"], clip, lines, meaning)
    rows = (folder / f"{number}.txt").read_text(encoding="utf-8").splitlines()
    return Followed(tuple(looks_of(rows, clip, job["step"], job["phase"])), crossings, track_s)


def versions_in(python: Path, packages: Sequence[str]) -> dict[str, str]:
    """Return the versions of packages in another environment; nothing where it is absent."""
    if not python.exists():
        return {}
    program = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    done = subprocess.run([str(python), "-c", program, *packages], check=True, capture_output=True, text=True)
    return dict(zip(packages, done.stdout.split(), strict=True))


def write_clip(clip: Clip, path: Path) -> None:
    """Write the detections of a clip: one row each, and the looks there were."""
    counts = [len(found) for found in clip.detections]
    np.savez(
        path,
        frame=np.repeat(np.arange(len(counts)), counts),
        xyxy=np.concatenate([found.xyxy for found in clip.detections]),
        score=np.concatenate([found.score for found in clip.detections]),
        class_id=np.concatenate([found.class_id for found in clip.detections]),
        looks=np.arange(len(counts)),
        times_s=np.array(clip.times_s),
        size=np.array(clip.size),
    )


def lines_px(lines: Sequence[LineConfig], size: tuple[int, int]) -> list[dict[str, Any]]:
    """Return lines with their ends in pixels."""

    def px(point: tuple[float, float]) -> list[float]:
        return [point[0] * size[0], point[1] * size[1]]

    return [{"id": line.id, "from": px(line.start), "to": px(line.end)} for line in lines]


def looks_of(rows: Sequence[str], clip: Clip, step: int, phase: int) -> Iterator[Tracks]:
    """Yield the looks of a peer's tracks (MOTChallenge lines with the class in the eighth column).

    A peer does not say when a track ends: here it ends at the look after its last box, which only the end of the file
    can tell. All its tracks count as confirmed: it hides those it does not trust. The class of a track is the majority
    so far.
    """
    table = np.array([[float(cell) for cell in row.split(",")] for row in rows]).reshape(-1, 9)
    last = {int(ident): int(frame) - 1 for frame, ident in table[:, :2]}
    votes: dict[int, np.ndarray[Any, np.dtype[np.float64]]] = {}
    before = -1
    for frame in range(phase, len(clip.times_s), step):
        seen = table[table[:, 0] == frame + 1]
        ids = seen[:, 1].astype(np.int64)
        for ident, score, cls in zip(ids.tolist(), seen[:, 6], seen[:, 7].astype(int), strict=True):
            votes.setdefault(ident, np.zeros(len(clip.labels)))[cls] += score
        yield Tracks(
            frame_index=frame,
            time_s=clip.times_s[frame],
            size=clip.size,
            track_id=ids,
            xyxy=np.concatenate([seen[:, 2:4], seen[:, 2:4] + seen[:, 4:6]], axis=1).astype(np.float32),
            class_id=np.array([votes[ident].argmax() for ident in ids.tolist()], np.int32),
            confirmed=np.ones(len(seen), np.bool_),
            ended=frozenset(ident for ident, end in last.items() if before >= 0 and before <= end < frame),
        )
        before = frame


def count_looks(looks: Sequence[Tracks], lines: Sequence[LineConfig], labels: tuple[str, ...]) -> list[Crossing]:
    """Return what our event logic counts on tracks, whoever made them."""
    crossings: list[Crossing] = []
    for line in lines:
        analyzer = LineAnalyzer(line, labels)
        for look in looks:
            crossings += analyzer.update(look)
        crossings += analyzer.close()
    return crossings


def _told(
    file: Path, step: int, clip: Clip, lines: Sequence[LineConfig], meaning: Directions
) -> tuple[tuple[Crossing, ...], float]:
    told = json.loads(file.read_text(encoding="utf-8"))
    wanted = {line.id: line.classes for line in lines}
    half_s = step / clip.fps / 2  # told at the look after the crossing: half a look earlier is likelier
    crossings = [
        Crossing(line, ident, clip.labels[cls], meaning[line][way], frame, time_s - half_s)
        for frame, time_s, line, way, ident, cls in told["events"]
        if clip.labels[cls] in wanted[line]
    ]
    return tuple(crossings), told["track_s"]
