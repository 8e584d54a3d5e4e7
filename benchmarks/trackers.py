"""How well Parvis follows, beside stock trackers: `python -m benchmarks.trackers`.

Four sequences whose every box is known stand in for cameras: their true boxes, with seeded drop-outs, jitter and false
boxes (`benchmarks.noise`), are the detections. Every tracker gets the same ones, at five rates. Figures: MOTA, IDF1 and
HOTA against the truth of the frames looked at; event F1 at six lines (verticals and horizontals at 25, 50 and 75 % of
the picture), whose true crossings follow from the true boxes of every frame by the rule that counts at any line.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer
from rich.progress import track

from benchmarks import motmetrics_door, report
from benchmarks.handover import PEERS_PYTHON, count_looks, follow
from benchmarks.matching import score
from benchmarks.noise import HARD, LABELS, USUAL, Noise, detect, load_sequence
from benchmarks.noise import Sequence as Known
from benchmarks.recorded import Clip, count
from benchmarks.report import Row
from benchmarks.stock import STOCK
from benchmarks.truthfile import TrueCrossing, Truth
from benchmarks.ultralytics_door import peer_versions
from parvis.cli import guarded
from pipeline.build import tracker_for
from pipeline.config import DetectorConfig, LineConfig
from pipeline.errors import Refused
from pipeline.tracks import Tracks

SEQUENCES = (
    ("PETS09-S2L1.txt", 10.0, (768, 576)),
    ("mot15/Venice-2.txt", 30.0, (1920, 1080)),
    ("mot15/ADL-Rundle-6.txt", 30.0, (1920, 1080)),
    ("mot15/KITTI-17.txt", 10.0, (1224, 370)),
)
STEPS = (1, 2, 3, 5, 10)
SEED = 15
METRICS = ("event_f1", "idf1", "mota", "hota")
COST_OBJECTS, COST_LOOKS = 20, 400


@dataclass(frozen=True, slots=True)
class Run:
    """What one system made of one clip at one rate."""

    system: str
    step: int
    looks: Sequence[Tracks]


def main(
    steps: Annotated[str, typer.Option(help="Every how many frames to look.")] = ",".join(map(str, STEPS)),
    seed: Annotated[int, typer.Option(help="Of the noise.")] = SEED,
    json_target: report.Target = None,
) -> None:
    """Follow known sequences at several rates with ours and stock trackers, and print the figures."""
    if not PEERS_PYTHON.exists():
        raise Refused("parvis bench trackers: needs the peers' environment; run `make peers` first")
    wanted = [int(step) for step in steps.split(",")]
    rows = _cost_rows(seed)
    known = list(_sequences())
    for noise in (USUAL, HARD):
        for sequence in track(known, f"tracking, {noise.name}", transient=True):
            rows += sequence_rows(sequence, noise, wanted, seed)
    for noise in (USUAL, HARD):
        report.show(f"{noise.name}: {' / '.join(METRICS)}, mean over sequences", *_table(rows, noise))
    costs = [[row.system, f"{row.value:.3f}"] for row in rows if row.metric == "track_ms"]
    report.show(f"Milliseconds a look at {COST_OBJECTS} objects on {report.hardware_line()}", ["system", "ms"], costs)
    report.write(rows, json_target, peer_versions())


def grid(classes: tuple[str, ...] = LABELS) -> list[LineConfig]:
    """Return six lines across the picture."""
    lines = []
    for share in (0.25, 0.5, 0.75):
        percent = round(share * 100)
        lines.append({"id": f"v{percent}", "from": (share, 0.0), "to": (share, 1.0), "classes": classes})
        lines.append({"id": f"h{percent}", "from": (0.0, share), "to": (1.0, share), "classes": classes})
    return [LineConfig.model_validate(line) for line in lines]


def truth_of(sequence: Known, lines: Sequence[LineConfig]) -> Truth:
    """Return what crosses the lines according to the true boxes of every frame."""
    crossings = tuple(
        TrueCrossing(c.line_id, c.class_name, c.direction, c.time_s, True)
        for c in count_looks(sequence.looks(), lines, LABELS)
    )
    plain = tuple({"id": line.id, "from": line.start, "to": line.end} for line in lines)
    return Truth(sequence.name, sequence.fps, sequence.frames, "", plain, crossings)


def sequence_rows(sequence: Known, noise: Noise, steps: Sequence[int], seed: int) -> list[Row]:
    """Return the figures of every system on one sequence."""
    clip, lines = detect(sequence, noise, seed), grid()
    truth = truth_of(sequence, lines)
    runs = [*_our_runs(clip, steps), *_stock_runs(clip, steps)]
    found = motmetrics_door.measure_all([(run.looks, sequence.looks(run.step)) for run in runs]) or [{}] * len(runs)
    rows: list[Row] = []
    for run, figures in zip(runs, found, strict=True):
        events = score(count_looks(run.looks, lines, LABELS), truth)
        settings = f"{noise.name}, {sequence.fps / run.step:.2f} fps (1/{run.step})"
        for metric, value in {"event_f1": events.f1, "wape": events.wape, **figures}.items():
            rows.append(Row("trackers", sequence.name, run.system, settings, metric, round(value, 4), "1"))
    return rows


def _sequences() -> Iterator[Known]:
    folder = report.SHARED / "truth"
    for name, fps, size in SEQUENCES:
        if (folder / name).exists():
            yield load_sequence(folder / name, fps, size)
        else:
            typer.echo(f"{folder / name} is not here (it does not ship): left out", err=True)


def _our_runs(clip: Clip, steps: Sequence[int]) -> Iterator[Run]:
    for step in steps:
        looks: list[Tracks] = []
        count(clip, [], step, 0, looks)
        yield Run("parvis", step, looks)


def _stock_runs(clip: Clip, steps: Sequence[int]) -> Iterator[Run]:
    jobs = {(stock.name, step): stock.job(step, 0, clip.fps) for stock in STOCK for step in steps}
    found = follow(clip, list(jobs.values()), [])
    for (system, step), job in jobs.items():
        yield Run(system, step, found[job.name].looks)


def _cost_rows(seed: int) -> list[Row]:
    """Return the milliseconds that each tracker takes for a look at twenty people who walk about."""
    clip = detect(_walkers(seed), USUAL, seed)
    tracker = tracker_for(clip.labels, DetectorConfig())
    spent_s = 0.0
    for frame, found in zip(clip.frames(1, 0), clip.detections, strict=True):
        began_s = time.process_time()
        tracker.update(frame, found)
        spent_s += time.process_time() - began_s
    spent = {"parvis": spent_s}
    jobs = [stock.job(1, 0, clip.fps) for stock in STOCK]
    spent |= {stock.name: run.track_s for stock, run in zip(STOCK, follow(clip, jobs, []).values(), strict=True)}
    settings = f"{COST_OBJECTS} objects"
    return [
        Row("trackers", "walkers", system, settings, "track_ms", round(total_s / COST_LOOKS * 1e3, 4), "ms", COST_LOOKS)
        for system, total_s in spent.items()
    ]


def _walkers(seed: int) -> Known:
    rng = np.random.default_rng(seed)
    place = rng.uniform((100, 200), (1820, 980), (COST_OBJECTS, 2))
    speed = rng.normal(0, 3, (COST_OBJECTS, 2))
    frame = np.repeat(np.arange(COST_LOOKS), COST_OBJECTS)
    centre = (place + speed * np.arange(COST_LOOKS)[:, None, None]).reshape(-1, 2)
    size = np.array([1920, 1080])
    centre = np.abs((centre + size) % (2 * size) - size)  # they turn round at the edges
    half = np.array([30.0, 80.0])
    xyxy = np.concatenate([centre - half, centre + half], axis=1)
    ids = np.tile(np.arange(COST_OBJECTS), COST_LOOKS)
    return Known("walkers", 10.0, (1920, 1080), COST_LOOKS, frame, ids, xyxy)


def _table(rows: Sequence[Row], noise: Noise) -> tuple[list[str], list[list[str]]]:
    cells: dict[tuple[str, str], dict[str, list[float]]] = {}
    for row in rows:
        if row.metric in METRICS and row.settings.startswith(noise.name):
            step = row.settings.partition("(")[2].rstrip(")")
            cells.setdefault((row.system, step), {}).setdefault(row.metric, []).append(row.value)
    systems, steps = (list(dict.fromkeys(key[i] for key in cells)) for i in (0, 1))
    body = []
    for system in systems:
        found = [cells[system, step] for step in steps]
        body.append([system, *(" / ".join(f"{np.mean(one[m]):.3f}" for m in METRICS if m in one) for one in found)])
    return ["system", *(f"every {step.partition('/')[2]}. frame" for step in steps)], body


if __name__ == "__main__":
    application = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    application.command()(main)
    raise SystemExit(guarded(lambda: application(standalone_mode=False, prog_name="parvis bench trackers")))
