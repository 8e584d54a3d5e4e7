"""Parvis beside other systems: the same footage, the same detections where they take them, the same rates."""

from collections.abc import Sequence
from dataclasses import dataclass

import typer

from benchmarks.bootstrap import difference_interval
from benchmarks.figures import Column, Counted
from benchmarks.handover import PEERS_PYTHON, Followed, count_looks, follow
from benchmarks.recorded import Clip
from benchmarks.report import Row
from benchmarks.stock import STOCK, StockTracker
from benchmarks.truthfile import Truth
from pipeline.config import LineConfig
from pipeline.tracks import Tracks

OUR_LINES = " + our lines"
LINE_ZONE = " + LineZone"
BEHIND_AT_MOST = 0.01


@dataclass(frozen=True, slots=True)
class Peer:
    """A peer on one clip: what it counted, and its tracks of every frame for MOTA and the like."""

    counted: Counted
    every_look: tuple[Tracks, ...] = ()


def stock_peers(clip: Clip, lines: Sequence[LineConfig], columns: Sequence[Column]) -> list[Peer]:
    """Return what stock trackers count on a clip's detections; nothing, with a message, where they are absent."""
    if not PEERS_PYTHON.exists():
        typer.echo("ByteTrack, OC-SORT, SORT and C-BIoU are left out: they need `make peers`", err=True)
        return []
    peers: list[Peer] = []
    for stock in STOCK:
        jobs = {(c, start): stock.job(c.step, start, clip.fps) for c in columns for start in c.starts}
        whole = stock.job(1, 0, clip.fps)
        unique = {job.name: job for job in (*jobs.values(), whole)}
        found = follow(clip, list(unique.values()), lines)
        runs = {c: [found[jobs[c, start].name] for start in c.starts] for c in columns}
        peers += _two_ways(stock, runs, clip, lines, found[whole.name])
    return peers


def difference_rows(clip: str, truth: Truth, ours: Counted, peers: Sequence[Counted]) -> list[Row]:
    """Return, by column, how far our event F1 is above that of the peer that is best there."""
    rows: list[Row] = []
    for column in ours.runs if peers else ():
        mine = ours.segments(column, truth)
        differences = {peer.system: difference_interval(mine, peer.segments(column, truth)) for peer in peers}
        system, least = min(differences.items(), key=lambda item: item[1].value)
        value, low, high = (round(figure, 4) for figure in (least.value, least.low, least.high))
        rows.append(
            Row("accuracy", clip, f"parvis - {system}", column.settings, "event_f1_ahead", value, "1", 1, low, high)
        )
    return rows


def time_s(clip: Clip, column: Column, rest_s: float) -> float:
    """Return the time of one run: every frame decoded, those looked at detected in, and the rest."""
    return clip.decode_s + clip.detect_s / column.step + rest_s


def _two_ways(
    stock: StockTracker, runs: dict[Column, list[Followed]], clip: Clip, lines: Sequence[LineConfig], whole: Followed
) -> list[Peer]:
    """Return a tracker with our event logic, and with the counter of its own house."""
    ours = {c: [count_looks(run.looks, lines, clip.labels) for run in some] for c, some in runs.items()}
    own = {c: [run.crossings for run in some] for c, some in runs.items()}
    times_s = {c: time_s(clip, c, sum(run.track_s for run in some) / len(some)) for c, some in runs.items()}
    return [
        Peer(Counted(stock.name + OUR_LINES, ours, times_s), whole.looks),
        Peer(Counted(stock.name + LINE_ZONE, own, times_s)),
    ]
