"""Contenders side by side: interleaved rounds on one pinned core, and how wrong each counted."""

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.progress import Progress

from benchmarks.contenders import Answer, Contender, Footage, Ours
from benchmarks.matching import Score, score
from benchmarks.report import Row
from benchmarks.tree import Program, Spent
from benchmarks.truthfile import Truth
from pipeline.analyze import Request, analyze
from pipeline.config_file import LoadedSite
from pipeline.events import Crossing
from pipeline.schedule import step_for

NEAREST_RATIO = "times_the_cameras_of_the_nearest"
"""The ratio to a peer that does not reach equal error, though no other comes nearer."""

LONG_S = 20.0
"""Who takes longer for the clip keeps its program over all rounds, and takes a part of the clip in each."""


@dataclass(frozen=True, slots=True)
class Bar:
    """How wrong a count may be, to be compared at all."""

    f1: float
    wape: float

    def passed(self, found: "Errors") -> bool:
        """Return whether one of the two ways to count is as good."""
        return any(f1 >= self.f1 and wape <= self.wape for f1, wape in (found.own, found.lines))


STATED = {"plaza.mp4": Bar(0.958, 0.068)}
"""What Ultralytics' tracks of every frame gave with our event logic when goals were set; elsewhere it is measured."""


@dataclass(frozen=True, slots=True)
class Errors:
    """Event F1 and WAPE, mean over runs: by the system's own rule, and of its tracks by our event logic."""

    own: tuple[float, float]
    lines: tuple[float, float]
    runs: int

    @property
    def best(self) -> tuple[float, float]:
        """Return the better of both."""
        return max(self.own, self.lines, key=lambda found: found[0])


@dataclass(slots=True)
class Result:
    """What became of a contender."""

    contender: Contender
    spent: list[Spent] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    errors: Errors | None = None

    def cpu_per_video_s(self, footage: Footage) -> list[float]:
        """Return processor seconds a second of video, by round."""
        return [spent.cpu_s * footage.fps / spent.frames for spent in self.spent]

    def judge(self, truth: Truth | None) -> None:
        """Match what was counted with the truth."""
        if truth is not None and self.answers:
            self.errors = errors_of([(answer.own, answer.lines) for answer in self.answers], truth)


def errors_of(runs: Sequence[tuple[Sequence[Crossing], Sequence[Crossing]]], truth: Truth) -> Errors:
    """Return the mean errors of some runs."""

    def mean(scores: Sequence[Score]) -> tuple[float, float]:
        return float(np.mean([s.f1 for s in scores])), float(np.mean([s.wape for s in scores]))

    own, lines = ([score(run[way], truth) for run in runs] for way in (0, 1))
    return Errors(mean(own), mean(lines), len(runs))


def once(contender: Contender, core: int | None, phase: int = 0) -> Result:
    """Run a contender over the whole clip once."""
    result = Result(contender)
    with tempfile.TemporaryDirectory(prefix="parvis-bench-", ignore_cleanup_errors=True) as name:
        with contender.program(Path(name), core, phase) as program:
            result.spent.append(program.go())
        result.answers.append(contender.answer(Path(name)))
    return result


def interleaved(
    contenders: Sequence[tuple[Contender, float]], footage: Footage, core: int | None, count: int
) -> list[Result]:
    """Run contenders in turn, forwards and backwards; each comes with the processor time of a whole clip, about.

    A quick one runs over the whole clip in each round, from another first look each time where it can; a slow one
    takes the next part of the clip, so that all rounds together are one pass.
    """
    results = [Result(contender) for contender, _ in contenders]
    with ExitStack() as stack, Progress(transient=True) as progress:
        task = progress.add_task(f"rounds on {footage.name}", total=count * len(results))
        slow = {n: _kept(stack, contender, core) for n, (contender, cpu_s) in enumerate(contenders) if cpu_s > LONG_S}
        for number in range(count):
            order = range(len(results)) if number % 2 == 0 else reversed(range(len(results)))
            for n in order:
                if n in slow:
                    results[n].spent.append(slow[n][0].go(-(-footage.frames // count)))
                else:
                    found = once(contenders[n][0], core, number % contenders[n][0].step)
                    results[n].spent += found.spent
                    results[n].answers += found.answers
                progress.advance(task)
        for n, (program, folder) in slow.items():
            program.end()
            results[n].answers.append(contenders[n][0].answer(folder))
    for result in results:
        result.judge(footage.truth)
    return results


def _kept(stack: ExitStack, contender: Contender, core: int | None) -> tuple[Program, Path]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parvis-bench-", ignore_cleanup_errors=True)))
    program = contender.program(folder, core)
    stack.callback(program.kill)
    return program, folder


def phases_of(ours: Ours, most: int) -> Errors | None:
    """Return our error, mean over first looks, as `parvis analyze` counts with this configuration."""
    truth = ours.footage.truth
    if truth is None:
        return None
    with tempfile.TemporaryDirectory(prefix="parvis-bench-", ignore_cleanup_errors=True) as name:
        site = ours.site(Path(name))
        rate = site.site.detector.fps
        step = 1 if rate == "adaptive" else step_for(ours.footage.fps, rate)  # that one begins with the first frame
        starts = sorted({int(start) for start in np.linspace(0, step, min(step, most), endpoint=False)})
        runs = [_analyzed(ours.footage, site, start) for start in starts]
    return errors_of([(run, run) for run in runs], truth)


def _analyzed(footage: Footage, site: LoadedSite, phase: int) -> list[Crossing]:
    request = Request((footage.path,), site, site.site.cameras[0], phase=phase)
    events = analyze(request, lambda _: None)["events"]
    return [
        Crossing(e["line"], e["track"], e["class"], e["direction"], e["frame"], e["time_s"])
        for e in events
        if e["kind"] == "crossing"
    ]


def rows_of(result: Result, footage: Footage) -> list[Row]:
    """Return the figures of one contender: median, lowest and highest of its rounds."""
    cpu = result.cpu_per_video_s(footage)
    figures = [
        ("cpu_s_per_video_s", cpu, "s/s"),
        ("cameras_per_core", [1 / one for one in cpu], "1"),
        ("server_share", [spent.aside_s / spent.cpu_s for spent in result.spent], "1"),
        ("pss", [spent.pss_mib for spent in result.spent], "MiB"),
    ]
    rows = [_row(result.contender, footage, metric, values, unit) for metric, values, unit in figures]
    return rows + error_rows(result.contender, footage, result.errors)


def error_rows(contender: Contender, footage: Footage, errors: Errors | None) -> list[Row]:
    """Return how wrong a contender counted."""
    if errors is None:
        return []
    about = (footage.name, contender.system, contender.settings)
    named = {"event_f1": errors.own[0], "wape": errors.own[1]}
    named |= {"event_f1_our_lines": errors.lines[0], "wape_our_lines": errors.lines[1]}
    return [Row("throughput", *about, metric, round(value, 4), "1", errors.runs) for metric, value in named.items()]


def ratio_row(ours: Result, peer: Result, footage: Footage, metric: str = "times_the_cameras") -> Row:
    """Return how many times as many cameras a core of ours serves, round by round."""
    pairs = zip(peer.cpu_per_video_s(footage), ours.cpu_per_video_s(footage), strict=True)
    row = _row(ours.contender, footage, metric, [theirs / mine for theirs, mine in pairs], "1")
    system = f"{ours.contender.system} / {peer.contender.system}"
    settings = f"{ours.contender.settings} / {peer.contender.settings}"
    return Row(row.bench, row.clip, system, settings, row.metric, row.value, row.unit, row.n, row.low, row.high)


def _row(contender: Contender, footage: Footage, metric: str, values: Sequence[float], unit: str) -> Row:
    median, low, high = (round(float(f(values)), 4) for f in (np.median, min, max))
    about = (footage.name, contender.system, contender.settings)
    return Row("throughput", *about, metric, median, unit, len(values), low, high)
