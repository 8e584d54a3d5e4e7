"""A picture of the evidence as SVG: the days that were judged, and an ordinary day hour by hour. Plain shapes."""

from collections.abc import Iterator, Sequence
from html import escape

import numpy as np

from hypervisor.recommendations.question import Question
from hypervisor.recommendations.rule import number_of
from hypervisor.recommendations.view import DAY, Window
from hypervisor.statistics.noise import Floats

WIDTH, HEIGHT, LEFT, TOP, FOOT = 760, 200, 52, 12, 30
SPLIT = 480
"""Where the days end and the ordinary day begins."""

INK, SOFT, MAIN, EDGE, BOUND = "#14202c", "#52606d", "#0b5cad", "#d7dde3", "#a3341f"


def picture(question: Question, window: Window) -> str:
    """Return the days (points; gaps were not watched), the bound (red), and the hours of an ordinary day (bars)."""
    shown = question.outcome if question.shown is None else question.shown
    asked = np.ones(window.days, dtype=bool) if question.asked is None else question.asked
    hours = question.words.get("hours")
    parts = [*_days(shown, asked, window, question.bound)]
    if question.profile is not None and np.isfinite(question.profile).any():
        parts += _hours(question.profile, hours if isinstance(hours, tuple) else ())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="DejaVu Sans, sans-serif" font-size="12">{"".join(parts)}</svg>'
    )


def _days(values: Floats, asked: np.ndarray, window: Window, bound: float | None) -> Iterator[str]:
    known = values[np.isfinite(values)]
    if not len(known):
        return
    marks = [*known.tolist(), *([bound] if bound is not None else [])]
    low, high = min(0.0, *marks), max(1e-9, *marks) * 1.05
    step, room = (SPLIT - LEFT - 24) / len(values), HEIGHT - TOP - FOOT

    def y(value: float) -> float:
        return float(TOP + (high - value) / (high - low) * room)

    yield from _axis(y(low), y(high), low, high)
    for day, value in enumerate(values):
        if np.isfinite(value):
            colour = MAIN if asked[day] else SOFT
            x = LEFT + (day + 0.5) * step
            yield f'<circle cx="{x:.1f}" cy="{y(float(value)):.1f}" r="2.4" fill="{colour}"/>'
    if bound is not None:
        yield f'<path d="M{LEFT} {y(bound):.1f}H{SPLIT - 24}" stroke="{BOUND}" stroke-dasharray="5 3"/>'
    yield _text(LEFT, HEIGHT - 10, f"{window.first:%d/%m/%Y}", "start")
    yield _text(SPLIT - 24, HEIGHT - 10, f"{window.last:%d/%m/%Y}", "end")


def _hours(profile: Floats, chosen: Sequence[int]) -> Iterator[str]:
    top = float(np.nanmax(profile))
    step, room = (WIDTH - SPLIT - 34) / DAY, HEIGHT - TOP - FOOT
    begin = SPLIT + 26
    yield f'<path d="M{begin} {TOP + room}H{WIDTH - 8}" stroke="{EDGE}"/>'
    for hour, value in enumerate(profile):
        if np.isfinite(value) and top > 0:
            height = max(0.0, float(value) / top * room)
            colour = MAIN if hour in chosen else "#9db8d2"
            x = begin + hour * step
            yield (
                f'<rect x="{x:.1f}" y="{TOP + room - height:.1f}" width="{step - 1.5:.1f}" '
                f'height="{height:.1f}" fill="{colour}"/>'
            )
    yield _text(begin - 4, TOP + 10, number_of(top), "end")
    for hour in range(0, DAY, 6):
        yield _text(begin + (hour + 0.5) * step, HEIGHT - 10, f"{hour} h", "middle")


def _axis(bottom: float, top: float, low: float, high: float) -> Iterator[str]:
    for at, value in ((bottom, low), (top, high)):
        yield f'<path d="M{LEFT} {at:.1f}H{SPLIT - 24}" stroke="{EDGE}"/>'
        yield _text(LEFT - 6, at + 4, number_of(value), "end")


def _text(x: float, y: float, content: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{INK}">{escape(content)}</text>'
