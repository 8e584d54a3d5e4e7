"""Pictures of an experiment as SVG: the days, and the effect beside its doubts. Plain shapes, readable in print."""

import math
from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import NamedTuple

from hypervisor.experiments.evaluation import Result
from hypervisor.experiments.protocol import Protocol
from hypervisor.statistics.effect import Estimate

WIDTH, HEIGHT, LEFT, BOTTOM, TOP = 760, 240, 56, 28, 10
ROW, LABELS = 22, 250
INK, SOFT, MAIN, SHADE, EDGE = "#14202c", "#52606d", "#0b5cad", "#e8f0f8", "#d7dde3"


class Line(NamedTuple):
    """One line of the picture of estimates."""

    label: str
    found: Estimate | None
    is_main: bool = False


def days(protocol: Protocol, result: Result, labels: dict[str, str]) -> str:
    """Return a picture of the outcome day by day; days that nobody watched are gaps.

    `labels` has what is written: `baseline`, `trial`.
    """
    values = [float(one) for one in result.outcome]
    if result.unit == "share":
        values = [math.expm1(one) for one in values]
    known = [one for one in values if math.isfinite(one)]
    low, high = _round_range(min(known), max(known))
    step = (WIDTH - LEFT - 8) / len(values)

    def x(day: float) -> float:
        return LEFT + day * step

    def y(value: float) -> float:
        return TOP + (high - value) / (high - low) * (HEIGHT - TOP - BOTTOM)

    begin = (protocol.trial.first - protocol.baseline.first).days
    parts = [_band(x(begin), x(len(values)), HEIGHT - TOP - BOTTOM)]
    for tick in _ticks(low, high):
        parts.append(f'<path d="M{LEFT} {y(tick):.1f}H{WIDTH - 8}" stroke="{INK if abs(tick) < 1e-9 else EDGE}"/>')
        parts.append(_text(LEFT - 6, y(tick) + 4, _number(tick, result.unit), "end"))
    for day, value in enumerate(values):
        if math.isfinite(value):
            parts.append(f'<circle cx="{x(day + 0.5):.1f}" cy="{y(value):.1f}" r="2.4" fill="{MAIN}"/>')
    for first, last in ((0, begin), (begin, len(values))):
        inside = [one for one in values[first:last] if math.isfinite(one)]
        mean = sum(inside) / len(inside)
        parts.append(f'<path d="M{x(first):.1f} {y(mean):.1f}H{x(last):.1f}" stroke="{INK}" stroke-width="2"/>')
    parts.append(_text(x(0), HEIGHT - 8, f"{labels['baseline']} {protocol.baseline.first:%d/%m/%Y}", "start"))
    parts.append(_text(x(begin) + 4, HEIGHT - 8, f"{labels['trial']} {protocol.trial.first:%d/%m/%Y}", "start"))
    return _svg(HEIGHT, parts)


def estimates(lines: Sequence[Line], unit: str, smallest: float) -> str:
    """Return a picture of estimates with their intervals, one below the other; the band holds what does not matter."""
    known = [line.found for line in lines if line.found is not None]
    low, high = _round_range(min(-smallest, *(one.low for one in known)), max(smallest, *(one.high for one in known)))

    def x(value: float) -> float:
        return LABELS + (value - low) / (high - low) * (WIDTH - LABELS - 12)

    height = TOP + ROW * len(lines) + BOTTOM
    parts = [_band(x(-smallest), x(smallest), ROW * len(lines))]
    for tick in _ticks(low, high):
        colour = INK if abs(tick) < 1e-9 else EDGE
        parts.append(f'<path d="M{x(tick):.1f} {TOP}V{TOP + ROW * len(lines)}" stroke="{colour}"/>')
        parts.append(_text(x(tick), height - 8, _number(tick, unit), "middle"))
    for n, line in enumerate(lines):
        parts += _row(line, TOP + ROW * (n + 0.5), x)
    return _svg(height, parts)


def _band(low: float, high: float, height: float) -> str:
    return f'<rect x="{low:.1f}" y="{TOP}" width="{high - low:.1f}" height="{height}" fill="{SHADE}"/>'


def _row(line: Line, at: float, x: Callable[[float], float]) -> Iterator[str]:
    yield _text(LABELS - 10, at + 4, line.label, "end", bold=line.is_main)
    if line.found is None:
        return
    low, value, high = (x(one) for one in (line.found.low, line.found.value, line.found.high))
    colour = MAIN if line.is_main else SOFT
    yield f'<path d="M{low:.1f} {at:.1f}H{high:.1f}" stroke="{colour}" stroke-width="{3 if line.is_main else 1.5}"/>'
    yield f'<circle cx="{value:.1f}" cy="{at:.1f}" r="{5 if line.is_main else 3}" fill="{colour}"/>'


def _svg(height: float, parts: Sequence[str]) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" '
        f'font-family="DejaVu Sans, sans-serif" font-size="12">{"".join(parts)}</svg>'
    )


def _text(x: float, y: float, content: str, anchor: str, *, bold: bool = False) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}"{weight}>{escape(content)}</text>'


def _number(value: float, unit: str) -> str:
    return (f"{100 * value:+.0f} %" if value else "0 %") if unit == "share" else f"{value:g}"


def _round_range(low: float, high: float) -> tuple[float, float]:
    room = (high - low or 1.0) * 0.08
    return min(0.0, low - room), max(0.0, high + room)


def _ticks(low: float, high: float) -> list[float]:
    """Return about five round numbers between two."""
    raw = (high - low) / 5
    scale = 10 ** math.floor(math.log10(raw))
    step = next(one * scale for one in (1, 2, 2.5, 5, 10) if one * scale >= raw)
    return [n * step for n in range(math.ceil(low / step), math.floor(high / step) + 1)]
