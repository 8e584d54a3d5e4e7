"""Hand recorded detections to trackers in the peers' environment, and take their tracks and counts back.

The peers run as a process of their own (`benchmarks/peers/follow.py`, which describes the files): their packages bring
another OpenCV, and nothing of ours may run beside it.
"""

import json
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
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
_TIMEOUT_S = 600


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
    track_s: float  # wall time in the tracker


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
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_clip(clip, folder / "clip.npz")
        wanted = [asdict(job) | {"lines": lines_px(lines, clip.size)} for job in jobs]
        (folder / "jobs.json").write_text(json.dumps(wanted), encoding="utf-8")
        start = command or [str(PEERS_PYTHON), str(FOLLOW)]
        arguments = [str(folder / "clip.npz"), str(folder / "jobs.json"), str(folder)]
        subprocess.run([*start, *arguments], check=True, timeout=_TIMEOUT_S)
        return {job.name: _read(folder / str(number), job, clip, lines) for number, job in enumerate(jobs)}


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


def _read(files: Path, job: Job, clip: Clip, lines: Sequence[LineConfig]) -> Followed:
    rows = files.with_suffix(".txt").read_text(encoding="utf-8").splitlines()
    told = json.loads(files.with_suffix(".json").read_text(encoding="utf-8"))
    wanted = {line.id: line.classes for line in lines}
    half_s = job.step / clip.fps / 2  # told at the look after the crossing: half a look earlier is likelier
    crossings = [
        Crossing(line, ident, clip.labels[cls], _ZONE_DIRECTION[way], frame, time_s - half_s)
        for frame, time_s, line, way, ident, cls in told["events"]
        if clip.labels[cls] in wanted[line]
    ]
    return Followed(tuple(looks_of(rows, clip, job.step, job.phase)), tuple(crossings), told["track_s"])


_ZONE_DIRECTION: dict[str, Direction] = {"in": "backward", "out": "forward"}
"""`supervision.LineZone` takes the left hand of who looks from start to end for inside."""
