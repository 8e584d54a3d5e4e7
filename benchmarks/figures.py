"""What a system counted of one clip at several rates, and the figures that follow from it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks import aicity
from benchmarks.bootstrap import F64, by_segment, f1_interval
from benchmarks.matching import match, score
from benchmarks.report import Row
from benchmarks.truthfile import Truth
from pipeline.events import Crossing

Runs = Mapping["Column", Sequence[Sequence[Crossing]]]


@dataclass(frozen=True, slots=True)
class Column:
    """A rate of looking, tried from several first frames."""

    step: int
    starts: tuple[int, ...]
    fps: float  # of the clip

    @staticmethod
    def at(rate: float, fps: float, most: int) -> "Column":
        """Return the column nearest to a rate of looking, with at most so many first frames, evenly spread."""
        step = max(1, round(fps / rate))
        starts = {int(start) for start in np.linspace(0, step, min(step, most), endpoint=False)}
        return Column(step, tuple(sorted(starts)), fps)

    @property
    def settings(self) -> str:
        """Return the rate, as rows say it."""
        return f"{self.fps / self.step:.2f} fps"


@dataclass(frozen=True, slots=True)
class Counted:
    """What one system counted."""

    system: str
    runs: Runs  # crossings of each first frame, by column
    time_s: Mapping[Column, float]  # of one run: decoding, detecting, tracking, counting

    def segments(self, column: Column, truth: Truth) -> F64:
        """Return hits, false and missed crossings (S, 3) of each stretch of the clip, all first frames together."""
        runs = [match(run, truth.crossings) for run in self.runs[column]]
        return by_segment(runs, duration_s(truth))


def duration_s(truth: Truth) -> float:
    """Return how long the clip is."""
    return truth.frames / truth.fps


PEERS_METRICS = ("event_f1", "wape", "event_f1_class", "s1", "event_f1_95")
"""What is kept of peers."""


def rows_of(clip: str, truth: Truth, counted: Counted, only: Sequence[str] = ()) -> list[Row]:
    """Return every figure of one system on one clip, or `only` some."""
    rows: list[Row] = []
    for column, runs in counted.runs.items():
        plain = [score(run, truth) for run in runs]
        figures: dict[str, Sequence[float]] = {
            "event_f1": [s.f1 for s in plain],
            "wape": [s.wape for s in plain],
            "event_f1_class": [score(run, truth, with_class=True).f1 for run in runs],
            "hits": [s.hits for s in plain],
            "false": [s.false for s in plain],
            "missed": [s.missed for s in plain],
            **_segment_figures(runs, truth, counted.time_s.get(column)),
        }
        rows += [_row(clip, counted.system, column, metric, values) for metric, values in figures.items()]
        pooled = f1_interval(counted.segments(column, truth))
        low, high = round(pooled.low, 4), round(pooled.high, 4)
        rows.append(
            Row("accuracy", clip, counted.system, column.settings, "event_f1_95", pooled.value, "1", 1, low, high)
        )
    return [row for row in rows if not only or row.metric in only]


def cell_rows(clip: str, truth: Truth, counted: Counted) -> list[Row]:
    """Return the mean count error of every line × direction × class, and of every stretch of the clip."""
    rows: list[Row] = []
    for column, runs in counted.runs.items():
        cells = [_cells(run, truth) for run in runs]
        for cell in sorted({cell for one in cells for cell in one}):
            finals = [(one[cell][0][-1], one[cell][1][-1]) if cell in one else (0, 0) for one in cells]
            metric = f"count_error {'/'.join(cell)}"
            rows.append(_row(clip, counted.system, column, metric, [got - was for got, was in finals], "crossings"))
        for stretch in range(aicity.SEGMENTS):
            errors = [sum(abs(got[stretch] - was[stretch]) for got, was in one.values()) for one in cells]
            metric = f"cumulative_wape {stretch + 1}/{aicity.SEGMENTS}"
            rows.append(_row(clip, counted.system, column, metric, [e / max(len(truth.certain), 1) for e in errors]))
    return rows


def _cells(run: Sequence[Crossing], truth: Truth) -> dict[aicity.Cell, tuple[list[int], list[int]]]:
    ignored = {id(c) for c in match(run, truth.crossings).ignored}
    return aicity.cells([c for c in run if id(c) not in ignored], truth.certain, duration_s(truth))


def _segment_figures(runs: Sequence[Sequence[Crossing]], truth: Truth, time_s: float | None) -> dict[str, list[float]]:
    cells = [_cells(run, truth) for run in runs]
    finals = [[abs(got[-1] - was[-1]) for got, was in one.values()] for one in cells]
    effective = [aicity.effectiveness(one.values()) for one in cells]
    figures = {"wape_class": [sum(errors) / max(len(truth.certain), 1) for errors in finals]}
    figures["s1_effectiveness"] = effective
    if time_s is not None:
        efficient = aicity.efficiency(time_s, duration_s(truth))
        figures["s1_efficiency"] = [efficient]
        figures["s1"] = [aicity.s1(one, efficient) for one in effective]
    return figures


def _row(clip: str, system: str, column: Column, metric: str, values: Sequence[float], unit: str = "1") -> Row:
    mean, low, high = (round(float(f(values)), 4) for f in (np.mean, min, max))
    return Row("accuracy", clip, system, column.settings, metric, mean, unit, len(values), low, high)
