"""Detections as a detector might have made them, from boxes known to be true: seeded drop-outs, jitter, false boxes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.recorded import Clip
from models.detections import Detections
from models.nms import suppress
from pipeline.errors import Refused
from pipeline.tracks import Tracks

LABELS = ("person",)
F64 = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Noise:
    """How far detections are from the truth. Sizes are the square root of width × height."""

    name: str
    dropped: float  # share of boxes not found
    gap: float  # mean number of looks that a drop-out lasts at the native rate
    jitter: float  # standard deviation of the centre, in sizes
    size_jitter: float  # the same of the logarithm of width and height
    false_boxes: float  # a look, of sizes as true ones have, anywhere
    weak: float  # share of true boxes with a score between 0.1 and 0.3


CLEAN = Noise("true boxes", 0.0, 1.0, 0.0, 0.0, 0.0, 0.0)
USUAL = Noise("as a good detector", 0.1, 1.5, 0.04, 0.06, 0.3, 0.1)
HARD = Noise("as a weak detector", 0.25, 2.5, 0.08, 0.12, 1.0, 0.2)


@dataclass(frozen=True, slots=True)
class Sequence:
    """A sequence of which every box is known; row-aligned columns sorted by frame."""

    name: str
    fps: float
    size: tuple[int, int]
    frames: int
    frame: NDArray[np.int64]  # (N,) 0-based
    track_id: NDArray[np.int64]  # (N,)
    xyxy: F64  # (N, 4) px

    def looks(self, step: int = 1, phase: int = 0) -> list[Tracks]:
        """Return the true tracks as a perfect tracker would have told them."""
        found: list[Tracks] = []
        last = {int(ident): int(frame) for frame, ident in zip(self.frame, self.track_id, strict=True)}
        before = -1
        for frame in range(phase, self.frames, step):
            rows = self.frame == frame
            ended = frozenset(ident for ident, end in last.items() if before >= 0 and before <= end < frame)
            found.append(self._look(frame, rows, ended))
            before = frame
        return found

    def _look(self, frame: int, rows: NDArray[np.bool_], ended: frozenset[int]) -> Tracks:
        n = int(rows.sum())
        return Tracks(
            frame_index=frame,
            time_s=frame / self.fps,
            size=self.size,
            track_id=self.track_id[rows],
            xyxy=self.xyxy[rows].astype(np.float32),
            class_id=np.zeros(n, np.int32),
            confirmed=np.ones(n, np.bool_),
            ended=ended,
        )


def load_sequence(path: Path, fps: float, size: tuple[int, int]) -> Sequence:
    """Read a truth in MOTChallenge columns; boxes marked as not to be judged (seventh column 0) stay out.

    Raises:
        Refused: if it is missing or not of that form.
    """
    try:
        rows = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
        table = np.array([[float(cell) for cell in row.split(",")[:7]] for row in rows]).reshape(-1, 7)
        frames = int(table[:, 0].max())
    except (OSError, ValueError) as error:
        raise Refused(f"{path}: {error}; expected a truth in MOTChallenge columns") from error
    table = table[np.argsort(table[:, 0], kind="stable")]
    table = table[table[:, 6] != 0]
    corner, wh = table[:, 2:4], table[:, 4:6]
    return Sequence(
        path.stem,
        fps,
        size,
        frames,
        table[:, 0].astype(np.int64) - 1,
        table[:, 1].astype(np.int64),
        np.concatenate([corner, corner + wh], axis=1),
    )


def detect(sequence: Sequence, noise: Noise, seed: int) -> Clip:
    """Return a clip whose detections are the true boxes with noise; the same seed gives the same clip.

    Boxes that overlap too much are suppressed as the detector does it: no detector tells people apart who hide each
    other that far.
    """
    rng = np.random.default_rng(seed)
    seen = ~_dropped(sequence, noise, rng)
    boxes = _jittered(sequence.xyxy[seen], noise, rng)
    score = np.where(rng.random(len(boxes)) < noise.weak, rng.uniform(0.1, 0.3, len(boxes)), rng.beta(6, 2, len(boxes)))
    frame = sequence.frame[seen]
    found = []
    for number in range(sequence.frames):
        rows = frame == number
        false = _false_boxes(sequence, noise, rng)
        n = int(rows.sum()) + len(false)
        scores = np.concatenate([np.clip(score[rows], 0.1, 0.99), rng.uniform(0.1, 0.5, len(false))])
        xyxy = np.concatenate([boxes[rows], false])
        seen_as = Detections(xyxy.astype(np.float32), scores.astype(np.float32), np.zeros(n, np.int32))
        found.append(suppress(seen_as) if noise != CLEAN else seen_as)
    times_s = tuple(number / sequence.fps for number in range(sequence.frames))
    return Clip(sequence.name, sequence.fps, LABELS, sequence.size, times_s, tuple(found))


def _dropped(sequence: Sequence, noise: Noise, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return which boxes are not found: each object falls out and comes back by chance (a two-state Markov chain)."""
    dropped = np.zeros(len(sequence.frame), np.bool_)
    if not noise.dropped:
        return dropped
    back = 1 / noise.gap
    out = back * noise.dropped / (1 - noise.dropped)
    for ident in np.unique(sequence.track_id):
        hidden = bool(rng.random() < noise.dropped)
        for row in np.flatnonzero(sequence.track_id == ident):
            dropped[row] = hidden
            hidden = bool(rng.random() >= back) if hidden else bool(rng.random() < out)
    return dropped


def _jittered(xyxy: F64, noise: Noise, rng: np.random.Generator) -> F64:
    wh = xyxy[:, 2:] - xyxy[:, :2]
    size = np.sqrt(wh.prod(axis=1, keepdims=True))
    centre = (xyxy[:, :2] + xyxy[:, 2:]) / 2 + rng.normal(0, 1, (len(xyxy), 2)) * noise.jitter * size
    wh = wh * np.exp(rng.normal(0, 1, (len(xyxy), 2)) * noise.size_jitter)
    return np.concatenate([centre - wh / 2, centre + wh / 2], axis=1)


def _false_boxes(sequence: Sequence, noise: Noise, rng: np.random.Generator) -> F64:
    n = int(rng.poisson(noise.false_boxes))
    like = sequence.xyxy[rng.integers(0, len(sequence.xyxy), n)]
    wh = like[:, 2:] - like[:, :2]
    corner = rng.random((n, 2)) * np.maximum(np.array(sequence.size) - wh, 1.0)
    return np.concatenate([corner, corner + wh], axis=1)
