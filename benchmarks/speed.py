"""How well Parvis measures on the ground: `python -m benchmarks.speed` (needs the plaza clip's ground truth).

The truth (PETS 2009 S2.L1 view 1, MOTChallenge columns, world x and y in metres in columns 8 and 9) is research data
and does not ship. The calibration is fitted to feet of its first 300 frames; errors are of the frames after them.
Speed is judged where our tracks cross the five lines of `benchmarks/truth/plaza.json`, against the slope of the true
places of the same person over the second around that moment; occupancy in the whole picture, look by look.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from benchmarks import report
from benchmarks.recorded import Clip, record
from benchmarks.report import Row
from benchmarks.truthfile import load_truth
from models.onnx import OnnxDetector
from models.registry import resolve
from parvis.cli import guarded
from pipeline.analyzers.line import LineAnalyzer
from pipeline.analyzers.measured_line import MeasuredLine
from pipeline.analyzers.occupancy import OccupancyMeasure
from pipeline.analyzers.speed import SpeedMeasure
from pipeline.analyzers.trails import Trails
from pipeline.analyzers.watch import Watch
from pipeline.analyzers.zone import ZoneAnalyzer
from pipeline.build import tracker_for
from pipeline.calibration import CalibrationConfig
from pipeline.config import DetectorConfig, LineConfig, ZoneConfig
from pipeline.errors import Refused
from pipeline.events import Crossing, Event, Occupancy, Sampled
from pipeline.ground import Ground
from pipeline.runner import Analyzer, run
from pipeline.tracking.parameters import TrackerParameters
from pipeline.tracks import Tracks

FITTED_FRAMES = 300
POINTS = 100
SAME_M = 1.0
"""A track is the person whose true place is this near."""

TRUE_HALF_S = 0.5
"""The true speed is that of the second around the crossing."""

SLOWEST_KMH = 1.0
"""Of who hardly moves, a relative error says nothing."""

_PERSON = ("person",)


@dataclass(frozen=True, slots=True)
class Places:
    """Who truly is where: columns of the ground truth."""

    frame: NDArray[np.int64]  # (N,) 1-based
    identity: NDArray[np.int64]  # (N,)
    foot: NDArray[np.float64]  # (N, 2) px
    place: NDArray[np.float64]  # (N, 2) metres

    def nearest(self, frame: int, place: NDArray[np.float64]) -> int | None:
        """Return the identity nearest to a place in a frame, None if nobody is near."""
        rows = np.flatnonzero(self.frame == frame)
        if not len(rows):
            return None
        distances = np.hypot(*(self.place[rows] - place).T)
        best = int(distances.argmin())
        return int(self.identity[rows[best]]) if distances[best] <= SAME_M else None

    def metres_a_frame(self, identity: int, frame: float, half: float) -> float | None:
        """Return how fast someone truly is around a frame: the least squares' slope over 2 · `half` frames."""
        rows = (self.identity == identity) & (np.abs(self.frame - frame) <= half)
        frames = self.frame[rows].astype(np.float64)
        if len(frames) < 5:
            return None
        since = frames - frames.mean()
        velocity = since @ self.place[rows] / (since @ since)
        return float(np.hypot(*velocity))


def main(
    footage: Annotated[Path, typer.Option(help="The plaza clip.")] = report.ROOT / "benchmarks/footage/plaza.mp4",
    mot: Annotated[Path, typer.Option(help="Its ground truth.")] = report.SHARED / "truth/PETS09-S2L1.txt",
    fps: Annotated[str, typer.Option(help="Rates of looking, detections a second, with commas.")] = "10,5,2",
    json_target: report.Target = None,
) -> None:
    """Judge speed and occupancy against the true places of everyone in the plaza clip."""
    if not mot.exists():
        raise Refused(f"{mot}: is not here (research data, does not ship); expected the ground truth of PETS09-S2L1")
    low = TrackerParameters().score_low
    clip = record(footage, OnnxDetector(resolve("yolov8n"), "auto", low, frozenset(_PERSON)))
    truth = read_places(mot)
    ground = Ground(calibration(truth, clip.size))
    rows: list[Row] = []
    for rate in map(float, fps.split(",")):
        step = max(1, round(clip.fps / rate))
        looks, events = watched(clip, ground, step)
        rows += _speed_rows(clip, truth, ground, looks, events, f"{clip.fps / step:g} fps")
        rows.append(_occupancy_row(clip, truth, events, f"{clip.fps / step:g} fps"))
    body = [[row.settings, row.metric, f"{row.value:.3f} {row.unit}", str(row.n)] for row in rows]
    report.show(f"On the ground, on {report.hardware_line()}", ["looks", "figure", "value", "of"], body)
    report.write(rows, json_target)


def read_places(path: Path) -> Places:
    """Return the true places of a MOTChallenge file with world coordinates."""
    rows = np.loadtxt(path, delimiter=",")
    foot = np.column_stack([rows[:, 2] + rows[:, 4] / 2, rows[:, 3] + rows[:, 5]])
    return Places(rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64), foot, rows[:, 7:9])


def calibration(truth: Places, size: tuple[int, int]) -> CalibrationConfig:
    """Return a calibration by feet of the first frames."""
    rows = np.flatnonzero((truth.frame <= FITTED_FRAMES) & (truth.foot < size).all(axis=1))
    rows = rows[np.linspace(0, len(rows) - 1, POINTS).astype(int)]
    points = [
        {"image": tuple(foot / size), "ground": tuple(place)}
        for foot, place in zip(truth.foot[rows], truth.place[rows], strict=True)
    ]
    return CalibrationConfig.model_validate({"points": points})


def watched(clip: Clip, ground: Ground, step: int) -> tuple[list[Tracks], list[Event]]:
    """Return the tracks and events of our own loop over recorded detections."""
    looks: list[Tracks] = []
    events: list[Event] = []
    trails = Trails(ground)
    known = load_truth(report.ROOT / "benchmarks/truth/plaza.json")
    lines = [LineConfig.model_validate({**line, "classes": _PERSON, "measures": ("speed",)}) for line in known.lines]
    measured = [MeasuredLine(LineAnalyzer(line, clip.labels), [SpeedMeasure(line, trails)]) for line in lines]
    corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    whole = ZoneConfig.model_validate({"id": "whole", "points": corners, "classes": _PERSON})
    zone = ZoneAnalyzer(whole, clip.labels, [OccupancyMeasure(whole)])
    detections = iter(clip.detections[::step])
    tracker = tracker_for(clip.labels, DetectorConfig())
    analyzers: list[Analyzer] = [Watch(looks.append), *measured, zone]
    run(clip.frames(step, 0), lambda _: next(detections), tracker.update, analyzers, events.append)
    return looks, events


def speed_pairs(
    clip: Clip, truth: Places, ground: Ground, looks: Sequence[Tracks], events: Sequence[Event]
) -> Iterator[tuple[float, float]]:
    """Yield each measured speed and the true one, km/h."""
    crossings = {(c.line_id, c.time_s, str(c.direction)): c for c in events if isinstance(c, Crossing)}
    by_frame = {look.frame_index: look for look in looks}
    for event in events:
        if not isinstance(event, Sampled):
            continue
        crossing = crossings[event.place, event.time_s, event.way]
        look = by_frame[crossing.frame_index]
        if crossing.frame_index < FITTED_FRAMES or crossing.track_id not in look.track_id:
            continue
        row = int(np.flatnonzero(look.track_id == crossing.track_id)[0])
        place = ground.metres(look.foot[row : row + 1], look.size)[0]
        identity = truth.nearest(crossing.frame_index + 1, place)
        if identity is None:
            continue
        slope = truth.metres_a_frame(identity, crossing.time_s * clip.fps + 1, TRUE_HALF_S * clip.fps)
        if slope is not None and (true_kmh := slope * clip.fps * 3.6) >= SLOWEST_KMH:
            yield event.value, true_kmh


def place_errors_m(truth: Places, ground: Ground, looks: Sequence[Tracks]) -> list[float]:
    """Return how far each confirmed foot is from the true place of the nearest person, metres."""
    errors = []
    for look in looks:
        rows = np.flatnonzero(truth.frame == look.frame_index + 1)
        if look.frame_index < FITTED_FRAMES or not len(rows):
            continue
        for place in ground.metres(look.foot[look.confirmed], look.size):
            nearest = float(np.hypot(*(truth.place[rows] - place).T).min())
            errors += [nearest] if nearest <= SAME_M else []
    return errors


def _speed_rows(
    clip: Clip, truth: Places, ground: Ground, looks: Sequence[Tracks], events: Sequence[Event], settings: str
) -> list[Row]:
    pairs = list(speed_pairs(clip, truth, ground, looks, events))
    relative = np.array([found / true - 1 for found, true in pairs])
    wrong, places = np.abs(relative), place_errors_m(truth, ground, looks)
    found, true = (np.array([pair[n] for pair in pairs]) for n in (0, 1))
    figures = {
        "speed_error_median": (float(np.median(wrong)), "1", len(pairs)),
        "speed_error_p90": (float(np.percentile(wrong, 90)), "1", len(pairs)),
        "speed_bias_median": (float(np.median(relative)), "1", len(pairs)),
        "speed_p85_error": (float(np.percentile(found, 85) / np.percentile(true, 85) - 1), "1", len(pairs)),
        "place_error_median": (float(np.median(places)), "m", len(places)),
    }
    return [
        Row("speed", clip.name, "parvis", settings, metric, round(value, 4), unit, n)
        for metric, (value, unit, n) in figures.items()
    ]


def _occupancy_row(clip: Clip, truth: Places, events: Sequence[Event], settings: str) -> Row:
    frames = {round(event.start_s * clip.fps) + 1: event.count for event in events if isinstance(event, Occupancy)}
    errors = [abs(count - int((truth.frame == frame).sum())) for frame, count in frames.items()]
    return Row(
        "speed", clip.name, "parvis", settings, "occupancy_mae", round(float(np.mean(errors)), 4), "person", len(errors)
    )


if __name__ == "__main__":
    application = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    application.command()(main)
    raise SystemExit(guarded(lambda: application(standalone_mode=False, prog_name="python -m benchmarks.speed")))
