"""What an adaptive rate costs in crossings: the same detections, looked at when the pacer asks for them.

True crossings found, as a share of those found with two looks a second: means over first frames, which for the adaptive
rate are the first two seconds of the clip, frame by frame (ten of them at most).
"""

from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from benchmarks.figures import Column
from benchmarks.matching import Score, score
from benchmarks.recorded import Clip, count, pictures
from benchmarks.report import Row
from benchmarks.truthfile import Truth
from models.detections import Detections
from pipeline.analyzers.line import LineAnalyzer
from pipeline.build import tracker_for
from pipeline.config import DetectorConfig, LineConfig
from pipeline.events import Crossing, Event
from pipeline.frame import Frame
from pipeline.pace.pacer import AdaptivePacer
from pipeline.runner import run
from pipeline.schedule import STILL

SYSTEM = "parvis, adaptive rate"
FIXED_FPS = 2.0
STARTS_MOST = 10
START_SPAN_S = 2.0


def adaptive_rows(clip: Clip, truth: Truth, lines: Sequence[LineConfig]) -> list[Row]:
    """Return error, cost and share of true crossings of the adaptive rate on one clip."""
    fixed = Column.at(FIXED_FPS, clip.fps, STARTS_MOST)
    before = [score(count(clip, lines, fixed.step, start), truth) for start in fixed.starts]
    starts = np.unique(np.linspace(0, START_SPAN_S * clip.fps, STARTS_MOST, endpoint=False).astype(int))
    runs = [_run(clip, truth, lines, int(start)) for start in starts]
    scores = [found for found, _, _ in runs]
    usual = float(np.mean([one.hits for one in before]))
    figures: dict[str, tuple[list[float], str]] = {
        "adaptive_event_f1": ([one.f1 for one in scores], "1"),
        "adaptive_wape": ([one.wape for one in scores], "1"),
        "adaptive_looks": ([looks for _, looks, _ in runs], "1/s"),
        "adaptive_stills": ([stills for _, _, stills in runs], "1/s"),
        "adaptive_hits": ([one.hits for one in scores], "crossings"),
        "adaptive_hits_of_2_fps": ([one.hits / usual if usual else 1.0 for one in scores], "1"),
    }
    return [
        Row(
            "accuracy", clip.name, SYSTEM, "adaptive", metric, round(float(np.mean(values)), 4), unit, len(values),
            round(min(values), 4), round(max(values), 4),
        )
        for metric, (values, unit) in figures.items()
    ]  # fmt: skip


def _run(clip: Clip, truth: Truth, lines: Sequence[LineConfig], start: int) -> tuple[Score, float, float]:
    """Return the score, looks and stills a second of one run from frame `start` on."""
    pacer, crossings = AdaptivePacer(), list[Crossing]()
    asked = {True: 0, STILL: 0}
    current = start

    def frames() -> Iterator[Frame]:
        nonlocal current
        for index, picture in enumerate(pictures(clip, start), start):
            current = index
            wanted = pacer(index, clip.times_s[index], partial(clip.glances.__getitem__, index))
            if wanted:
                asked[wanted] += 1
                image = None if wanted == STILL else picture
                yield Frame(index, clip.times_s[index], image, clip.size, wanted == STILL)

    def keep(event: Event) -> None:
        if isinstance(event, Crossing):
            crossings.append(event)

    def found(_: object) -> Detections:
        return clip.detections[current]

    track = pacer.following(tracker_for(clip.labels, DetectorConfig()))
    run(frames(), found, track, [LineAnalyzer(line, clip.labels) for line in lines], keep)
    watched_s = (len(clip.times_s) - start) / clip.fps
    return score(crossings, truth), asked[True] / watched_s, asked[STILL] / watched_s


def table(rows: Sequence[Row]) -> tuple[list[str], list[list[str]]]:
    """Return the rows as a table, a line a clip."""
    metrics = list(dict.fromkeys(row.metric for row in rows))
    clips = list(dict.fromkeys(row.clip for row in rows))
    cells = {(row.clip, row.metric): f"{row.value:.3f} ({row.low:.3f} to {row.high:.3f})" for row in rows}
    names = [metric.removeprefix("adaptive_").replace("_", " ") for metric in metrics]
    return ["clip", *names], [[clip, *(cells[clip, metric] for metric in metrics)] for clip in clips]
