"""Which peer serves most cameras a core at equal error: the sweep of `parvis bench throughput --peers`.

Where none reaches it there is no such peer, and no ratio at equal error. The rounds then have the one that comes
nearest to it, which is named as that, with its error beside ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import typer

from benchmarks.contenders import Footage, Peer
from benchmarks.report import Row
from benchmarks.rounds import STATED, Bar, Errors, Result, error_rows, errors_of, once, rows_of
from benchmarks.sweep import Peers
from pipeline.errors import Failed

CHECKED = 6
"""So many of the quickest are run from several first looks, until one is good enough."""

NEAREST = 3
"""Where none comes near, so many of the least wrong are run from several first looks."""

NEAR = 0.03
"""Whose first run misses the bar by more is not run again."""

PHASES = 5


@dataclass(frozen=True, slots=True)
class Field:
    """The peers that go into the rounds, and what the sweep before them found."""

    defaults: Result | None
    best: Result | None
    nearest: Result | None  # to equal error, where nobody reaches it
    bar: Bar | None
    rows: list[Row]


def field_of(footage: Footage, core: int | None, only: str) -> Field:
    """Run every point of the sweep once and choose; `only` leaves out points whose settings do not hold that text."""
    peers = Peers(footage)
    defaults = peers.defaults()
    rows: list[Row] = []
    standard = None
    if defaults is not None and footage.name not in STATED:
        standard = _tried(defaults, footage, core)
    bar = STATED.get(footage.name) or (_bar_of(standard) if standard else None)
    tried = [_tried(peer, footage, core) for peer in peers.sweep(strides(footage.fps)) if only in peer.settings]
    for result in tried:
        if result is not None:
            rows += [*rows_of(result, footage)]
    found = [result for result in tried if result is not None]
    best, nearest, more = _best(found, footage, core, bar) if bar else (None, None, [])
    return Field(standard or (Result(defaults) if defaults else None), best, nearest, bar, rows + more)


def strides(fps: float) -> tuple[int, ...]:
    """Return the steps in frames that peers are tried with: 5 to 2 looks a second, twice that for fast cameras.

    >>> strides(10), strides(30)
    ((2, 3, 5), (3, 6, 9))
    """
    rates = (5, 10 / 3, 2) if fps <= 15 else (10, 5, 10 / 3)
    return tuple(dict.fromkeys(max(1, round(fps / rate)) for rate in rates))


def _tried(peer: Peer, footage: Footage, core: int | None) -> Result | None:
    """Run a peer once; one that fails is told of and left out."""
    try:
        result = once(peer, core)
    except Failed as error:
        typer.echo(f"{peer.system}, {peer.settings}: {error}", err=True)
        return None
    result.judge(footage.truth)
    cameras = 1 / result.cpu_per_video_s(footage)[0]
    told = f"F1 {result.errors.best[0]:.3f}, WAPE {result.errors.best[1]:.3f}" if result.errors else ""
    typer.echo(f"{footage.name}: {peer.system}, {peer.settings}: {cameras:.1f} cameras a core; {told}", err=True)
    return result


def _bar_of(standard: Result) -> Bar | None:
    """Return the error of the defaults' tracks with our event logic, as on the clip where the bar is stated."""
    return Bar(*standard.errors.lines) if standard.errors else None


def _best(
    found: Sequence[Result], footage: Footage, core: int | None, bar: Bar
) -> tuple[Result | None, Result | None, list[Row]]:
    """Return the quickest peer at equal error, or else the nearest to it, and the figures over first looks."""
    near = [r for r in found if r.errors and bar.passed(_eased(r.errors))]
    rows: list[Row] = []
    checked = sorted(near, key=lambda r: r.cpu_per_video_s(footage)[0])[:CHECKED]
    checked = checked or sorted(found, key=lambda r: _shortfall(r, bar))[:NEAREST]
    for result in checked:
        result.errors = _over_phases(result, footage, core)
        rows += [
            Row(r.bench, r.clip, r.system, f"{r.settings}, all first looks", r.metric, r.value, r.unit, r.n)
            for r in error_rows(result.contender, footage, result.errors)
        ]
        if result.errors and bar.passed(result.errors):
            return result, None, rows
    return None, min(checked, key=lambda r: _shortfall(r, bar), default=None), rows


def _shortfall(result: Result, bar: Bar) -> float:
    """Return by how much a peer misses equal error, in the worse of the two figures, by its better way to count."""
    if result.errors is None:
        return float("inf")
    return min(max(bar.f1 - f1, wape - bar.wape) for f1, wape in (result.errors.own, result.errors.lines))


def _eased(errors: Errors) -> Errors:
    own, lines = ((f1 + NEAR, wape - NEAR) for f1, wape in (errors.own, errors.lines))
    return Errors(own, lines, errors.runs)


def _over_phases(result: Result, footage: Footage, core: int | None) -> Errors | None:
    """Return the mean error over first looks, the one that was tried among them."""
    if footage.truth is None:
        return None
    step = result.contender.step
    starts = [n * step // min(step, PHASES) for n in range(min(step, PHASES))]
    answers = [*result.answers, *(once(result.contender, core, start).answers[0] for start in starts[1:])]
    return errors_of([(answer.own, answer.lines) for answer in answers], footage.truth)
